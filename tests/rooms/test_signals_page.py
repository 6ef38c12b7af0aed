"""Switching a signal off and on for a whole tenant."""

from __future__ import annotations

import pytest

from rooms.models import SignalSetting
from rooms.states import IncidentState
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
    soon,
    wrong,
)
from tests.rooms.pages import statements, text_of


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def incident(small):
    return incident_of(small.rooms[0])


@pytest.fixture
def open_all(tenant, asha, bo):
    return granted(asha, tenant, [bo], HEALTH, INVENTORY, WORK)


@pytest.fixture
def page(tenant) -> str:
    return f"/t/{tenant.reference}/signals/"


OFF = {"code": "display_front", "enabled": "off", "reason": "Displays are being replaced"}


def test_off_closes_its_incidents_and_no_others(
    sign_in, asha, small, incident, page, open_all, superuser
):
    resolved = incident_of(small.rooms[1], state=IncidentState.RESOLVED)
    other = incident_of(small.rooms[1], "network")
    response = sign_in(asha).post(page, OFF)
    assert response.status_code == 303
    assert [again(one).state for one in (incident, resolved, other)] == [
        "closed",
        "closed",
        "active",
    ]
    assert entries_of(incident)[-1] == ("closed", "Asha", "The signal was switched off.")
    assert soon(incident)
    setting = SignalSetting.objects.using(OWNER).get()
    assert (setting.code, setting.enabled, setting.by_label) == ("display_front", False, "Asha")
    assert acts(superuser, "signal.%") == [("signal.switched_off", "ok", "display_front")]


def test_on_again_brings_nothing_back(sign_in, asha, incident, page, open_all, superuser):
    client = sign_in(asha)
    client.post(page, OFF)
    assert client.post(page, OFF | {"enabled": "on"}).status_code == 303
    assert again(incident).state == "closed"
    assert SignalSetting.objects.using(OWNER).get().enabled is True
    assert [kind for kind, _, _ in acts(superuser, "signal.%")] == [
        "signal.switched_off",
        "signal.switched_on",
    ]


def test_switch_that_stands_so_already_is_stale(sign_in, asha, page, open_all):
    client = sign_in(asha)
    response = client.post(page, OFF | {"enabled": "on"})
    assert response.status_code == 409
    assert "already on" in wrong(response)
    client.post(page, OFF)
    assert client.post(page, OFF).status_code == 409


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"code": "recorded_issue"}, "Choose a signal from the list."),
        ({"enabled": "perhaps"}, "Choose on or off."),
        ({"reason": ""}, "Say why."),
    ],
)
def test_mistakes_switch_nothing(sign_in, asha, page, open_all, typed, words):
    response = sign_in(asha).post(page, OFF | typed)
    assert response.status_code == 422
    assert words in wrong(response)
    assert not SignalSetting.objects.using(OWNER).exists()


def test_page_tells_who_switched_what_and_why(sign_in, asha, page, open_all):
    client = sign_in(asha)
    client.post(page, OFF)
    text = text_of(client.get(page))
    assert "by Asha Displays are being replaced" in text


def test_grant_of_single_rooms_switches_nothing(sign_in, asha, bo, tenant, small, page):
    granted(asha, tenant, [bo], HEALTH, WORK, rooms=[small.rooms[0].reference])
    client = sign_in(asha)
    text = text_of(client.get(page))
    assert "takes access to the whole tenant" in text
    assert client.post(page, OFF).status_code == 403
    assert not SignalSetting.objects.using(OWNER).exists()


def test_closed_page_asks_and_shows_no_switch(sign_in, asha, bo, tenant, page, open_all):
    sign_in(asha).post(page, OFF)
    eve = people.person("eve", asks=[tenant])
    client = sign_in(eve)
    html = client.get(page).content.decode()
    assert "Displays are being replaced" not in html
    assert "Work on incidents is closed" in html
    assert client.post(page, OFF).status_code == 403


def test_many_incidents_are_closed_in_a_fixed_number_of_statements(
    sign_in, asha, small, page, open_all
):
    client = sign_in(asha)
    numbers = []
    for more in (1, 30):
        for number in range(more):
            incident_of(small.rooms[0], instance=f"display {number}")
        with statements("default", "eu") as counted:
            client.post(page, OFF)
        client.post(page, OFF | {"enabled": "on"})
        numbers.append(counted.number)
    assert numbers[1] <= numbers[0]
