"""One act on many incidents: a signed selection, all of it or nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from access.scopes import Relation
from rooms.models import Incident, Suppression
from tests import people
from tests.acts import granted
from tests.factories import furnish, incident_of
from tests.rooms.incidents import (
    HEALTH,
    INVENTORY,
    OWNER,
    WORK,
    acts,
    again,
    entries_of,
    fill,
    wrong,
)
from tests.rooms.pages import main_of, said, text_of


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def open_all(tenant, asha, bo):
    return granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK)


@pytest.fixture
def many(small):
    """Five active incidents in two rooms, worst first."""
    codes = ("sign_in_teams", "display_front", "camera_room", "network", "app_version")
    return [incident_of(small.rooms[at % 2], code) for at, code in enumerate(codes)]


@pytest.fixture
def page(tenant) -> str:
    return f"/t/{tenant.reference}/incidents/selected/"


def ticked(page: str, incidents) -> str:
    return page + "?" + "&".join(f"pick={one.reference}" for one in incidents)


def steps(incidents) -> list[str]:
    return [again(one).assignment for one in incidents]


def test_ticked_ones_are_assigned_and_no_others(sign_in, asha, many, page, open_all, superuser):
    client = sign_in(asha)
    sent = fill(client, ticked(page, many[:3]), "/assign/", to="me")
    response = client.post(f"{page}assign/", sent)
    assert response.status_code == 303
    assert steps(many) == ["us", "us", "us", "pending", "pending"]
    assert again(many[0]).assignee_id == asha.pk
    assert entries_of(many[1])[-1] == ("assigned", "Asha", "to Asha")
    assert {(kind, ref) for kind, _, ref in acts(superuser)} == {
        ("incident.assigned", one.reference) for one in many[:3]
    }


def test_all_that_a_list_finds(sign_in, asha, small, many, tenant, page, open_all):
    client = sign_in(asha)
    listed = f"/t/{tenant.reference}/incidents/?q={small.rooms[0].reference}"
    link = main_of(client.get(listed)).find("a", string="Act on all 3 incidents…")["href"]
    assert "3 of" in text_of(client.get(link))
    client.post(f"{page}assign/", fill(client, link, "/assign/", to="customer"))
    assert steps(many) == ["customer", "pending", "customer", "pending", "customer"]


def test_suppress_their_signals(sign_in, asha, small, many, page, open_all, superuser):
    client = sign_in(asha)
    sent = fill(
        client,
        ticked(page, many[1:4]),
        "/suppress/",
        what="signal",
        minutes="1440",
        reason="Cabling is renewed",
    )
    assert client.post(f"{page}suppress/", sent).status_code == 303
    rows = {(one.room_id, one.code) for one in Suppression.objects.using(OWNER).all()}
    assert rows == {(one.room_id, one.code) for one in many[1:4]}
    assert entries_of(many[2])[-1][0] == "suppressed"
    assert entries_of(many[0])[-1][0] == "opened"
    assert len(acts(superuser, "suppression.begun")) == 3


def test_suppress_their_rooms_once_each(sign_in, asha, small, many, page, open_all):
    client = sign_in(asha)
    sent = fill(
        client, ticked(page, many), "/suppress/", what="room", minutes="240", reason="Building work"
    )
    assert client.post(f"{page}suppress/", sent).status_code == 303
    rows = Suppression.objects.using(OWNER).order_by("room_id")
    assert [(one.room_id, one.code) for one in rows] == sorted(
        (room.pk, "") for room in small.rooms[:2]
    )


def test_what_cannot_be_quiet_stops_all_of_it(sign_in, asha, small, many, page, open_all):
    recorded = incident_of(small.rooms[2], "recorded_issue")
    client = sign_in(asha)
    sent = fill(
        client,
        ticked(page, [*many, recorded]),
        "/suppress/",
        what="signal",
        minutes="240",
        reason="Building work",
    )
    response = client.post(f"{page}suppress/", sent)
    assert response.status_code == 422
    assert f"{recorded.reference} was recorded by a person" in wrong(response)
    assert not Suppression.objects.using(OWNER).exists()


def test_mistake_in_the_form_keeps_the_selection(sign_in, asha, many, page, open_all):
    client = sign_in(asha)
    sent = fill(client, ticked(page, many[:2]), "/suppress/", what="signal", minutes="240")
    response = client.post(f"{page}suppress/", sent)
    assert response.status_code == 422
    assert many[0].reference in wrong(response)
    assert "Suppress 2" in wrong(response)


@pytest.mark.parametrize("damage", ["cut", "swapped", "empty", "other", "long"])
def test_tampered_selection_does_nothing(sign_in, asha, many, page, open_all, superuser, damage):
    client = sign_in(asha)
    sent = fill(client, ticked(page, many[:2]), "/assign/", to="me")
    more = fill(client, ticked(page, many), "/assign/", to="me")
    signed = sent["selection"]
    damaged = {
        "cut": signed[:-1],
        "swapped": more["selection"].split(":")[0] + ":" + signed.split(":", 1)[1],
        "empty": "",
        "other": "x:y",
        "long": "x" * 20_000,
    }[damage]
    response = client.post(f"{page}assign/", sent | {"selection": damaged})
    assert response.status_code == 400 if damage != "empty" else response.status_code in (400, 422)
    assert "selection" in wrong(response)
    assert steps(many) == ["pending"] * 5
    if damage != "empty":
        assert acts(superuser, "act.%")


def test_selection_of_somebody_else_or_elsewhere_does_nothing(
    sign_in, asha, eli, bo, tenant, many, page, open_all
):
    granted(eli, tenant, [bo], HEALTH, WORK)
    sent = fill(sign_in(asha), ticked(page, many[:2]), "/assign/", to="me")
    assert sign_in(eli).post(f"{page}assign/", sent).status_code == 400
    away = people.tenant("eu")
    people.relate(asha, Relation.MAY_ASK, away)
    people.relate(bo, Relation.MAY_DECIDE, away)
    granted(asha, away, [bo], HEALTH, WORK)
    there = page.replace(tenant.reference, away.reference)
    assert sign_in(asha).post(f"{there}assign/", sent).status_code == 400
    assert steps(many) == ["pending"] * 5


def test_old_selection_does_nothing(sign_in, asha, many, page, open_all, held_clock):
    client = sign_in(asha)
    sent = fill(client, ticked(page, many[:2]), "/assign/", to="me")
    held_clock.shift(timedelta(minutes=15, seconds=1))
    response = client.post(f"{page}assign/", sent)
    assert response.status_code == 400
    assert "older than 15 minutes" in wrong(response)
    assert steps(many) == ["pending"] * 5


def test_selection_that_changed_does_nothing(
    sign_in, asha, tenant, many, page, open_all, superuser
):
    client = sign_in(asha)
    sent = fill(client, ticked(page, many[:3]), "/assign/", to="me")
    Incident.objects.using(OWNER).filter(pk=many[1].pk).update(state="resolved")
    response = client.post(f"{page}assign/", sent)
    assert response.status_code == 409
    assert "some of them have changed" in wrong(response)
    assert steps(many) == ["pending"] * 5
    assert ("act.refused", "refused", tenant.reference) in acts(superuser, "act.%")


def test_query_that_finds_one_more_does_nothing(sign_in, asha, small, many, page, open_all):
    client = sign_in(asha)
    sent = fill(client, f"{page}?query=", "/assign/", to="me")
    incident_of(small.rooms[2])
    response = client.post(f"{page}assign/", sent)
    assert response.status_code == 409
    assert "it was 5 incidents, now it is 6" in wrong(response)
    assert steps(many) == ["pending"] * 5


def test_more_than_two_hundred_are_too_many(sign_in, asha, small, tenant, page, open_all):
    for _ in range(201):
        incident_of(small.rooms[0], "recorded_issue")
    client = sign_in(asha)
    text = text_of(client.get(f"{page}?query="))
    assert "at most 200" in text
    assert "Assign 201" not in text
    listed = text_of(client.get(f"/t/{tenant.reference}/incidents/"))
    assert "At most 200 at once" in listed


def test_two_hundred_at_once(sign_in, asha, small, page, open_all):
    made = [incident_of(small.rooms[0], "recorded_issue") for _ in range(200)]
    client = sign_in(asha)
    sent = fill(client, f"{page}?query=", "/assign/", to="us")
    assert client.post(f"{page}assign/", sent).status_code == 303
    assert set(steps(made)) == {"us"}


def test_nothing_ticked_says_so(sign_in, asha, page, open_all):
    assert "Nothing is selected." in text_of(sign_in(asha).get(page))


def test_grant_of_one_room_selects_its_incidents_only(sign_in, asha, bo, tenant, small, many, page):
    granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK, rooms=[small.rooms[0].reference])
    client = sign_in(asha)
    shown = said(client.get(ticked(page, many)))
    assert many[0].reference in shown
    assert many[1].reference not in shown
    assert "2 that you ticked are not open to you" in shown
    client.post(f"{page}assign/", fill(client, ticked(page, many), "/assign/", to="us"))
    assert steps(many) == ["us", "pending", "us", "pending", "us"]


def test_work_in_one_room_under_health_of_all_does_nothing_elsewhere(
    sign_in, asha, bo, tenant, small, many, page
):
    granted(asha, tenant, [bo], HEALTH, INVENTORY)
    granted(asha, tenant, [bo], WORK, rooms=[small.rooms[0].reference])
    client = sign_in(asha)
    sent = fill(client, ticked(page, many), "/assign/", to="us")
    assert client.post(f"{page}assign/", sent).status_code == 409
    assert steps(many) == ["pending"] * 5


def test_without_work_it_is_closed(sign_in, asha, bo, tenant, many, page):
    granted(asha, tenant, [bo], HEALTH, INVENTORY)
    client = sign_in(asha)
    response = client.get(ticked(page, many))
    assert "Work on incidents is closed" in text_of(response)
    assert many[0].reference not in said(response)
    assert client.post(f"{page}assign/", {"selection": "x", "to": "me"}).status_code == 403
