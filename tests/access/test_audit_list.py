"""The record of a tenant: closed until a grant opens it; newest first; with its leaf."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

import pytest

from access.audit import sequencer
from access.pages import audit_list
from access.purposes import Purpose
from access.scopes import Relation, Scope
from tests import people
from tests.acts import ask, granted
from tests.html_lint import problems


@pytest.fixture
def opened(tenant, asha, bo, dana):
    """Something has happened, and dana may look at it."""
    grant = granted(asha, tenant, [bo], rooms=["RM-AAAA1111"])
    audit(dana, tenant, bo)
    return grant


def audit(by, tenant, voter):
    return granted(by, tenant, [voter], Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE)


def page(client, tenant, query=""):
    response = client.get(f"/t/{tenant.reference}/audit/{query}")
    assert response.status_code == 200
    html = response.content.decode()
    assert problems(html) == []
    return html


def shown(client, tenant, query=""):
    """The types of the events on the page, in order."""
    response = client.get(f"/t/{tenant.reference}/audit/{query}")
    return [line.event.type for line in response.context["lines"]]


def body(html):
    """The page without the frame: the strip names the auditor's own grant on every page."""
    return html.partition("<main")[2]


def test_audit_lists_the_tenants_one_may_audit(tenant, other_tenant, asha, bo, dana, sign_in):
    html = sign_in(dana).get("/audit/").content.decode()
    assert problems(html) == []
    assert tenant.reference in html
    assert other_tenant.reference not in html
    assert f"/t/{tenant.reference}/ask/?scope=audit.view" in html
    assert "You audit no tenant." in sign_in(asha).get("/audit/").content.decode()
    audit(dana, tenant, bo)
    html = sign_in(dana).get("/audit/").content.decode()
    assert "Open" in body(html)
    assert f'href="/t/{tenant.reference}/audit/"' in html


def test_record_without_a_grant_is_closed_and_shows_nothing(tenant, asha, bo, dana, sign_in):
    grant = granted(asha, tenant, [bo], rooms=["RM-AAAA1111"])
    html = page(sign_in(dana), tenant)
    assert "The record of this tenant is closed" in html
    for value in (grant.reference, grant.request_reference, "RM-AAAA1111", "Asha", ">Bo<"):
        assert value not in html
    # A named event and a filter tell nothing either.
    assert "Asha" not in page(sign_in(dana), tenant, "?person=asha&type=grant")


def test_grant_for_other_scopes_does_not_open_the_record_68(tenant, asha, bo, sign_in):
    granted(asha, tenant, [bo], Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW)
    assert "is closed" in page(sign_in(asha), tenant)


def test_record_shows_each_step_newest_first(tenant, opened, dana, sign_in):
    types = shown(sign_in(dana), tenant)
    assert types[0] == "view.tenant_audit"
    steps = ["request.submitted", "vote.cast", "grant.ready", "request.approved", "grant.started"]
    assert types[1:] == [*reversed(steps), *reversed(steps)]
    html = page(sign_in(dana), tenant)
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC", html)
    assert opened.reference in html


def test_looking_at_the_record_is_recorded_137(tenant, opened, dana, sign_in, superuser):
    client = sign_in(dana)
    page(client, tenant)
    page(client, tenant)
    looked = superuser["eu"].execute(
        "select outcome, count(*) from access_auditevent where type = 'view.tenant_audit'"
        " group by outcome"
    )
    assert looked.fetchall() == [("opened", 1)]
    repeats = superuser["eu"].execute("select count(*) from access_auditrepeat")
    assert repeats.fetchone()[0] == 1


def test_record_of_another_tenant_stays_closed_153(tenant, other_tenant, opened, dana, sign_in):
    assert sign_in(dana).get(f"/t/{other_tenant.reference}/audit/").status_code == 404
    people.relate(dana, Relation.MAY_AUDIT, other_tenant)
    assert "is closed" in page(sign_in(dana), other_tenant)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?type=grant&person=asha", {"grant.started"}),
        ("?type=vote", {"vote.cast"}),
        ("?type=view&result=opened", {"view.tenant_audit"}),
        ("?person=nobody", set()),
        ("?person=%25", set()),
        ("?subject=rm-aaaa1111", set()),
        ("?type=none&colour=red", None),
    ],
)
def test_filters_narrow_and_stand_in_the_address(tenant, opened, dana, sign_in, query, expected):
    client = sign_in(dana)
    page(client, tenant, query)
    types = set(shown(client, tenant, query))
    if expected is None:
        assert "Ignored" in page(client, tenant, query)
        assert len(types) > 3
    else:
        assert types == expected


def test_filters_of_grant_request_scope_and_purpose(tenant, opened, asha, bo, dana, sign_in):
    client = sign_in(dana)
    other = granted(asha, tenant, [bo], Scope.HEALTH_VIEW)
    sign_in(asha).get(f"/t/{tenant.reference}/health/")
    looked = "view.tenant_health"
    life = ["grant.started", "grant.ready"]
    # One page is one view, under every grant that it opened with.
    assert shown(client, tenant, f"?grant={opened.reference.lower()}") == [looked, *life]
    assert shown(client, tenant, f"?grant={other.reference}") == [looked, *life]
    assert shown(client, tenant, "?grant=GR-NOBODY99") == []
    asked = ["request.approved", "vote.cast", "request.submitted"]
    came = shown(client, tenant, f"?request={other.request_reference}")
    assert sorted(came) == sorted([looked, *life, *asked])
    assert shown(client, tenant, "?request=AR-NOBODY99") == []
    pending = ask(asha, tenant, Scope.ACCOUNT_VIEW)
    assert shown(client, tenant, f"?request={pending.reference}") == ["request.submitted"]
    assert looked in shown(client, tenant, "?scope=health.view")
    assert looked not in shown(client, tenant, "?scope=audit.view")
    assert set(shown(client, tenant, "?purpose=assurance")) >= {"view.tenant_audit"}
    assert looked not in shown(client, tenant, "?purpose=assurance")
    assert shown(client, tenant, "?verb=Vote.Cast") == ["vote.cast"] * 3
    assert shown(client, tenant, f"?person={asha.pk}&type=view") == [looked]


def test_time_filter_is_half_open_and_to_the_millisecond(tenant, opened, dana, sign_in):
    client = sign_in(dana)
    page = client.get(f"/t/{tenant.reference}/audit/?type=vote")
    newest, oldest = (line.event.recorded_at for line in page.context["lines"])
    at = newest.replace(tzinfo=None).isoformat()
    assert shown(client, tenant, f"?type=vote&from={at}") == ["vote.cast"]
    assert len(shown(client, tenant, f"?type=vote&to={at}")) == 1
    assert len(shown(client, tenant, f"?type=vote&from={oldest.date()}")) == 2
    assert shown(client, tenant, "?type=vote&to=2001-01-01T00:00:00Z") == []


@pytest.mark.parametrize("moment", ["yesterday", "2026-02-30", "0001-01-01T00:00:00%2B14:00"])
def test_time_that_is_none_is_ignored_aloud(tenant, opened, dana, sign_in, moment):
    assert "Ignored from (utc)" in page(sign_in(dana), tenant, f"?from={moment}")


def test_event_links_to_what_belongs_to_it(tenant, opened, asha, dana, sign_in, superuser):
    sign_in(asha).get(f"/t/{tenant.reference}/")
    row = superuser["eu"].execute("select id from access_auditevent where type = 'view.tenant'")
    client = sign_in(dana)
    response = client.get(f"/t/{tenant.reference}/audit/?event={row.fetchone()[0]}")
    links = {link["label"]: link["url"] for link in response.context["detail"].links}
    assert links["Same request"] == f"?request={opened.request_reference}"
    assert links["Same grant"] == f"?grant={opened.reference}"
    assert links["Same thing"] == f"?subject={tenant.reference}"
    day = shown(client, tenant, links["Same person that day"])
    assert day == ["view.tenant", "grant.started", "request.submitted"]


def test_subject_filter_finds_a_grant_by_its_reference(tenant, opened, dana, sign_in):
    types = shown(sign_in(dana), tenant, f"?subject={opened.reference.lower()}")
    assert types == ["grant.started", "grant.ready"]


def test_pages_neither_double_nor_skip_while_events_come(
    tenant, opened, asha, dana, sign_in, monkeypatch
):
    monkeypatch.setattr(audit_list, "SPEC", replace(audit_list.SPEC, page_size=4))
    client, seen, url = sign_in(dana), [], f"/t/{tenant.reference}/audit/"
    while url:
        response = client.get(url)
        seen += [str(line.event.pk) for line in response.context["lines"]]
        following = response.context["listing"].next_url
        url = f"/t/{tenant.reference}/audit/{following}" if following else ""
        if len(seen) == 4:
            ask(asha, tenant, Scope.HEALTH_VIEW)
    assert len(seen) == len(set(seen)) == 11


def test_tampered_cursor_gives_the_first_page_and_says_so(tenant, opened, dana, sign_in):
    html = page(sign_in(dana), tenant, "?after=gAAAAABnonsense")
    assert "was not recognised" in html


def test_event_shows_its_canonical_record_and_place(tenant, opened, dana, sign_in, superuser):
    sequencer.sequence("eu_owner")
    row = superuser["eu"].execute(
        "select e.id, l.position, l.leaf_hash, l.content from access_auditevent e"
        " join access_regionalleaf l on l.event_id = e.id where e.type = 'grant.started'"
        " order by e.recorded_at limit 1"
    )
    event_id, position, leaf_hash, content = row.fetchone()
    assert hashlib.sha256(b"\0" + content).digest() == leaf_hash
    html = page(sign_in(dana), tenant, f"?event={event_id}")
    assert leaf_hash.hex() in html
    assert f"<dd>{position} of the EU log</dd>" in html
    assert "The record below gives this hash" in html
    assert json.loads(content)["subject_reference"] in html


def test_event_without_a_place_yet_says_so(tenant, opened, dana, sign_in, superuser):
    row = superuser["eu"].execute(
        "select id from access_auditevent where type = 'grant.started' limit 1"
    )
    html = page(sign_in(dana), tenant, f"?event={row.fetchone()[0]}")
    assert "has not given this event its position" in html


def test_event_tells_how_often_it_was_seen(tenant, opened, dana, sign_in, superuser):
    client = sign_in(dana)
    for _ in range(3):
        page(client, tenant)
    row = superuser["eu"].execute(
        "select id from access_auditevent where type = 'view.tenant_audit'"
    )
    event_id = row.fetchone()[0]
    # Looking at one event is a view of its own, so the list was seen three times.
    assert "3 times within 5 minutes" in page(client, tenant, f"?event={event_id}")


@pytest.mark.parametrize("event", ["nonsense", "11111111-1111-1111-1111-111111111111"])
def test_unknown_event_shows_the_list_only(tenant, opened, dana, sign_in, event):
    assert 'id="event"' not in page(sign_in(dana), tenant, f"?event={event}")


def test_event_of_another_tenant_is_not_shown(
    tenant, other_tenant, opened, casey, dana, sign_in, superuser
):
    cara = people.person("cara", decides=[other_tenant])
    granted(casey, other_tenant, [cara])
    row = superuser["eu"].execute(
        "select id from access_auditevent where tenant_id = %s limit 1", [other_tenant.pk]
    )
    html = page(sign_in(dana), tenant, f"?event={row.fetchone()[0]}")
    assert 'id="event"' not in html
    assert "Casey" not in html


def test_record_closes_with_its_grant(tenant, opened, dana, sign_in, held_clock):
    with_grant = sign_in(dana).get(f"/t/{tenant.reference}/audit/").context["grant"]
    held_clock.hold(with_grant.ends_at)
    html = page(sign_in(dana), tenant)
    assert "is closed" in html
    assert "Asha" not in html
