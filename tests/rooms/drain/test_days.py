"""Minutes out of order, by the room's own days; and faults by the hour."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from rooms.states import RoomStatus
from tests.rooms.drain.house import NO_CAMERA, House

BERLIN = ZoneInfo("Europe/Berlin")


def local(house: House, hour: int, minute: int = 0) -> None:
    """Hold the clock at a time of today, as Berlin has it."""
    here = house.now.astimezone(BERLIN)
    house.at(here.replace(hour=hour, minute=minute).astimezone(ZoneInfo("UTC")))


def days(house: House) -> list[tuple]:
    return house.rows(
        "rooms_roomday", "day, unhealthy_minutes, working_minutes, unmonitored_minutes"
    )


def test_minutes_add_up_over_many_reports(house: House) -> None:
    local(house, 9)
    box = house.box()
    box.says(peripherals=NO_CAMERA)
    house.drain()
    for _ in range(40):  # not in step with full minutes
        house.later(seconds=299)
        box.says()
        house.drain()
    box.mends()
    house.later(seconds=299)
    box.says()
    house.drain()
    assert house.health(box.room) == RoomStatus.HEALTHY
    [(begun,)] = house.rows("rooms_incident", "opened_at")
    minutes = (house.now - begun) // timedelta(minutes=1)
    [(_, unhealthy, working, unmonitored)] = days(house)
    assert abs(unhealthy - minutes) <= 1
    assert (working, unmonitored) == (unhealthy, 0)


def test_night_is_no_working_time_and_midnight_begins_a_day(house: House) -> None:
    local(house, 20)
    box = house.box()
    box.says(peripherals=NO_CAMERA)
    house.goes_on(10)
    house.goes_on(5 * 60)
    today = house.now.astimezone(BERLIN).date()
    first, second = days(house)
    # watched for five minutes, then unhealthy from 20:05 on
    assert first == (today - timedelta(days=1), 235, 55, 0)
    assert second == (today, 70, 0, 0)


def test_silent_minutes_are_unmonitored_and_not_unhealthy(house: House) -> None:
    local(house, 9)
    box = house.box()
    box.says()
    house.drain()
    house.later(minutes=61)
    house.sweep()
    house.later(minutes=30)
    box.says()
    house.drain()
    [(_, unhealthy, working, unmonitored)] = days(house)
    assert (unhealthy, working, unmonitored) == (0, 0, 30)


def test_faults_are_counted_by_the_hour_in_which_they_began(house: House) -> None:
    local(house, 9)
    box = house.box()
    box.says()
    house.drain()
    house.later(minutes=10)
    box.says(peripherals=NO_CAMERA, app={"version": "4.13.132.0", "running": False})
    house.drain()
    [(hour, events)] = house.rows("rooms_roomeventhour", "hour, events")
    assert (hour, events) == (house.now.replace(minute=0), 2)
    [(began,)] = house.rows("rooms_roomhealth", "history_from")
    assert began == house.now.astimezone(BERLIN).date()
