"""What is kept quiet: suppressed rooms and signals, onboarding devices, devices that left."""

from __future__ import annotations

from access.residency import region
from rooms.models import Device, TenantProfile
from rooms.states import DeviceState, IncidentState, RoomStatus, SignalStatus
from tests.rooms.drain.house import NO_CAMERA, OWNER, House

ACTIVE, CLOSED = IncidentState.ACTIVE, IncidentState.CLOSED


def test_suppressed_room_raises_nothing_until_the_suppression_ends(house: House) -> None:
    box = house.box()
    box.says()
    house.drain()
    house.suppress(box.room, hours=2)
    house.sweep()
    assert house.health(box.room) == RoomStatus.SUPPRESSED
    [(until,)] = house.rows("rooms_roomhealth", "suppressed_until")
    assert (until - house.now).total_seconds() == 2 * 3600
    box.says(peripherals=NO_CAMERA)
    house.goes_on(60)
    assert house.signal(box, "camera_room") == SignalStatus.UNHEALTHY
    assert house.incidents() == []
    house.goes_on(60)
    house.sweep()
    assert house.health(box.room) == RoomStatus.HEALTHY
    house.goes_on(5)
    assert house.incidents() == [("camera_room", ACTIVE)]
    assert house.health(box.room) == RoomStatus.UNHEALTHY


def test_suppressing_takes_an_active_incident_off_the_triage_list_and_gives_it_back(
    house: House,
) -> None:
    box = house.box()
    box.says(peripherals=NO_CAMERA)
    house.goes_on(10)
    assert len(house.rows("rooms_triageitem")) == 1
    house.suppress(box.room, minutes=30)
    house.sweep()
    assert house.rows("rooms_triageitem") == []
    house.goes_on(30)
    house.sweep()
    assert len(house.rows("rooms_triageitem")) == 1
    assert house.timeline("camera_room") == ["opened", "released"]


def test_one_signal_is_suppressed_and_the_others_are_not(house: House) -> None:
    box = house.box()
    box.says()
    house.drain()
    house.suppress(box.room, "camera_room", hours=1)
    box.says(peripherals=NO_CAMERA, app={"version": "4.13.132.0", "running": False})
    house.goes_on(55)
    assert house.incidents() == []
    house.goes_on(15)
    assert house.incidents() == [("app_heartbeat", ACTIVE), ("camera_room", ACTIVE)]


def test_onboarding_device_is_evaluated_and_shown_and_raises_nothing(house: House) -> None:
    box = house.box(DeviceState.ONBOARDING)
    box.says(peripherals=NO_CAMERA)
    house.goes_on(15)
    assert house.signal(box, "camera_room") == SignalStatus.UNHEALTHY
    assert house.health(box.room) == RoomStatus.ONBOARDING
    assert len(house.rows("rooms_peripheral")) == 3
    assert house.incidents() == []


def test_enrolled_device_raises_what_it_already_had_with_its_next_report(house: House) -> None:
    box = house.box(DeviceState.ONBOARDING)
    box.says(peripherals=NO_CAMERA)
    house.goes_on(15)
    with region("eu"):
        Device.objects.using(OWNER).update(state=DeviceState.MONITORED, enrolled_at=house.now)
    house.goes_on(5)
    assert house.incidents() == [("camera_room", ACTIVE)]
    assert house.health(box.room) == RoomStatus.UNHEALTHY


def test_device_that_left_ends_its_incidents_and_its_waiting_reports_are_dropped(
    house: House,
) -> None:
    box = house.box()
    box.says(peripherals=NO_CAMERA)
    house.goes_on(10)
    box.says()
    with region("eu"):
        Device.objects.using(OWNER).update(state=DeviceState.UNENROLLED)
    assert house.drain().dropped == 1
    house.poke(box.room)
    house.sweep()
    assert house.incidents() == [("camera_room", CLOSED)]
    assert house.rows("rooms_signalstate") == []
    assert house.rows("rooms_triageitem") == []
    assert house.health(box.room) == RoomStatus.ONBOARDING


def test_reports_of_a_tenant_that_left_are_dropped(house: House) -> None:
    box = house.box()
    box.says()
    with region("eu"):
        TenantProfile.objects.using(OWNER).update(left_at=house.now)
    assert house.drain().dropped == 1
    assert house.rows("rooms_devicereport") == []
