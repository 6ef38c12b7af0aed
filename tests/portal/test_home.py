"""My work: what needs this person, and nothing of anybody else's."""

from __future__ import annotations

import pytest
from django.utils import timezone

from access.models.requests import Decision
from access.scopes import Relation, Scope
from tests import people
from tests.acts import approved, ask, granted, vote
from tests.fleet.seed import store_tenant
from tests.fleet.small import small_tenant
from tests.html_lint import problems
from tests.outage import down


def page(client):
    response = client.get("/")
    assert response.status_code == 200
    html = response.content.decode()
    assert problems(html) == []
    return html


def tasks(client):
    return [(task.text, task.action) for task in client.get("/").context["tasks"]]


def test_home_without_anything_says_so(tenant, asha, bo, sign_in):
    html = page(sign_in(asha))
    for words in ("Nothing waits for you.", "You hold no access.", "You opened no room"):
        assert words in html
    assert "Bo" in html


def test_home_without_signing_in_leads_to_the_way_in(client, db):
    assert client.get("/").headers["Location"].startswith("/sign-in/")


def test_different_people_see_different_work(tenant, asha, eli, bo, bea, casey, dana, sign_in):
    ask(asha, tenant)
    ready = approved(eli, tenant, [bo])
    decide = [("Asha asks for 1 hour", "Decide…")]
    assert tasks(sign_in(bo)) == tasks(sign_in(bea)) == decide
    assert tasks(sign_in(eli)) == [("Start 1 hour", "Start…")]
    assert ready.reference in page(sign_in(eli))
    for person in (asha, casey, dana):
        assert tasks(sign_in(person)) == []
    assert "You asked for 1 hour" in page(sign_in(asha))


def test_decided_voted_and_lapsed_requests_leave_the_list(
    tenant, asha, bo, bea, sign_in, held_clock
):
    vote(bo, tenant, ask(asha, tenant), Decision.DENY)
    two = ask(asha, tenant, Scope.ACTIVITY_VIEW)
    assert tasks(sign_in(bo)) == [("Asha asks for 1 hour", "Decide…")]
    vote(bo, tenant, two)
    assert tasks(sign_in(bo)) == []
    assert tasks(sign_in(bea)) == [("Asha asks for 1 hour", "Decide…")]
    held_clock.hold(two.lapses_at)
    assert tasks(sign_in(bea)) == []


def test_own_request_does_not_wait_for_oneself_1(tenant, bo, bea, sign_in):
    people.relate(bo, Relation.MAY_ASK, tenant)
    ask(bo, tenant)
    assert tasks(sign_in(bo)) == []
    assert tasks(sign_in(bea)) == [("Bo asks for 1 hour", "Decide…")]


def test_gate_that_is_shut_comes_first(tenant, asha, bo, sign_in):
    approved(asha, tenant, [bo])
    people.lose_training(asha)
    first, *rest = tasks(sign_in(asha))
    assert first == ("Privacy and security training is not in date.", "See")
    assert rest == [("Start 1 hour", "Start…")]


def test_release_waits_for_a_second_approver(tenant, asha, bo, bea, sign_in):
    client = sign_in(bo)
    client.post("/stop/", {"email": asha.email, "reason": "Lost laptop"})
    stop = client.get("/stop/").context["stops"][0]
    client.post(f"/stop/{stop.first.pk}/release/", {"seen": stop.version})
    assert ("Release of the stop on Asha", "Look") in tasks(sign_in(bea))
    assert tasks(client) == []


@pytest.fixture
def room(tenant):
    """A room of the tenant, by reference."""
    small = small_tenant(tenant.pk, tenant.reference, at=timezone.now())
    store_tenant(small.made, using="eu_owner")
    return next(iter(small.rooms)).reference


def test_rooms_opened_lately_are_listed_by_reference(tenant, room, asha, eli, bo, sign_in):
    client = sign_in(asha)
    url = f"/t/{tenant.reference}/rooms/{room}/"
    client.get(url)
    assert url not in page(client)
    granted(asha, tenant, [bo], rooms=[room])
    client.get(url)
    assert url in page(client)
    assert url not in page(sign_in(eli))


def test_region_that_is_down_is_named(tenant, asha, bo, sign_in):
    granted(asha, tenant, [bo])
    client = sign_in(asha)
    with down("apac"):
        html = page(client)
    assert "The database of APAC does not answer" in html
    assert "Access in use" in html


def test_control_plane_down_gives_an_honest_page(tenant, asha, sign_in):
    client = sign_in(asha)
    with down("default"):
        response = client.get("/")
    assert response.status_code == 503
    assert "does not answer" in response.content.decode()


def test_refresh_answers_204_until_something_waits(tenant, asha, bo, sign_in):
    client = sign_in(bo)
    version = client.get("/").context["version"]
    fragment = {"HTTP_HX_REQUEST": "true"}
    assert client.get("/", {"seen": version}, **fragment).status_code == 204
    ask(asha, tenant)
    answer = client.get("/", {"seen": version}, **fragment)
    html = answer.content.decode()
    assert "Asha asks for 1 hour" in html
    assert "<html" not in html
    assert problems(html) == []
