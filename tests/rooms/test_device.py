"""The page of one device: closed, open, partly open, and gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from rooms.models import Device, DeviceAddress, Peripheral, SoftwareVersion
from rooms.states import LinkState
from rooms.views.device import age_words
from tests.acts import granted
from tests.factories import furnish
from tests.rooms.pages import ACCOUNT, HEALTH, INVENTORY, leaks, main_of, poll, text_of


@pytest.fixture
def small(tenant):
    """Three rooms, the first one ill."""
    return furnish(tenant)


@pytest.fixture
def device(small) -> Device:
    """The compute device of the ill room."""
    return Device.objects.using("eu_owner").get(room_id=small.rooms[0].pk, kind="compute")


@pytest.fixture
def path(tenant, small, device) -> str:
    room = small.rooms[0].reference
    return f"/t/{tenant.reference}/rooms/{room}/devices/{device.reference}/"


def test_closed_shows_structure_and_no_value(sign_in, asha, small, path):
    response = sign_in(asha).get(path)
    main = main_of(response)
    assert leaks(response, small) == []
    assert len(main.select(".locked")) == 1
    assert "What you can see without access" in main.get_text()


def test_connections_name_the_fault(sign_in, asha, bo, tenant, small, device, path):
    granted(asha, tenant, [bo], INVENTORY)
    lost = Peripheral.objects.using("eu_owner").get(device=device, link=LinkState.DISCONNECTED)
    Peripheral.objects.using("eu_owner").filter(pk=lost.pk).update(
        since=timezone.now() - timedelta(minutes=12, seconds=5)
    )
    main = main_of(sign_in(asha).get(path))
    tree = main.select_one("ul.tree")
    assert "not detected, 12 min" in tree.get_text()
    assert (
        len(tree.select("li"))
        == Peripheral.objects.using("eu_owner").filter(device=device).count() + 1
    )
    assert len(main.select("svg.topo .box.fault")) == 1
    assert len(main.select("svg.topo .wire.fault")) == 1


def test_peripherals_behind_a_hub_hang_under_it(sign_in, asha, bo, tenant, device, path):
    granted(asha, tenant, [bo], INVENTORY)
    owner = Peripheral.objects.using("eu_owner").filter(device=device)
    first, second = list(owner.order_by("position"))[:2]
    owner.filter(pk=second.pk).update(parent_id=first.pk)
    main = main_of(sign_in(asha).get(path))
    item = next(li for li in main.select("ul.tree li li") if first.name in li.get_text())
    assert second.name in item.ul.get_text()


def test_software_says_how_far_it_is_behind(sign_in, asha, bo, tenant, device, path):
    granted(asha, tenant, [bo], INVENTORY)
    versions = SoftwareVersion.objects.using("eu_owner").filter(device=device)
    one = versions.first()
    versions.filter(pk=one.pk).update(behind_by=2)
    versions.exclude(pk=one.pk).update(behind_by=None)
    main = main_of(sign_in(asha).get(path))
    table = main.find("caption", string="Software of this device").parent
    row = next(tr for tr in table.select("tbody tr") if one.component in tr.get_text())
    assert [cell.get_text(strip=True) for cell in row.select("td")][:3] == [
        one.installed,
        one.available,
        "2",
    ]
    assert "not known" in table.get_text()


def test_inventory_alone_shows_neither_signals_nor_addresses(
    sign_in, asha, bo, tenant, small, device, path
):
    granted(asha, tenant, [bo], INVENTORY)
    response = sign_in(asha).get(path)
    text = text_of(response)
    address = DeviceAddress.objects.using("eu_owner").get(device_id=device.pk)
    assert "The health of this device is closed" in text
    assert "of this device has been read" not in text
    assert address.ipv4 not in response.content.decode()
    assert "Ask for the account and addresses" in text


def test_all_scopes_show_all_parts(sign_in, asha, bo, tenant, small, device, path):
    granted(asha, tenant, [bo], INVENTORY, HEALTH, ACCOUNT)
    main = main_of(sign_in(asha).get(path))
    address = DeviceAddress.objects.using("eu_owner").get(device_id=device.pk)
    assert address.ipv4 in main.get_text()
    assert "Front of room display, display 2" in main.get_text()
    assert main.select(".locked") == []
    for part in main.select("[data-grant]"):
        part.decompose()
    left = main.decode()
    assert [word for word in small.canaries if word in left] == []


def test_device_of_another_room_is_not_found(sign_in, asha, bo, tenant, small, device):
    granted(asha, tenant, [bo], INVENTORY)
    other = small.rooms[1].reference
    wrong = f"/t/{tenant.reference}/rooms/{other}/devices/{device.reference}/"
    assert sign_in(asha).get(wrong).status_code == 404


def test_unknown_device_is_not_found(sign_in, asha, bo, tenant, small):
    granted(asha, tenant, [bo], INVENTORY)
    room = small.rooms[0].reference
    client = sign_in(asha)
    assert client.get(f"/t/{tenant.reference}/rooms/{room}/devices/DV-00000000/").status_code == 404


def test_closed_does_not_tell_whether_the_device_exists(sign_in, asha, tenant, small, device, path):
    client = sign_in(asha)
    made_up = path.replace(device.reference, "DV-00000000")
    real, none = text_of(client.get(path)), text_of(client.get(made_up))
    assert real.replace(device.reference, "") == none.replace("DV-00000000", "")


def test_poll_answers_204_until_the_device_is_seen_again(sign_in, asha, bo, tenant, device, path):
    granted(asha, tenant, [bo], INVENTORY, HEALTH)
    client = sign_in(asha)
    page = client.get(path)
    assert poll(client, path, page, "device-body").status_code == 204
    Device.objects.using("eu_owner").filter(pk=device.pk).update(
        last_seen_at=timezone.now() + timedelta(seconds=1)
    )
    assert poll(client, path, page, "device-body").status_code == 200


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3_599, "59 min"), (90_000, "1 d")],
)
def test_age_words(seconds, words):
    assert age_words(seconds) == words
