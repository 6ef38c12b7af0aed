"""A fault is watched, opens an incident, and resolves by itself when it is mended."""

from __future__ import annotations

from rooms.states import IncidentState, RoomStatus, SignalStatus
from tests.rooms.drain.house import NO_CAMERA, House


def test_room_is_healthy_when_its_device_says_nothing_bad(house: House) -> None:
    box = house.box()
    assert box.says() == "accepted"
    done = house.drain()
    assert (done.taken, done.judged) == (1, 1)
    assert house.health(box.room) == RoomStatus.HEALTHY
    assert house.incidents() == []
    assert house.signal(box, "camera_room") == SignalStatus.HEALTHY
    assert house.rows("rooms_reportinbox") == []


def test_fault_is_watched_and_then_opens_an_incident(house: House) -> None:
    box = house.box()
    box.says()
    house.drain()
    house.later(minutes=5)
    box.says(peripherals=NO_CAMERA)
    house.drain()
    assert house.signal(box, "camera_room") == SignalStatus.WATCHING
    assert house.incidents() == []
    house.later(minutes=5)
    box.says()
    house.drain()
    assert house.signal(box, "camera_room") == SignalStatus.UNHEALTHY
    assert house.incidents() == [("camera_room", IncidentState.ACTIVE)]
    assert house.health(box.room) == RoomStatus.UNHEALTHY
    [(signal, severity, owner)] = house.rows(
        "rooms_triageitem", "signal, severity, tenant_reference"
    )
    assert (signal, severity, owner) == ("camera_room", "important", house.tenant.reference)
    assert house.acts("incident.opened") == 1


def test_mended_fault_resolves_its_incident_and_the_room(house: House) -> None:
    box = house.box()
    box.says(peripherals=NO_CAMERA)
    house.goes_on(10)
    assert house.health(box.room) == RoomStatus.UNHEALTHY
    box.mends()
    house.goes_on(5)
    assert house.incidents() == [("camera_room", IncidentState.RESOLVED)]
    assert house.timeline("camera_room") == ["opened", "resolved"]
    assert house.health(box.room) == RoomStatus.HEALTHY
    assert house.rows("rooms_triageitem") == []
    assert house.acts("incident.resolved") == 1
