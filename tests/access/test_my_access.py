"""My access: four tabs over all regions, by the database's clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from access.models.requests import Decision
from access.scopes import Relation, Scope
from tests import people
from tests.acts import approved, ask, granted, vote
from tests.html_lint import problems
from tests.outage import down

URL = "/access/"


def page(client, tab="active"):
    response = client.get(URL, {"tab": tab})
    assert response.status_code == 200
    html = response.content.decode()
    assert problems(html) == []
    return html


def test_my_access_without_signing_in_leads_to_the_way_in(client, db):
    assert client.get(URL).headers["Location"].startswith("/sign-in/")


def test_my_access_empty_says_that_is_normal(asha, sign_in):
    html = page(sign_in(asha))
    assert "You hold no access." in html
    assert "That is the normal state." in html


def test_my_access_shows_each_thing_in_its_tab(tenant, asha, bo, sign_in):
    active = granted(asha, tenant, [bo], rooms=["RM-AAAA1111"])
    ready = approved(asha, tenant, [bo], Scope.HEALTH_VIEW)
    waiting = ask(asha, tenant, Scope.ACCOUNT_VIEW)
    denied = vote(bo, tenant, ask(asha, tenant, Scope.DIAGNOSTICS_VIEW), Decision.DENY)
    shown = {"active": active, "ready": ready, "waiting": waiting, "past": denied}
    client = sign_in(asha)
    for tab in shown:
        html = page(client, tab)
        found = {name for name, thing in shown.items() if f">{thing.reference}<" in html}
        # The strip shows what is active on every page.
        assert found - {"active"} == {tab} - {"active"}
    assert "room RM-AAAA1111" in page(client)
    assert "Bo" in page(client)


def test_my_access_is_mine_only(tenant, asha, eli, bo, sign_in):
    grant = granted(eli, tenant, [bo])
    for person in (asha, bo):
        for tab in ("active", "past"):
            assert grant.reference not in page(sign_in(person), tab)


def test_grant_past_its_end_is_over_before_any_job_53(tenant, asha, bo, sign_in, held_clock):
    grant = granted(asha, tenant, [bo])
    held_clock.hold(grant.ends_at)
    client = sign_in(asha)
    assert grant.reference not in page(client)
    html = page(client, "past")
    assert grant.reference in html
    assert "Ended" in html


def test_approval_past_its_claim_is_over_before_any_job_57(tenant, asha, bo, sign_in, held_clock):
    grant = approved(asha, tenant, [bo])
    held_clock.hold(grant.claim_by)
    client = sign_in(asha)
    assert grant.reference not in page(client, "ready")
    assert grant.reference in page(client, "past")


def test_past_says_how_to_ask_again(tenant, asha, bo, sign_in):
    vote(bo, tenant, ask(asha, tenant, rooms=["RM-AAAA1111"]), Decision.DENY)
    again = f"/t/{tenant.reference}/ask/?scope=inventory.view&amp;room=RM-AAAA1111"
    assert again in page(sign_in(asha), "past")


def test_my_access_over_two_regions_names_the_one_that_is_down(tenant, asha, bo, sign_in):
    far = people.tenant("us")
    for person, relation in ((asha, Relation.MAY_ASK), (bo, Relation.MAY_DECIDE)):
        people.relate(person, relation, far)
    near_grant, far_grant = granted(asha, tenant, [bo]), granted(asha, far, [bo])
    client = sign_in(asha)
    html = page(client)
    assert near_grant.reference in html
    assert far_grant.reference in html
    with down("us"):
        html = page(client)
    assert near_grant.reference in html
    assert f">{far_grant.reference}<" not in html
    assert "The database of US does not answer" in html


def test_refresh_answers_204_until_something_changes(tenant, asha, bo, sign_in):
    client = sign_in(asha)
    version = client.get(URL).context["version"]
    fragment = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "my-access"}
    assert client.get(URL, {"seen": version}, **fragment).status_code == 204
    grant = granted(asha, tenant, [bo])
    answer = client.get(URL, {"seen": version}, **fragment)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert grant.reference in html
    assert "<html" not in html
    assert problems(html) == []


@pytest.mark.parametrize("query", ["tab=none", "tab=past&before=soon", "before=2026-01-01"])
def test_unknown_parts_of_the_address_are_ignored(asha, sign_in, query):
    assert sign_in(asha).get(f"{URL}?{query}").status_code == 200


def test_past_is_paged_without_losing_any(tenant, asha, bo, sign_in, monkeypatch):
    monkeypatch.setattr("access.views.my_access.PAST_MOST", 2)
    references = set()
    for minutes in (10, 20, 30, 40, 50):
        request = ask(asha, tenant, duration=timedelta(minutes=minutes))
        vote(bo, tenant, request, Decision.DENY)
        references.add(request.reference)
    client, seen, url = sign_in(asha), set(), f"{URL}?tab=past"
    for _ in range(4):
        response = client.get(url)
        seen |= {line.reference for line in response.context["lines"]}
        older = response.context["older"]
        if older is None:
            break
        url = f"{URL}?tab=past&before={older.isoformat().replace('+', '%2B')}"
    assert seen == references


def test_my_access_reads_the_same_number_of_times_with_one_and_three(
    tenant, asha, bo, sign_in, django_assert_max_num_queries
):
    def queries():
        with django_assert_max_num_queries(80, using="eu") as captured:
            page(sign_in(asha))
        return len(captured)

    granted(asha, tenant, [bo])
    one = queries()
    granted(asha, tenant, [bo], Scope.HEALTH_VIEW)
    granted(asha, tenant, [bo], Scope.ACCOUNT_VIEW)
    assert queries() == one
