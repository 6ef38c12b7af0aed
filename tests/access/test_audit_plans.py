"""The record of one tenant among many: filters walk an index that leads with the tenant."""

from __future__ import annotations

import time

import pytest
from django.db import connections
from django.http import QueryDict

from access.listing import ListState
from access.models import AuditEvent
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
    ],
)
def test_filter_walks_an_index_of_the_tenant(tenant, full, dana, query, index):
    with entered(dana, tenant, event_id=full):
        told = plan(query)
    assert index in told, told
    assert "Seq Scan on access_auditevent" not in told


def test_list_of_a_full_record_is_quick_and_tells_no_other_tenant(tenant, full, dana):
    with entered(dana, tenant, event_id=full):
        begun = time.monotonic()
        listing, lines = read_list(QueryDict("subject=RM-00000007"), tenant)
        took = time.monotonic() - begun
        assert {line.event.tenant_id for line in lines} == {tenant.pk}
        assert listing.count.number == OURS // 900 + (OURS % 900 >= 7)
        assert took < 0.5
    with connections["eu"].cursor() as cursor:
        cursor.execute("select count(*) from access_auditevent")
        assert cursor.fetchone() == (0,)
