"""The record of one tenant among many: filters walk an index that leads with the tenant."""

from __future__ import annotations

import pytest
from django.db import connections
from django.http import QueryDict

from access.listing import ListState
from access.models import AuditEvent
from access.pages import audit_span
from access.pages.audit_filters import FILTERS
from access.pages.audit_list import SPEC, read_list
from tests.acts import entered

OTHERS, OURS = 30_000, 10_000
FILL = """
    insert into access_auditevent (id, recorded_at, type, outcome, actor_id, actor_label, session,
        tenant_id, tenant_reference, scopes, grant_references, purpose, subject_type,
        subject_reference, detail)
    select gen_random_uuid(), now() - n * interval '1 minute', 'view.room', 'opened',
        md5((n %% 500)::text)::uuid, 'Person ' || n %% 500, '', %s, '', '{inventory.view}',
        '{GR-00000000}', 'mitigate', 'room', 'RM-' || lpad((n %% 900)::text, 8, '0'), '{}'
    from generate_series(1, %s) n
"""


@pytest.fixture
def full(tenant, other_tenant, audit_grant, dana, sign_in, superuser):
    """A record of many events; and the id of the event under which dana reads."""
    line = superuser["eu"]
    with line.transaction():
        line.execute("set local session_replication_role = replica")
        line.execute(FILL, [tenant.pk, OURS])
        line.execute(FILL, [other_tenant.pk, OTHERS])
    line.execute("analyze access_auditevent")
    sign_in(dana).get(f"/t/{tenant.reference}/audit/")
    row = line.execute("select id from access_auditevent where type = 'view.tenant_audit'")
    return row.fetchone()[0]


def plan(query: str) -> str:
    """How the first page of a list is read."""
    state = ListState.read(SPEC, QueryDict(query))
    rows = AuditEvent.objects.order_by("-recorded_at", "-id")
    for known in FILTERS:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    return rows[:51].explain()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "event_by_tenant"),
        ("subject=RM-00000007", "event_by_subject"),
        ("person=8f14e45f-ceea-167a-5a36-dedd4bea2543", "event_by_person"),
        ("from=2026-01-01", "event_by_tenant"),
        ("type=view", "event_by_tenant"),
        ("verb=grant.revoked", "event_by_verb"),
    ],
)
def test_filter_walks_an_index_of_the_tenant(tenant, full, dana, query, index):
    with entered(dana, tenant, event_id=full):
        told = plan(query)
    assert index in told, told
    assert "Seq Scan on access_auditevent" not in told


def test_list_of_a_full_record_tells_no_other_tenant(tenant, full, dana):
    with entered(dana, tenant, event_id=full):
        listing, lines, _ = read_list(QueryDict("subject=RM-00000007"), tenant)
        assert {line.event.tenant_id for line in lines} == {tenant.pk}
        assert listing.count.number == OURS // 900 + (OURS % 900 >= 7)
    with connections["eu"].cursor() as cursor:
        cursor.execute("select count(*) from access_auditevent")
        assert cursor.fetchone() == (0,)


@pytest.fixture
def short_stretch(monkeypatch):
    """A stretch that the record of these tests is longer than."""
    monkeypatch.setattr(audit_span, "MOST", 1_000)


def read(query: str, tenant):
    """The page that an address asks for."""
    return read_list(QueryDict(query), tenant)


@pytest.mark.parametrize("query", ["result=opened", "person=Person+7", "scope=inventory.view"])
def test_filter_without_an_index_looks_through_a_stretch(tenant, full, dana, short_stretch, query):
    with entered(dana, tenant, event_id=full):
        listing, lines, stretch = read(query, tenant)
        assert stretch.since < lines[-1].recorded_at
        further, before, earlier = read(stretch.further_url.removeprefix("?"), tenant)
        assert before[0].recorded_at < stretch.since
        assert earlier.since < stretch.since
        assert listing.count.number + further.count.number <= 2_002


def test_stretches_miss_no_event(tenant, full, dana, short_stretch):
    """Following them to the end finds what the whole record has."""
    with entered(dana, tenant, event_id=full):
        found, query = 0, "person=Person+499"
        while query:
            listing, _, stretch = read(query, tenant)
            found += listing.count.number
            query = stretch.further_url.removeprefix("?") if stretch else ""
        whole = AuditEvent.objects.filter(actor_label__icontains="Person 499").count()
        assert found == whole == OURS // 500


@pytest.mark.parametrize(
    "query",
    [
        "",
        "verb=view.room",
        "result=opened&subject=RM-00000007",
        "person=8f14e45f-ceea-167a-5a36-dedd4bea2543&result=opened",
        "result=opened&from=2999-01-01",
    ],
)
def test_filter_that_an_index_serves_looks_through_all(tenant, full, dana, short_stretch, query):
    with entered(dana, tenant, event_id=full):
        assert read(query, tenant)[2] is None


def test_page_says_how_far_it_looked(tenant, full, dana, sign_in, short_stretch):
    told = sign_in(dana).get(f"/t/{tenant.reference}/audit/?result=opened").content.decode()
    assert "1,000 events were looked through" in told
    assert "Look through those before" in told
