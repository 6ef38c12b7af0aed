"""What is judged although nothing arrives: silence, and many who fall silent at once."""

from __future__ import annotations

from rooms.models import DeviceKind, Platform
from rooms.states import DeviceState, IncidentState, RoomStatus, SignalStatus
from tests.rooms.drain.house import NO_CAMERA, House

ACTIVE, RESOLVED = IncidentState.ACTIVE, IncidentState.RESOLVED


def test_silent_device_makes_its_room_unmonitored_and_its_signals_unknown(house: House) -> None:
    box = house.box()
    box.says()
    house.drain()
    house.later(minutes=60)
    house.sweep()
    assert house.health(box.room) == RoomStatus.HEALTHY
    house.later(minutes=1)
    assert house.sweep().fallen_silent == 1
    assert house.health(box.room) == RoomStatus.UNMONITORED
    assert house.incidents() == [("monitoring", ACTIVE)]
    assert house.signal(box, "camera_room") == SignalStatus.UNKNOWN
    house.later(minutes=120)
    house.sweep()
    assert house.incidents() == [("monitoring", ACTIVE), ("offline", ACTIVE)]
    assert len(house.rows("rooms_triageitem")) == 2


def test_device_that_speaks_again_resolves_its_silence(house: House) -> None:
    box = house.box()
    box.says()
    house.drain()
    house.later(minutes=200)
    house.sweep()
    assert house.incidents() == [("monitoring", ACTIVE), ("offline", ACTIVE)]
    box.says()
    house.drain()
    assert house.incidents() == [("monitoring", RESOLVED), ("offline", RESOLVED)]
    assert house.health(box.room) == RoomStatus.HEALTHY
    assert house.signal(box, "camera_room") == SignalStatus.HEALTHY


def test_fault_is_remembered_through_silence(house: House) -> None:
    box = house.box()
    box.says(peripherals=NO_CAMERA)
    house.goes_on(10)
    house.later(minutes=61)
    house.sweep()
    assert house.incidents() == [("camera_room", ACTIVE), ("monitoring", ACTIVE)]
    assert house.health(box.room) == RoomStatus.UNMONITORED
    box.says()
    house.drain()
    assert house.incidents() == [("camera_room", ACTIVE), ("monitoring", RESOLVED)]
    assert house.health(box.room) == RoomStatus.UNHEALTHY


def test_late_sweep_dates_silence_back_to_when_it_tripped(house: House) -> None:
    box = house.box()
    box.says()
    house.drain()
    heard = house.now
    house.later(hours=5)
    house.sweep()
    [(opened,)] = house.rows("rooms_incident", "opened_at", code="monitoring")
    assert (opened - heard).total_seconds() == 61 * 60


def test_report_that_waits_in_the_inbox_is_no_silence(house: House) -> None:
    box = house.box()
    box.says()
    house.drain()
    house.later(minutes=50)
    box.says()  # and nobody drains
    house.later(minutes=100)
    house.sweep()
    assert house.health(box.room) == RoomStatus.HEALTHY
    house.drain()
    house.later(minutes=1)
    house.sweep()
    assert house.health(box.room) == RoomStatus.UNMONITORED


def test_onboarding_device_may_be_silent(house: House) -> None:
    box = house.box(DeviceState.ONBOARDING)
    box.says()
    house.drain()
    house.later(hours=5)
    house.sweep()
    assert house.health(box.room) == RoomStatus.ONBOARDING
    assert house.incidents() == []


def test_silent_console_beside_a_device_that_speaks_is_a_fault_like_any_other(house: House) -> None:
    box = house.box()
    house.box(room=box.room, kind=DeviceKind.CONSOLE, platform=Platform.ANDROID).says()
    box.says()
    house.drain()
    for _ in range(5):
        house.later(minutes=50)
        box.says()
        house.drain()
        house.sweep()
    assert house.health(box.room) == RoomStatus.UNHEALTHY
    assert house.incidents() == [("offline", ACTIVE)]


def test_floor_that_falls_silent_at_once_is_said_to_be_power_or_network(house: House) -> None:
    floor = [house.box(floor="3") for _ in range(4)]
    other = house.box(floor="4")
    for box in [*floor, other]:
        box.says()
        house.later(minutes=1)
    house.drain()
    house.later(minutes=30)
    other.says()
    house.drain()
    house.later(minutes=31)
    assert house.sweep().floors == 1
    for box in floor:
        assert house.signal(box, "floor_outage") == SignalStatus.UNHEALTHY
    assert house.signal(other, "floor_outage") == ""
    house.later(minutes=5)
    house.sweep()
    for box in floor:
        box.says()
    house.drain()
    assert {state for code, state in house.incidents() if code == "floor_outage"} == {RESOLVED}
    assert {house.health(box.room) for box in floor} == {RoomStatus.HEALTHY}


def test_two_silent_devices_of_a_floor_are_two_devices(house: House) -> None:
    for _ in range(2):
        house.box(floor="3").says()
    house.drain()
    house.later(minutes=62)
    done = house.sweep()
    assert (done.fallen_silent, done.floors) == (2, 0)
