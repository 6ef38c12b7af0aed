"""Windows against a plain model that asks minute by minute what the room's clock says."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.remediation.windows import (
    RULES,
    Freeze,
    Interval,
    TenantCalendar,
    Weekly,
    WindowRule,
    may_now,
    next_window,
)

MINUTE = timedelta(minutes=1)
DAYS = 3
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "America/Santiago",
    "America/St_Johns",
    "UTC",
)
# Nights on which some of these zones change; each is tried with all of them.
CHANGES = (
    datetime(2011, 12, 29),  # noqa: DTZ001 - made aware below
    datetime(2017, 10, 14),  # noqa: DTZ001
    datetime(2018, 2, 17),  # noqa: DTZ001
    datetime(2024, 3, 30),  # noqa: DTZ001
    datetime(2024, 4, 25),  # noqa: DTZ001
    datetime(2024, 9, 7),  # noqa: DTZ001
    datetime(2025, 4, 5),  # noqa: DTZ001
    datetime(2025, 10, 4),  # noqa: DTZ001
    datetime(2026, 3, 7),  # noqa: DTZ001
    datetime(2026, 10, 24),  # noqa: DTZ001
    datetime(2026, 10, 31),  # noqa: DTZ001
)
times = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 59)))
rules = st.sampled_from(tuple(RULES.values())) | st.builds(
    WindowRule, st.just("own"), st.just("Own"), times, times, st.booleans()
)
moments = st.builds(
    lambda day, minutes: day.replace(tzinfo=UTC) + minutes * MINUTE,
    st.sampled_from(CHANGES),
    st.integers(0, 2 * 24 * 60),
)
weekly = st.builds(Weekly, st.frozensets(st.integers(0, 6), min_size=1), times, times)
lengths = st.integers(1, 24 * 60)


@st.composite
def stretches_after(draw: st.DrawFn, after: datetime) -> Interval:
    begin = after + draw(st.integers(-600, DAYS * 24 * 60)) * MINUTE
    return Interval(begin, begin + draw(st.integers(1, 900)) * MINUTE)


@st.composite
def cases(draw: st.DrawFn) -> tuple:
    after = draw(moments)
    holidays = {(after + draw(st.integers(0, DAYS)) * 24 * 60 * MINUTE).date()}
    calendar = TenantCalendar(
        maintenance=tuple(draw(st.lists(weekly, max_size=2))),
        holidays=frozenset(holidays if draw(st.booleans()) else ()),
        freezes=tuple(
            Freeze(one, "x") for one in draw(st.lists(stretches_after(after), max_size=1))
        ),
    )
    busy = draw(st.lists(stretches_after(after), max_size=3))
    needs = draw(lengths) * MINUTE
    return draw(st.sampled_from(ZONES)), draw(rules), after, busy, calendar, needs


def within(local: datetime, begin: time, end: time, weekdays: frozenset[int]) -> bool:
    """Whether the room's clock stands inside a daily stretch that began on one of the days."""
    now, today = local.time(), local.weekday()
    if begin < end:
        return begin <= now < end and today in weekdays
    yesterday = (today - 1) % 7
    return (now >= begin and today in weekdays) or (now < end and yesterday in weekdays)


EVERY_DAY = frozenset(range(7))


def is_open(zone: ZoneInfo, rule: WindowRule, calendar: TenantCalendar, moment: datetime) -> bool:
    local = moment.astimezone(zone).replace(tzinfo=None)
    if local.date() in calendar.holidays:
        return False
    ruled = within(local, rule.begin, rule.end, EVERY_DAY)
    if not calendar.maintenance or rule.begin == rule.end:
        return ruled
    kept = any(
        # a date that was left out has no evening, so its window has no small hours by itself
        within(local, one.begin, one.end, one.weekdays)
        for one in calendar.maintenance
    )
    return ruled and kept if rule.fixed else kept


def free_minutes(zone, rule, after, busy, calendar) -> list[bool]:
    place = ZoneInfo(zone)
    closed = [*busy, *(freeze.interval for freeze in calendar.freezes)]
    return [
        is_open(place, rule, calendar, moment) and not any(moment in one for one in closed)
        for moment in (after + n * MINUTE for n in range((DAYS + 1) * 24 * 60))
    ]


@settings(max_examples=120, deadline=None)
@given(cases())
def test_next_window_is_the_first_run_of_free_minutes(case):
    zone, rule, after, busy, calendar, needs = case
    free = free_minutes(zone, rule, after, busy, calendar)
    wanted, run, expected = needs // MINUTE, 0, None
    for n, one in enumerate(free):
        run = run + 1 if one else 0
        if run == wanted:
            expected = n + 1 - run
            break
    found = next_window(
        zone, rule, after, busy, calendar, needs=needs, horizon_days=DAYS + 3
    ).interval
    if expected is None:
        assert found is None or found.begin > after + (len(free) - wanted) * MINUTE
        return
    assert found is not None
    assert found.begin == after + expected * MINUTE
    first = (found.begin - after) // MINUTE
    last = min((found.end - after) // MINUTE, len(free))
    assert all(free[first:last])
    if found.length < timedelta(days=1) and last < len(free):
        assert not free[last]


@settings(max_examples=120, deadline=None)
@given(cases(), st.booleans())
def test_now_is_allowed_when_every_minute_is_free(case, urgent):
    zone, rule, after, busy, calendar, needs = case
    place = ZoneInfo(zone)
    minutes = [after + n * MINUTE for n in range(needs // MINUTE)]
    closed = [*busy, *(freeze.interval for freeze in calendar.freezes)]
    expected = not any(moment in one for one in closed for moment in minutes) and (
        (urgent and not rule.fixed)
        or all(is_open(place, rule, calendar, moment) for moment in minutes)
    )
    verdict = may_now(zone, rule, after, busy, calendar, needs=needs, urgent=urgent)
    assert bool(verdict) == expected
