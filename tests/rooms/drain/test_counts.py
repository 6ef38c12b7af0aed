"""Roll-ups and retention: what dashboards are drawn from, and what goes when it is old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from rooms.drain.counts import COUNTS, count
from rooms.drain.retention import keep
from rooms.tasks import count_in, drain_in, keep_in, sweep_in
from tests.rooms.drain.house import NO_CAMERA, House


def three_rooms(house: House) -> None:
    """One ill on the old version, one well, one being set up."""
    ill = house.box()
    ill.says(peripherals=NO_CAMERA, app={"version": "4.12.126.0", "running": True})
    house.box(model="Room Kit").says()
    house.box(state="onboarding").says()
    house.goes_on(15)


def counts(house: House, dimension: str, at: object) -> dict[tuple[str, str], int]:
    rows = house.rows("rooms_healthcount", "value, status, rooms", dimension=dimension, as_of=at)
    return {(value, status): rooms for value, status, rooms in rows}


def test_tenant_is_counted_by_every_dimension(house: House) -> None:
    three_rooms(house)
    count("eu")
    now = house.now
    assert counts(house, "status", now) == {
        ("healthy", ""): 1,
        ("onboarding", ""): 1,
        ("unhealthy", ""): 1,
    }
    assert counts(house, "signal", now) == {("camera_room", ""): 1, ("app_version", ""): 1}
    assert counts(house, "category", now) == {("hardware", ""): 1, ("software", ""): 1}
    versions = counts(house, "version", now)
    assert versions["Meeting app 4.12.126.0", ""] == 1
    assert versions["Meeting app 4.12.126.0", "unhealthy"] == 1
    assert versions["Meeting app 4.13.132.0", ""] == 2
    assert ("Meeting app 4.13.132.0", "unhealthy") not in versions
    assert counts(house, "ring", now) == {("General", ""): 3, ("General", "unhealthy"): 1}
    assert counts(house, "site", now) == {("Berlin", ""): 3, ("Berlin", "unhealthy"): 1}
    assert counts(house, "model", now)["Room Kit", ""] == 1


def test_region_is_counted_without_a_name(house: House) -> None:
    three_rooms(house)
    count("eu")
    rows = house.rows("rooms_fleetcount", "status, signal, severity, rooms", as_of=house.now)
    assert sorted(rows) == [
        ("", "app_version", "warning", 1),
        ("", "camera_room", "important", 1),
        ("healthy", "", "", 1),
        ("onboarding", "", "", 1),
        ("unhealthy", "", "", 1),
    ]


def test_newest_count_replaces_the_last_and_full_hours_stay(house: House) -> None:
    house.box().says()
    house.drain()
    for _ in range(26):
        house.later(minutes=5)
        count("eu")
    for table in ("rooms_healthcount", "rooms_fleetcount"):
        moments = [at for (at,) in house.rows(table, "distinct as_of")]
        assert [at.minute for at in moments] == [0, 0, 0, 10]
        assert moments[-1] == house.now


def test_second_counter_leaves_the_work_to_the_first(house: House) -> None:
    house.box().says()
    house.drain()
    with house.behind.transaction():
        house.behind.execute("select pg_advisory_xact_lock(%s)", [COUNTS])
        assert count("eu").busy
    assert count("eu").region == 1


def test_old_counts_thin_out_and_go(house: House) -> None:
    house.box().says()
    house.drain()
    now = house.now
    for days in (1, 20, 101):
        for hour in (11, 12):
            at = (now - timedelta(days=days)).replace(hour=hour)
            house.behind.execute(
                "insert into rooms_healthcount (id, tenant_id, as_of, dimension, value, status,"
                " rooms) values (gen_random_uuid(), %s, %s, 'status', 'healthy', '', 1)",
                [house.tenant.pk, at],
            )
            house.behind.execute(
                "insert into rooms_fleetcount (as_of, status, signal, severity, rooms)"
                " values (%s, 'healthy', '', '', 1)",
                [at],
            )
    dropped = keep("eu")
    assert dropped.counts == 3 + 4
    left = [(now - at).days for (at,) in house.rows("rooms_healthcount", "as_of")]
    assert [days // 10 for days in left] in ([2, 0, 0], [1, 0, 0])


@pytest.fixture
def days_given_back(house: House) -> Iterator[None]:
    """Other tests go on today, whose partition this one drops."""
    yield
    house.clock.release()
    house.behind.execute("select device.keep_partitions(14, 30)")


def test_reports_are_dropped_by_the_day_and_the_days_ahead_are_made(
    house: House, days_given_back: None
) -> None:
    box = house.box()
    box.says()
    house.drain()
    first = house.now
    for _ in range(5):
        house.later(days=7)
        keep("eu")
        box.says()
        house.drain()
    kept = [at for (at,) in house.rows("rooms_devicereport", "received_at")]
    assert first not in kept
    assert len(kept) == 5


def test_tasks_do_the_same_for_one_region(house: House) -> None:
    box = house.box()
    box.says()
    drain_in.apply(args=["eu"], throw=True)
    drain_in.apply(args=["us"], throw=True)
    house.later(minutes=61)
    sweep_in.apply(args=["eu"], throw=True)
    count_in.apply(args=["eu"], throw=True)
    keep_in.apply(args=["eu"], throw=True)
    assert house.health(box.room) == "unmonitored"
    assert house.rows("rooms_fleetcount", "distinct status", signal="") == [("unmonitored",)]
