"""Reports that come late, twice, or from a clock that is ahead; and what is kept of them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from rooms.states import IncidentState, SignalStatus
from tests.rooms.drain.house import NO_CAMERA, House


def test_history_keeps_the_body_only_where_something_changed(house: House) -> None:
    box = house.box()
    box.says()
    house.goes_on(15)
    box.says(peripherals=NO_CAMERA)
    house.later(seconds=1)
    house.drain()
    kept = house.rows("rooms_devicereport", "received_at, body is not null")
    assert [whole for _, whole in kept] == [True, False, False, False, True]


def test_report_that_says_the_same_is_passed_over_but_seen(house: House) -> None:
    box = house.box()
    box.says()
    house.drain()
    for minutes in (5, 10, 15):
        house.later(minutes=5)
        box.says(app={"version": "4.13.132.0", "running": True, "in_use": minutes == 10,
                      "crashes_24h": 0, "internet": "full"})  # fmt: skip
        done = house.drain()
        assert (done.unchanged, done.judged) == (1, 0)
        [row] = house.rows("rooms_roomhealth", "last_seen_at, last_evaluated_at, in_use")
        assert row == (house.now, house.now, minutes == 10)
    assert house.rows("rooms_device", "last_seen_at", id=box.device.pk) == [(house.now,)]


def test_report_that_comes_late_is_history_only(house: House) -> None:
    box = house.box()
    box.says()
    house.drain()
    box.says(peripherals=NO_CAMERA, observed=house.now - timedelta(minutes=30))
    box.mends()
    assert house.drain().late == 1
    assert house.signal(box, "camera_room") == SignalStatus.HEALTHY
    assert house.rows("rooms_peripheral", "instance, link")[0] == ("CAM-1", "connected")
    assert len(house.rows("rooms_devicereport")) == 2


def test_reports_in_the_wrong_order_end_as_in_the_right_one(house: House) -> None:
    box = house.box()
    begun = house.now
    for minutes in (0, 10, 5, 15):  # the camera comes back with the last one
        house.at(begun + timedelta(minutes=20))
        box.said = {} if minutes in (0, 15) else {"peripherals": NO_CAMERA}
        box.says(observed=begun + timedelta(minutes=minutes))
    assert house.drain().late == 0
    assert house.incidents() == [("camera_room", IncidentState.RESOLVED)]


def test_same_report_twice_counts_once(house: House) -> None:
    box = house.box()
    key = str(uuid.uuid4())
    assert box.says(report_id=key) == "accepted"
    assert box.says() == "duplicate"
    house.drain()
    assert box.says() == "duplicate"
    assert house.drain().taken == 0
    assert len(house.rows("rooms_devicereport")) == 1


def test_clock_that_is_ahead_decides_nothing(house: House) -> None:
    box = house.box()
    box.says(observed=house.now + timedelta(days=1))
    house.drain()
    [(observed,)] = house.rows("rooms_device", "last_observed_at", id=box.device.pk)
    assert observed == house.now
    house.later(minutes=5)
    box.says(peripherals=NO_CAMERA)
    house.goes_on(10)
    assert house.incidents() == [("camera_room", IncidentState.ACTIVE)]


@pytest.mark.parametrize("body", ["{", "null", '{"report_id": 1}', '"\\u0000"'])
def test_body_that_cannot_be_read_is_set_aside_and_stops_nothing(house: House, body: str) -> None:
    poisoned, box = house.box(), house.box()
    poisoned.sends(body)
    box.says()
    done = house.drain()
    assert (done.set_aside, done.judged) == (1, 1)
    assert house.rows("rooms_reportinbox") == []
    [(why, kept)] = house.rows(
        "rooms_devicereport", "body ->> 'set_aside', body ->> 'text'", device_id=poisoned.device.pk
    )
    assert (why, kept) == ("ValidationError", body)
    assert house.acts("report.set_aside") == 1
    assert house.rows("rooms_device", "last_seen_at", id=poisoned.device.pk) == [(house.now,)]


def test_report_that_the_database_refuses_is_set_aside_alone(house: House) -> None:
    boxes = [house.box() for _ in range(3)]
    for box in boxes:
        box.says()
    house.behind.execute(
        "create function refuse_one() returns trigger language plpgsql as $$ begin"
        f" if new.device_id = '{boxes[1].device.pk}' then raise exception using errcode = '22001';"
        " end if; return new; end $$;"
        "create trigger refuse_one before insert on rooms_peripheral"
        " for each row execute function refuse_one()"
    )
    try:
        done = house.drain()
    finally:
        house.behind.execute("drop function refuse_one cascade")
    assert (done.taken, done.judged, done.set_aside) == (3, 2, 1)
    assert {device for (device,) in house.rows("rooms_peripheral", "distinct device_id")} == {
        boxes[0].device.pk,
        boxes[2].device.pk,
    }
    assert house.rows("rooms_reportinbox") == []


def test_mistake_in_a_signal_stops_only_its_report(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("rooms.drain.telling.read_all", mistaken)
    house.box().says()
    done = house.drain()
    assert (done.taken, done.set_aside) == (1, 1)
    assert house.rows("rooms_reportinbox") == []
