"""Keeping a room or one signal of it quiet, from its incident or from the room."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rooms.models import RoomHealth, Suppression
from tests import people
from tests.acts import granted
from tests.factories import furnish, incident_of
from tests.rooms.incidents import (
    HEALTH,
    INVENTORY,
    OWNER,
    WORK,
    acts,
    do,
    entries_of,
    fill,
    url_of,
    wrong,
)
from tests.rooms.pages import text_of


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def incident(small):
    return incident_of(small.rooms[0])


@pytest.fixture
def path(tenant, incident) -> str:
    return url_of(tenant, incident)


@pytest.fixture
def open_all(tenant, asha, bo):
    return granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK)


def rows(small) -> list[Suppression]:
    found = Suppression.objects.using(OWNER).filter(tenant_id=small.rooms[0].tenant_id)
    return list(found.order_by("begins_at"))


@pytest.fixture
def page(tenant, small) -> str:
    return f"/t/{tenant.reference}/rooms/{small.rooms[0].reference}/suppressions/"


def test_signal_is_quiet_from_its_incident(
    sign_in, asha, small, incident, path, open_all, superuser
):
    sent = {"code": "display_front", "minutes": "1440", "reason": "New display tomorrow"}
    assert do(sign_in(asha), path, "suppress", **sent).status_code == 303
    (one,) = rows(small)
    assert (one.room_id, one.code, one.reason) == (
        small.rooms[0].pk,
        "display_front",
        "New display tomorrow",
    )
    assert abs(one.ends_at - one.begins_at - timedelta(days=1)) < timedelta(seconds=60)
    kind, by, text = entries_of(incident)[-1]
    assert (kind, by) == ("suppressed", "Asha")
    assert "New display tomorrow" in text
    health = RoomHealth.objects.using(OWNER).get(room_id=small.rooms[0].pk)
    assert health.next_evaluation_at == one.begins_at
    assert acts(superuser, "suppression.%") == [("suppression.begun", "ok", incident.reference)]


def test_whole_room_is_quiet_from_its_page(sign_in, asha, small, page, open_all, superuser):
    sent = {"code": "", "minutes": "43200", "reason": "Building work"}
    response = sign_in(asha).post(page, sent)
    assert (response.status_code, response.headers["Location"]) == (303, page)
    assert rows(small)[0].code == ""
    assert acts(superuser, "suppression.%") == [
        ("suppression.begun", "ok", small.rooms[0].reference)
    ]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"minutes": "43201"}, "At most 30 days."),
        ({"minutes": "0"}, "at least 1 minute"),
        ({"minutes": ""}, "Choose a time."),
        ({"reason": ""}, "A suppression needs a reason."),
        ({"reason": "…"}, "Write it in words"),
        ({"code": "recorded_issue"}, "Choose a signal from the list."),
        ({"code": "nonsense"}, "Choose a signal from the list."),
    ],
)
def test_mistakes_suppress_nothing(sign_in, asha, small, page, open_all, typed, words):
    sent = {"code": "", "minutes": "240", "reason": "Building work"} | typed
    response = sign_in(asha).post(page, sent)
    assert response.status_code == 422
    assert words in wrong(response)
    assert rows(small) == []


def test_what_is_quiet_already_is_told(sign_in, asha, small, page, open_all):
    client = sign_in(asha)
    sent = {"code": "network", "minutes": "240", "reason": "Building work"}
    client.post(page, sent)
    response = client.post(page, sent)
    assert response.status_code == 409
    assert "Suppressed already until" in wrong(response)
    assert len(rows(small)) == 1
    assert client.post(page, sent | {"code": "camera_room"}).status_code == 303


def test_ended_before_its_time(sign_in, asha, small, incident, page, open_all, superuser):
    client = sign_in(asha)
    client.post(page, {"code": "", "minutes": "240", "reason": "Building work"})
    sent = fill(client, page, "/suppressions/end/")
    assert client.post(f"{page}end/", sent).status_code == 303
    (one,) = rows(small)
    assert one.ended_by_label == "Asha"
    assert entries_of(incident)[-1][0] == "released"
    health = RoomHealth.objects.using(OWNER).get(room_id=small.rooms[0].pk)
    assert health.next_evaluation_at == one.ended_at
    assert acts(superuser, "suppression.ended")
    assert client.post(f"{page}end/", sent).status_code == 409


def test_after_its_end_nothing_is_left_to_end(sign_in, asha, small, page, open_all, held_clock):
    client = sign_in(asha)
    client.post(page, {"code": "", "minutes": "5", "reason": "Building work"})
    sent = fill(client, page, "/suppressions/end/")
    held_clock.shift(timedelta(minutes=6))
    assert client.post(f"{page}end/", sent).status_code == 409
    assert "suppressions/end/" not in client.get(page).content.decode()
    again = {"code": "", "minutes": "5", "reason": "Building work"}
    assert client.post(page, again).status_code == 303


def test_suppression_of_another_room_is_not_ended_here(sign_in, asha, bo, tenant, small, page):
    granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK)
    client = sign_in(asha)
    client.post(page, {"code": "", "minutes": "240", "reason": "Building work"})
    other = page.replace(small.rooms[0].reference, small.rooms[1].reference)
    response = client.post(f"{other}end/", {"suppression": rows(small)[0].reference})
    assert response.status_code == 403
    assert rows(small)[0].ended_at is None


def test_closed_page_shows_no_reason(sign_in, asha, small, page, path, open_all, bo, tenant):
    sign_in(asha).post(page, {"code": "", "minutes": "240", "reason": "Cnry building work"})
    eve = people.person("eve", asks=[tenant])
    client = sign_in(eve)
    assert "Cnry building" not in client.get(page).content.decode()
    assert client.post(page, {"code": "", "minutes": "240", "reason": "Mine"}).status_code == 403
    granted(eve, tenant, [bo], HEALTH)
    html = client.get(page).content.decode()
    assert "Cnry building work" in html
    assert "textarea" not in html


def test_unknown_room_is_a_404_once_work_is_open(sign_in, asha, tenant, small, open_all):
    page = f"/t/{tenant.reference}/rooms/RM-00000000/suppressions/"
    assert sign_in(asha).get(page).status_code == 404


def test_room_page_says_what_is_quiet(sign_in, asha, tenant, small, page, open_all):
    client = sign_in(asha)
    client.post(page, {"code": "network", "minutes": "240", "reason": "Building work"})
    room = page.removesuffix("suppressions/")
    text = text_of(client.get(f"{room}?tab=incidents"))
    assert "Suppressed." in text
    assert "Building work" in text
