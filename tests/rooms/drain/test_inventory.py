"""What reports say of devices ends up in the inventory, and only once."""

from __future__ import annotations

from rooms.models import DeviceKind, Platform
from rooms.states import RoomStatus
from tests.rooms.drain.house import BAR, CAMERA, DISPLAY, House

HUB = {"kind": "hub", "name": "Hub", "instance": "HUB-1", "port": "USB 3", "connected": True}


def test_report_fills_device_versions_and_address(house: House) -> None:
    box = house.box()
    box.says(app={"version": "4.12.126.0", "running": True, "in_use": True})
    house.drain()
    [device] = house.rows(
        "rooms_device", "os_name, os_build, last_seen_at, last_observed_at", id=box.device.pk
    )
    assert device == ("Windows 10 IoT Enterprise", "10.0.19044.1889", house.now, house.now)
    versions = house.rows("rooms_softwareversion", "component, installed, available, behind_by")
    assert versions == [
        ("Agent", "1.2.44.0", "", None),
        ("BIOS", "M4AKT37A", "", None),
        ("Firmware", "1.0.1912", "1.0.1912", 0),
        ("Meeting app", "4.12.126.0", "4.13.132.0", 2),
        ("Windows", "10.0.19044.1889", "10.0.19044.1889", 0),
    ]
    [address] = house.rows("rooms_deviceaddress", "ipv4, ipv4_second, ipv6, mac")
    assert [str(part) for part in address] == [
        "10.20.30.40",
        "None",
        "fd12::7",
        "00:1b:21:aa:bb:cc",
    ]
    [(in_use,)] = house.rows("rooms_roomhealth", "in_use")
    assert in_use is True


def test_versions_of_any_shape_are_kept_as_they_are(house: House) -> None:
    box = house.box(kind=DeviceKind.VIDEO_BAR, platform=Platform.ANDROID)
    box.says(
        app={"version": "V2.2 / beta ½", "running": True},
        versions=[{"component": "Android", "installed": "x", "available": "11.0"}],
    )
    house.drain()
    versions = house.rows("rooms_softwareversion", "component, installed, available, behind_by")
    assert ("Meeting app", "V2.2 / beta ½", "", None) in versions
    assert ("Android", "10.0.19044.1889", "11.0", None) in versions


def test_peripheral_keeps_its_identity_and_tells_since_when(house: House) -> None:
    box = house.box()
    box.says(peripherals=[HUB, CAMERA | {"parent": "HUB-1"}, BAR])
    house.drain()
    plugged = house.now
    before = dict(house.rows("rooms_peripheral", "instance, id"))
    house.later(minutes=5)
    box.says(peripherals=[HUB, CAMERA | {"parent": "HUB-1", "connected": False}, BAR])
    house.drain()
    assert dict(house.rows("rooms_peripheral", "instance, id")) == before
    assert house.rows("rooms_peripheral", "instance, link, since, parent_id") == [
        ("CAM-1", "disconnected", house.now, before["HUB-1"]),
        ("HUB-1", "connected", plugged, None),
        ("SPK-1", "connected", plugged, None),
    ]


def test_swapped_unit_is_another_peripheral_and_the_old_one_goes(house: House) -> None:
    box = house.box()
    box.says(peripherals=[HUB, CAMERA | {"parent": "HUB-1"}])
    house.drain()
    house.later(minutes=5)
    box.says(peripherals=[CAMERA | {"instance": "CAM-2"}])
    house.drain()
    assert house.rows("rooms_peripheral", "instance, parent_id") == [("CAM-2", None)]


def test_report_without_peripherals_tells_nothing_of_them(house: House) -> None:
    box = house.box()
    box.says(peripherals=[CAMERA])
    house.drain()
    house.later(minutes=5)
    box.says(peripherals=[])
    house.drain()
    assert house.rows("rooms_peripheral", "instance") == [("CAM-1",)]


def test_hubs_that_hang_on_each_other_hang_on_nothing(house: House) -> None:
    box = house.box()
    one = HUB | {"parent": "HUB-2"}
    two = HUB | {"instance": "HUB-2", "parent": "HUB-1"}
    box.says(peripherals=[one, two, two | {"parent": "HUB-2"}])
    house.drain()
    ids = dict(house.rows("rooms_peripheral", "instance, id"))
    parents = dict(house.rows("rooms_peripheral", "instance, parent_id"))
    assert parents == {"HUB-1": ids["HUB-2"], "HUB-2": None}


def test_two_devices_of_one_room_are_one_room(house: House) -> None:
    one = house.box()
    two = house.box(room=one.room, kind=DeviceKind.CONSOLE, platform=Platform.ANDROID)
    one.says(peripherals=[CAMERA, BAR, DISPLAY])
    two.says(peripherals=[DISPLAY | {"instance": "TOUCH"}])
    done = house.drain()
    assert done.judged == 2
    assert len(house.rows("rooms_roomhealth")) == 1
    assert len(house.rows("rooms_peripheral")) == 4
    assert house.health(one.room) == RoomStatus.HEALTHY


def test_names_of_any_letters_are_stored_as_they_are(house: House) -> None:
    box = house.box()
    names = ['a "b" \\ c', "{x,y}", "NULL", "ü€𝄞 '; --", ""]
    box.says(
        peripherals=[
            CAMERA | {"instance": f"CAM-{number}", "name": name}
            for number, name in enumerate(names)
        ]
    )
    house.drain()
    assert [name for _, name in house.rows("rooms_peripheral", "instance, name")] == names
