"""Reopening, closing after seven days, false alarms, switched-off signals, recorded incidents."""

from __future__ import annotations

import uuid

from access.residency import region
from rooms.models import Incident, SignalSetting
from rooms.states import IncidentState, RoomStatus, SignalStatus
from tests.rooms.drain.house import NO_CAMERA, OWNER, Box, House

ACTIVE, RESOLVED, CLOSED = IncidentState.ACTIVE, IncidentState.RESOLVED, IncidentState.CLOSED


def ill(house: House) -> Box:
    """A room whose camera has been gone for long enough."""
    box = house.box()
    box.says(peripherals=NO_CAMERA)
    house.goes_on(10)
    assert house.incidents() == [("camera_room", ACTIVE)]
    return box


def days(house: House, number: int) -> None:
    """Let days pass in which every device says the same all the time, which moves only this."""
    house.later(days=number)
    for table in ("rooms_device", "rooms_roomhealth"):
        house.behind.execute(f"update {table} set last_seen_at = lock.now()")
    house.sweep()


def test_relapse_within_seven_days_reopens_the_same_incident(house: House) -> None:
    box = ill(house)
    box.mends()
    house.goes_on(5)
    house.goes_on(60)
    box.says(peripherals=NO_CAMERA)
    house.goes_on(15)
    assert house.incidents() == [("camera_room", ACTIVE)]
    assert house.timeline("camera_room") == ["opened", "resolved", "reopened"]
    assert house.rows("rooms_incident", "activations") == [(2,)]
    assert house.health(box.room) == RoomStatus.UNHEALTHY
    assert house.acts("incident.reopened") == 1


def test_seven_healthy_days_close_it_and_the_next_fault_is_a_new_one(house: House) -> None:
    box = ill(house)
    box.mends()
    house.goes_on(5)
    days(house, 6)
    assert house.incidents() == [("camera_room", RESOLVED)]
    days(house, 1)
    house.later(minutes=1)
    house.sweep()
    assert house.incidents() == [("camera_room", CLOSED)]
    assert house.acts("incident.closed") == 1
    box.says(peripherals=NO_CAMERA)
    house.goes_on(15)
    assert house.incidents() == [("camera_room", ACTIVE), ("camera_room", CLOSED)]


def test_false_alarm_stays_quiet_until_the_signal_was_well_once(house: House) -> None:
    box = ill(house)
    with region("eu"):
        Incident.objects.using(OWNER).update(state=CLOSED, closed_at=house.now)
    house.poke(box.room)
    house.sweep()
    assert house.health(box.room) == RoomStatus.HEALTHY
    assert house.rows("rooms_triageitem") == []
    house.goes_on(30)
    assert house.incidents() == [("camera_room", CLOSED)]
    box.mends()
    house.goes_on(10)
    box.says(peripherals=NO_CAMERA)
    house.goes_on(15)
    assert house.incidents() == [("camera_room", ACTIVE), ("camera_room", CLOSED)]


def test_incident_resolved_by_hand_comes_back_while_the_fault_lasts(house: House) -> None:
    box = ill(house)
    with region("eu"):
        Incident.objects.using(OWNER).update(state=RESOLVED, resolved_at=house.now)
    house.poke(box.room)
    house.sweep()
    assert house.health(box.room) == RoomStatus.HEALTHY
    assert house.signal(box, "camera_room") == SignalStatus.UNKNOWN
    house.goes_on(15)
    assert house.incidents() == [("camera_room", ACTIVE)]


def test_switched_off_signal_closes_its_incidents_and_is_not_evaluated(house: House) -> None:
    box = ill(house)
    with region("eu"):
        SignalSetting.objects.using(OWNER).create(
            tenant_id=house.tenant.pk, code="camera_room", enabled=False, reason="Loaned",
            by_id=uuid.uuid4(), by_label="Asha", changed_at=house.now,
        )  # fmt: skip
    house.goes_on(5)
    assert house.incidents() == [("camera_room", CLOSED)]
    assert house.signal(box, "camera_room") == ""
    assert house.health(box.room) == RoomStatus.HEALTHY
    with region("eu"):
        SignalSetting.objects.using(OWNER).update(enabled=True)
    house.goes_on(15)
    assert house.incidents() == [("camera_room", ACTIVE), ("camera_room", CLOSED)]


def test_recorded_incident_makes_the_room_unhealthy_until_it_is_closed(house: House) -> None:
    box = house.box()
    box.says()
    house.drain()
    with region("eu"):
        Incident.objects.using(OWNER).create(
            tenant_id=house.tenant.pk, reference="INC-RECORDED", room_id=box.room.pk,
            code="recorded_issue", instance=str(uuid.uuid4())[:8], category="recorded",
            severity="critical", severity_rank=0, sentence="The table wobbles.",
            opened_at=house.now, activated_at=house.now, updated_at=house.now,
            recorded_by_label="Asha",
        )  # fmt: skip
    house.poke(box.room)
    house.sweep()
    assert house.health(box.room) == RoomStatus.UNHEALTHY
    assert house.rows("rooms_triageitem", "reference") == [("INC-RECORDED",)]
    house.goes_on(5)
    assert house.health(box.room) == RoomStatus.UNHEALTHY
    with region("eu"):
        Incident.objects.using(OWNER).update(state=CLOSED, closed_at=house.now)
    house.poke(box.room)
    house.sweep()
    assert house.health(box.room) == RoomStatus.HEALTHY
    assert house.rows("rooms_triageitem") == []
