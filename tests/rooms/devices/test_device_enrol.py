"""Enroll: a device leaves Onboarding."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rooms.models import Device
from tests.acts import granted
from tests.factories import computer_of
from tests.rooms.devices.conftest import NEEDED
from tests.rooms.pages import INVENTORY


@pytest.fixture
def device(tenant, small, superuser) -> Device:
    """A device in Onboarding."""
    found = computer_of(tenant, small.rooms[0].pk)
    superuser["eu"].execute(
        "update rooms_device set state = 'onboarding', enrolled_at = null where id = %s",
        [found.pk],
    )
    return found


@pytest.fixture
def path(tenant, device) -> str:
    return f"/t/{tenant.reference}/devices/{device.reference}/enrol/"


@pytest.fixture
def state(rows, device):
    """The state that is stored."""
    return lambda: rows("select state from rooms_device where id = %s", [device.pk])[0][0]


def test_device_is_monitored_and_the_act_is_recorded(client, path, rows, state, events, device):
    response = client.post(path)
    assert (response.status_code, response.url) == (303, path.split("DV-")[0])
    assert state() == "monitored"
    assert rows("select enrolled_at is not null from rooms_device where id = %s", [device.pk]) == [
        (True,)
    ]
    assert events("device.monitored") == [device.reference]


def test_get_changes_nothing(client, path, state):
    assert client.get(path).status_code == 405
    assert state() == "onboarding"


def test_closed_is_refused_with_what_to_ask_for(closed, path, state, rows):
    response = closed.post(path)
    assert response.status_code == 403
    assert "Ask for access to: Enrol and unenrol, Inventory." in response.content.decode()
    assert state() == "onboarding"
    assert rows("select count(*) from access_auditevent where type = 'act.refused'") == [(1,)]


def test_inventory_alone_is_refused(sign_in, asha, bo, tenant, path, state):
    granted(asha, tenant, [bo], INVENTORY)
    response = sign_in(asha).post(path)
    assert response.status_code == 403
    assert "Ask for access to: Enrol and unenrol." in response.content.decode()
    assert state() == "onboarding"


def test_grant_of_another_room_is_refused(sign_in, asha, bo, bea, tenant, small, path, state):
    granted(asha, tenant, [bo], INVENTORY)
    granted(asha, tenant, [bo, bea], NEEDED[0], rooms=[small.rooms[1].reference])
    response = sign_in(asha).post(path)
    assert response.status_code == 403
    assert f"does not reach {small.rooms[0].reference}" in response.content.decode()
    assert state() == "onboarding"


def test_device_of_another_tenant_is_not_found(client, tenant, path):
    assert client.post(f"/t/{tenant.reference}/devices/DV-N0NE0000/enrol/").status_code == 404


def test_second_press_says_what_changed(client, path, state):
    client.post(path)
    response = client.post(path)
    assert response.status_code == 409
    assert "It is monitored now." in response.content.decode()
    assert state() == "monitored"


def test_grant_that_ended_opens_no_act(client, path, state, held_clock):
    held_clock.shift(timedelta(hours=1, seconds=5))
    assert client.post(path).status_code in (302, 403)
    assert state() == "onboarding"
