"""Ordering a collection: who may, from what, and what the device is handed."""

from __future__ import annotations

from typing import Any

import pytest

from access.purposes import Purpose
from access.residency import region
from access.scopes import Scope
from diagnostics.models import Collection
from rooms.models import Device, DeviceCommand
from tests.acts import granted
from tests.diagnostics.collections import ORDERING, OWNER, collected, first_device
from tests.factories import furnish, incident_of
from tests.rooms.incidents import acts, wrong


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def device(tenant, small) -> Device:
    return first_device(tenant, small.rooms[0].pk)


@pytest.fixture
def path(tenant) -> str:
    return f"/t/{tenant.reference}/collections/new/"


@pytest.fixture
def open_all(tenant, asha, bo):
    return granted(asha, tenant, [bo], *ORDERING)


def typed(device: Device, **more: Any) -> dict[str, Any]:
    return {
        "devices": device.reference,
        "channels": ["System", "Skype Room System"],
        "logs": ["app_log"],
        "queries": ["query_usb"],
        "hours": "24",
        "reason": "The camera drops out",
    } | more


def orders() -> list[Collection]:
    with region("eu"):
        return list(Collection.objects.using(OWNER).order_by("reference"))


def commands() -> list[DeviceCommand]:
    with region("eu"):
        return list(DeviceCommand.objects.using(OWNER).filter(kind="collect"))


def test_order_reaches_the_device(sign_in, asha, device, path, open_all, superuser):
    response = sign_in(asha).post(path, typed(device))
    assert response.status_code == 303
    (order,) = orders()
    assert response.headers["Location"].endswith(f"/collections/{order.reference}/")
    assert (order.state, order.device_id, order.ordered_by_label) == ("ordered", device.pk, "Asha")
    assert order.grant_reference == open_all.reference
    (command,) = commands()
    assert command.pk == order.command_id
    assert command.expires_at == order.deadline_at
    assert command.parameters["collection"] == order.reference
    assert command.parameters["parts"] == [
        {"kind": "app_log"},
        {"kind": "event_log", "channel": "Skype Room System"},
        {"kind": "event_log", "channel": "System"},
        {"kind": "query_usb"},
    ]
    assert command.parameters["upload"]["chunk_bytes"] == 1024 * 1024
    assert acts(superuser, "collection.%") == [("collection.ordered", "ok", device.reference)]


def test_order_from_an_incident_keeps_it(sign_in, asha, small, device, path, open_all):
    incident = incident_of(small.rooms[0])
    sign_in(asha).post(f"{path}?incident={incident.reference}", typed(device))
    assert orders()[0].incident_id == incident.pk


def test_devices_of_the_page_before_are_filled_in(sign_in, asha, device, path, open_all):
    response = sign_in(asha).get(f"{path}?device={device.reference}")
    assert response.status_code == 200
    assert f'value="{device.reference}"' in response.content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"devices": ""}, "Write the reference of a device."),
        ({"devices": "the camera"}, "looks like DV-"),
        ({"devices": "DV-00000000"}, "Not open to you in this tenant"),
        ({"channels": [], "logs": [], "queries": []}, "Choose at least one thing"),
        ({"channels": ["Setup"]}, "Select a valid choice"),
        ({"reason": ""}, "Say what you look for."),
        ({"reason": "…"}, "Write it in words"),
        ({"until": "yesterday"}, "Write a time such as"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else next(iter(value)),
)
def test_mistakes_order_nothing(sign_in, asha, device, path, open_all, change, words):
    response = sign_in(asha).post(path, typed(device, **change))
    assert response.status_code == 422
    assert words in wrong(response)
    assert orders() == []
    assert commands() == []


def test_device_that_is_not_monitored_is_refused(sign_in, asha, device, path, open_all):
    with region("eu"):
        Device.objects.using(OWNER).filter(pk=device.pk).update(state="onboarding")
    response = sign_in(asha).post(path, typed(device))
    assert response.status_code == 422
    assert "not monitored" in wrong(response)
    assert orders() == []


def test_second_order_names_the_first(sign_in, asha, device, path, open_all):
    client = sign_in(asha)
    client.post(path, typed(device))
    response = client.post(path, typed(device))
    assert response.status_code == 409
    assert orders()[0].reference in wrong(response)
    assert len(orders()) == 1


def test_one_busy_device_of_several_orders_nothing(
    sign_in, asha, tenant, small, device, path, open_all
):
    other = first_device(tenant, small.rooms[1].pk)
    busy = collected(other, tenant)
    both = f"{device.reference}, {other.reference}"
    response = sign_in(asha).post(path, typed(device, devices=both))
    assert response.status_code == 409
    assert [order.pk for order in orders()] == [busy.pk]


def test_several_devices_are_ordered_from_at_once(
    sign_in, asha, tenant, small, device, path, open_all
):
    other = first_device(tenant, small.rooms[1].pk)
    both = f"{device.reference} {other.reference} {device.reference}"
    response = sign_in(asha).post(path, typed(device, devices=both))
    assert response.status_code == 303
    assert {order.device_id for order in orders()} == {device.pk, other.pk}
    assert len(commands()) == 2


def test_purpose_that_justifies_no_collection_is_refused(
    sign_in, asha, bo, tenant, device, path, superuser
):
    granted(asha, tenant, [bo], *ORDERING, purpose=Purpose.CONNECTIVITY)
    response = sign_in(asha).post(path, typed(device))
    assert response.status_code == 422
    assert "is no reason to collect" in wrong(response)
    assert orders() == []


@pytest.mark.parametrize("missing", ORDERING)
def test_without_one_of_its_scopes_it_is_closed(
    sign_in, asha, bo, tenant, device, path, missing: Scope
):
    granted(asha, tenant, [bo], *(scope for scope in ORDERING if scope != missing))
    client = sign_in(asha)
    assert "Closed" in client.get(path).content.decode()
    assert client.post(path, typed(device)).status_code == 403
    assert orders() == []


def test_grant_for_another_room_orders_nothing(sign_in, asha, bo, tenant, small, device, path):
    granted(asha, tenant, [bo], *ORDERING, rooms=[small.rooms[1].reference])
    response = sign_in(asha).post(path, typed(device))
    assert response.status_code == 422
    assert "Not open to you" in wrong(response)
    assert orders() == []


def test_casey_of_another_tenant_orders_nothing(sign_in, casey, device, path):
    assert sign_in(casey).post(path, typed(device)).status_code in (403, 404)
    assert orders() == []
