"""A TPM that was shut out is let in again."""

from __future__ import annotations

import pytest

from rooms.models import Device
from tests.rooms.devices.agents import known_device
from tests.rooms.pages import main_of


@pytest.fixture
def device(small) -> Device:
    """A monitored device with a key and a TPM."""
    return known_device(small.rooms[0])


@pytest.fixture
def base(tenant, device) -> str:
    return f"/t/{tenant.reference}/devices/{device.reference}/"


@pytest.fixture
def shut_out(client, base) -> None:
    """Its TPM was shut out."""
    client.post(f"{base}unenrol/", {"reason": "Stolen", "shut_out": "on"})


@pytest.fixture
def is_out(rows):
    """Whether the TPM is shut out."""
    return lambda: rows("select revoked_at is not null from rooms_deviceidentity")[0][0]


def test_tpm_is_let_in_and_the_act_is_recorded(client, base, shut_out, is_out, events, device):
    assert is_out()
    assert client.post(f"{base}readmit/").status_code == 303
    assert not is_out()
    assert events("device.readmitted") == [device.reference]


def test_list_offers_it_for_what_is_out(client, tenant, base, device, shut_out):
    response = client.get(f"/t/{tenant.reference}/devices/", {"state": "unenrolled"})
    (button,) = main_of(response).select("tbody button")
    assert button["aria-label"] == f"Let the TPM of {device.reference} in again"


def test_tpm_that_is_not_out_is_a_conflict(client, base, is_out):
    response = client.post(f"{base}readmit/")
    assert response.status_code == 409
    assert "is not shut out" in response.content.decode()


def test_closed_is_refused(closed, base, superuser, is_out):
    superuser["eu"].execute("update rooms_deviceidentity set revoked_at = lock.now()")
    assert closed.post(f"{base}readmit/").status_code == 403
    assert is_out()


def test_keys_stay_ended(client, base, shut_out, rows):
    client.post(f"{base}readmit/")
    assert rows("select revoked_why from rooms_devicekey") == [("unenrolled",)]
    assert client.get(f"{base}readmit/").status_code == 405
