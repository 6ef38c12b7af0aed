"""Unenrol: a device is taken out, and perhaps its TPM with it."""

from __future__ import annotations

import pytest

from rooms.models import Device
from tests.acts import granted
from tests.rooms.devices.agents import known_device
from tests.rooms.pages import INVENTORY, leaks, main_of, said, text_of


@pytest.fixture
def device(small) -> Device:
    """A monitored device with a key and a TPM."""
    return known_device(small.rooms[0])


@pytest.fixture
def path(tenant, device) -> str:
    return f"/t/{tenant.reference}/devices/{device.reference}/unenrol/"


@pytest.fixture
def stands(rows, device):
    """State of the device, why its key ended, whether its TPM is shut out."""
    return lambda: rows(
        "select d.state, k.revoked_why, i.revoked_at is not null, i.revoked_why"
        " from rooms_device d join rooms_devicekey k on k.device_id = d.id"
        " join rooms_deviceidentity i on i.device_id = d.id where d.id = %s",
        [device.pk],
    )[0]


def test_form_says_what_will_happen(client, path, device):
    text = text_of(client.get(path))
    assert "Its keys end at once" in text
    assert "Shut its TPM out" in text


def test_device_is_out_and_its_key_has_ended(client, path, stands, events, device):
    response = client.post(path, {"reason": "The room was given up"})
    assert (response.status_code, response.url) == (303, path.split("DV-")[0])
    assert stands() == ("unenrolled", "unenrolled", False, "The room was given up")
    assert events("device.unenrolled") == [device.reference]


def test_tpm_is_shut_out_when_asked_for(client, path, stands):
    client.post(path, {"reason": "Stolen from the lobby", "shut_out": "on"})
    assert stands() == ("unenrolled", "unenrolled", True, "Stolen from the lobby")


def test_reason_is_read_beside_the_device(client, path, tenant):
    client.post(path, {"reason": "The room was given up"})
    listed = client.get(f"/t/{tenant.reference}/devices/", {"state": "unenrolled"})
    assert "The room was given up" in text_of(listed)


def test_reason_is_needed(client, path, stands):
    response = client.post(path, {"reason": " \u200b "})
    assert response.status_code == 422
    assert "What you typed is kept." in said(response)
    assert stands()[0] == "monitored"


def test_record_holds_no_words_of_the_reason(client, path, rows):
    client.post(path, {"reason": "Stolen from the lobby", "shut_out": "on"})
    ((detail,),) = rows("select detail from access_auditevent where type = 'device.unenrolled'")
    assert detail == {"keys_ended": 1, "shut_out": True}


def test_closed_shows_no_value(closed, path, small, stands):
    response = closed.get(path)
    assert leaks(response, small) == []
    assert "Enrolment in this tenant is closed" in text_of(response)
    assert closed.post(path, {"reason": "because"}).status_code == 403
    assert stands()[0] == "monitored"


def test_inventory_alone_is_refused(sign_in, asha, bo, tenant, path, stands):
    granted(asha, tenant, [bo], INVENTORY)
    assert sign_in(asha).post(path, {"reason": "because"}).status_code == 403
    assert stands()[0] == "monitored"


def test_unenrolled_device_has_no_form(client, path):
    client.post(path, {"reason": "The room was given up"})
    response = client.get(path)
    assert "This device is unenrolled already." in text_of(response)
    assert main_of(response).select("form textarea") == []
    assert client.post(path, {"reason": "Once more"}).status_code == 409


def test_unknown_device_is_not_found(client, tenant):
    path = f"/t/{tenant.reference}/devices/DV-N0NE0000/unenrol/"
    assert client.get(path).status_code == 404
