"""Windows on the room's own clock, on ordinary nights and on the others."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from access.verdict import Allowed
from diagnostics.remediation.windows import (
    ANY,
    CLEANUP,
    NIGHT,
    UPDATES,
    Freeze,
    Interval,
    TenantCalendar,
    Weekly,
    WindowRule,
    may_now,
    next_window,
)
from diagnostics.remediation.windows.intervals import common, joined, without


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(begin: str, end: str) -> Interval:
    return Interval.of(utc(begin), utc(end))


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "rule", "after", "begin", "end"),
    [
        ("Europe/Berlin", NIGHT, "2026-11-22T12:00", "2026-11-22T23:00", "2026-11-23T04:00"),
        ("Europe/Berlin", UPDATES, "2026-11-22T12:00", "2026-11-23T01:00", "2026-11-23T04:00"),
        ("Europe/Berlin", CLEANUP, "2026-11-22T12:00", "2026-11-22T20:00", "2026-11-23T01:00"),
        ("America/New_York", CLEANUP, "2026-11-22T12:00", "2026-11-23T02:00", "2026-11-23T07:00"),
        # half and three quarters of an hour
        ("Asia/Kolkata", NIGHT, "2026-11-22T12:00", "2026-11-22T18:30", "2026-11-22T23:30"),
        ("Asia/Kathmandu", NIGHT, "2026-11-22T12:00", "2026-11-22T18:15", "2026-11-22T23:15"),
        # south: daylight saving time in November
        ("Australia/Sydney", NIGHT, "2026-11-22T00:00", "2026-11-22T13:00", "2026-11-22T18:00"),
        ("Pacific/Chatham", NIGHT, "2026-11-22T00:00", "2026-11-22T10:15", "2026-11-22T15:15"),
        # inside the window it begins at once
        ("Europe/Berlin", NIGHT, "2026-11-23T02:30", "2026-11-23T02:30", "2026-11-23T04:00"),
        # spring: the hour from 02:00 to 03:00 does not exist, so an update has two hours
        ("Europe/Berlin", UPDATES, "2026-03-28T12:00", "2026-03-29T01:00", "2026-03-29T03:00"),
        # autumn: it comes twice, so there are four hours
        ("Europe/Berlin", UPDATES, "2026-10-24T12:00", "2026-10-25T00:00", "2026-10-25T04:00"),
        # autumn in America repeats 01:00 to 02:00, which is before the updates begin
        ("America/New_York", UPDATES, "2026-10-31T12:00", "2026-11-01T07:00", "2026-11-01T10:00"),
        ("America/New_York", NIGHT, "2026-10-31T12:00", "2026-11-01T04:00", "2026-11-01T10:00"),
        # half an hour of change, and a midnight that does not exist
        ("Australia/Lord_Howe", NIGHT, "2026-10-03T00:00", "2026-10-03T13:30", "2026-10-03T18:00"),
        ("Africa/Cairo", NIGHT, "2026-04-23T12:00", "2026-04-23T22:00", "2026-04-24T02:00"),
    ],
)
def test_next_window_begins_when_the_rooms_clock_says(zone, rule, after, begin, end):
    assert next_window(zone, rule, utc(after)).interval == span(begin, end)


def test_window_that_does_not_exist_that_night_is_the_next_nights():
    rule = WindowRule("gap", "In the gap", time(2, 15), time(2, 45))
    opening = next_window("Europe/Berlin", rule, utc("2026-03-28T12:00"))
    assert opening.interval == span("2026-03-30T00:15", "2026-03-30T00:45")


def test_window_that_comes_twice_is_two_windows():
    rule = WindowRule("fold", "In the fold", time(2, 15), time(2, 45))
    first = next_window("Europe/Berlin", rule, utc("2026-10-24T12:00")).interval
    assert first == span("2026-10-25T00:15", "2026-10-25T00:45")
    again = next_window("Europe/Berlin", rule, first.end).interval
    assert again == span("2026-10-25T01:15", "2026-10-25T01:45")


def test_date_that_a_zone_left_out_has_no_night():
    # Samoa went from the 29th to the 31st of December 2011
    found = next_window("Pacific/Apia", NIGHT, utc("2011-12-30T00:00")).interval
    assert found.begin.astimezone(ZoneInfo("Pacific/Apia")).date() == date(2011, 12, 31)


def test_meeting_in_the_night_pushes_the_work_behind_it_and_says_so():
    meeting = span("2026-11-22T23:00", "2026-11-23T00:30")
    opening = next_window(
        "Europe/Berlin", NIGHT, utc("2026-11-22T12:00"), [meeting], needs=2 * HOUR
    )
    assert opening.interval == span("2026-11-23T00:30", "2026-11-23T04:00")
    assert "not 23 Nov 00:00 already: the room is in use" in opening.reason


def test_work_that_does_not_fit_before_the_meeting_waits_for_the_next_night():
    meeting = span("2026-11-23T00:30", "2026-11-23T04:00")
    opening = next_window(
        "Europe/Berlin", NIGHT, utc("2026-11-22T12:00"), [meeting], needs=2 * HOUR
    )
    assert opening.interval == span("2026-11-23T23:00", "2026-11-24T04:00")


def test_freeze_and_holidays_are_gone_round():
    calendar = TenantCalendar(
        holidays=frozenset({date(2026, 12, 25), date(2026, 12, 26)}),
        freezes=(Freeze(span("2026-12-20T00:00", "2026-12-24T22:00"), "Year end"),),
    )
    opening = next_window("Europe/Berlin", NIGHT, utc("2026-12-21T12:00"), (), calendar)
    assert opening.interval == span("2026-12-26T23:00", "2026-12-27T04:00")
    assert "freeze “Year end”" in opening.reason


def test_endless_freeze_leaves_no_window_and_says_so():
    calendar = TenantCalendar(freezes=(Freeze(span("2026-01-01T00:00", "2030-01-01T00:00"), "x"),))
    opening = next_window("Europe/Berlin", NIGHT, utc("2026-12-21T12:00"), (), calendar)
    assert opening.interval is None
    assert "freezes leave none long enough in 60 days" in opening.reason


SATURDAYS = TenantCalendar(maintenance=(Weekly(frozenset({5}), time(20), time(3)),))


def test_maintenance_windows_take_the_nights_place():
    opening = next_window("Europe/Berlin", NIGHT, utc("2026-11-22T12:00"), (), SATURDAYS)
    assert opening.interval == span("2026-11-28T19:00", "2026-11-29T02:00")


def test_maintenance_windows_only_narrow_what_is_fixed():
    opening = next_window("Europe/Berlin", CLEANUP, utc("2026-11-22T12:00"), (), SATURDAYS)
    assert opening.interval == span("2026-11-28T20:00", "2026-11-29T01:00")
    daytime = TenantCalendar(maintenance=(Weekly(frozenset(range(7)), time(8), time(18)),))
    opening = next_window("Europe/Berlin", CLEANUP, utc("2026-11-22T12:00"), (), daytime)
    assert opening.interval is None


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "a" * 300])
def test_unknown_zone_has_no_window_and_is_never_now(zone):
    assert next_window(zone, NIGHT, utc("2026-11-22T12:00")).interval is None
    assert not may_now(zone, NIGHT, utc("2026-11-22T12:00"))


def test_longer_than_a_day_is_refused():
    with pytest.raises(ValueError, match="a day at most"):
        next_window("UTC", ANY, utc("2026-11-22T12:00"), needs=timedelta(days=2))


# -- Now ----------------------------------------------------------------------------------------

NOON = utc("2026-11-23T12:00")
MIDNIGHT = utc("2026-11-22T23:10")


def test_now_is_the_night_only_when_the_work_still_fits():
    assert may_now("Europe/Berlin", NIGHT, MIDNIGHT, needs=HOUR)
    late = may_now("Europe/Berlin", NIGHT, utc("2026-11-23T03:30"), needs=HOUR)
    assert (late.code, late.stale) == ("outside_window", True)


def test_urgent_work_waits_for_no_night_but_for_meetings_and_freezes():
    assert not may_now("Europe/Berlin", NIGHT, NOON)
    assert may_now("Europe/Berlin", NIGHT, NOON, urgent=True)
    soon = [Interval(NOON + timedelta(minutes=20), NOON + HOUR)]
    assert may_now("Europe/Berlin", NIGHT, NOON, soon, needs=HOUR / 4, urgent=True)
    busy = may_now("Europe/Berlin", NIGHT, NOON, soon, needs=HOUR / 2, urgent=True)
    assert busy.code == "device_in_meeting"
    frozen = TenantCalendar(freezes=(Freeze(Interval(NOON, NOON + HOUR), "Go-live"),))
    assert may_now("Europe/Berlin", NIGHT, NOON, (), frozen, urgent=True).code == "freeze"


def test_urgent_work_never_leaves_a_fixed_window():
    assert may_now("Europe/Berlin", CLEANUP, NOON, urgent=True).code == "outside_window"


def test_zone_that_changed_since_the_plan_closes_the_window():
    planned = next_window("Europe/Berlin", NIGHT, utc("2026-11-22T12:00")).interval
    assert may_now("Europe/Berlin", NIGHT, planned.begin) == Allowed()
    assert not may_now("America/New_York", NIGHT, planned.begin)


def test_interval_needs_aware_times_in_order():
    with pytest.raises(ValueError, match="aware"):
        Interval.of(datetime(2026, 1, 1), utc("2026-01-02"))  # noqa: DTZ001 - what is refused
    with pytest.raises(ValueError, match="ends after"):
        span("2026-01-02T00:00", "2026-01-02T00:00")


def test_weekday_that_is_none_is_refused():
    with pytest.raises(ValueError, match="weekday"):
        Weekly(frozenset({7}), time(1), time(2))


def test_intervals_join_meet_and_leave_holes():
    a, b, c = (span(f"2026-01-01T0{n}:00", f"2026-01-01T0{n + 2}:00") for n in (1, 3, 6))
    assert joined([c, b, a]) == [span("2026-01-01T01:00", "2026-01-01T05:00"), c]
    assert common([a, c], [span("2026-01-01T02:00", "2026-01-01T07:00")]) == [
        span("2026-01-01T02:00", "2026-01-01T03:00"),
        span("2026-01-01T06:00", "2026-01-01T07:00"),
    ]
    assert without([a], [span("2026-01-01T01:30", "2026-01-01T02:00")]) == [
        span("2026-01-01T01:00", "2026-01-01T01:30"),
        span("2026-01-01T02:00", "2026-01-01T03:00"),
    ]
