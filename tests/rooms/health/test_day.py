"""Daily room health: the 20-minute rule between 05:00 and 21:00, in every time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.health.day import DayMinutes, Spell, merged, minutes_by_day, zone_of

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

LATER = datetime(2027, 1, 1, tzinfo=UTC)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def spell(zone: ZoneInfo, begun: str, ended: str | None) -> Spell:
    """A spell between two local times."""
    first = datetime.fromisoformat(begun).replace(tzinfo=zone)
    last = datetime.fromisoformat(ended).replace(tzinfo=zone) if ended else None
    return Spell(first.astimezone(UTC), last and last.astimezone(UTC))


def days(zone: ZoneInfo, *spells: tuple[str, str | None]) -> dict[str, tuple[int, int]]:
    """Unhealthy and working minutes by day."""
    found = minutes_by_day([spell(zone, *one) for one in spells], zone, LATER)
    return {str(day): (one.unhealthy, one.working) for day, one in found.items()}


@pytest.mark.parametrize(
    ("working", "counts"), [(0, False), (15, False), (20, False), (21, True), (960, True)]
)
def test_more_than_20_minutes_make_a_day_unhealthy(working, counts):
    assert DayMinutes(working, working).counts is counts


def test_minutes_of_a_day_add_up():
    found = days(
        COPENHAGEN,
        ("2026-11-18 09:00", "2026-11-18 09:15"),
        ("2026-11-18 20:50", "2026-11-18 21:10"),
    )
    assert found == {"2026-11-18": (35, 25)}


def test_night_does_not_count():
    found = days(COPENHAGEN, ("2026-11-18 21:00", "2026-11-19 05:00"))
    assert found == {"2026-11-18": (180, 0), "2026-11-19": (300, 0)}


def test_signals_that_are_bad_at_once_count_once():
    found = days(
        COPENHAGEN,
        ("2026-11-18 09:00", "2026-11-18 10:00"),
        ("2026-11-18 09:30", "2026-11-18 09:40"),
        ("2026-11-18 09:50", "2026-11-18 10:30"),
    )
    assert found == {"2026-11-18": (90, 90)}


def test_day_is_the_rooms_own():
    auckland = ZoneInfo("Pacific/Auckland")
    begun = datetime(2026, 11, 18, 11, 30, tzinfo=UTC)  # 00:30 on the 19th there
    found = minutes_by_day([Spell(begun, begun + timedelta(hours=1))], auckland, LATER)
    assert found == {date(2026, 11, 19): DayMinutes(60, 0)}


def test_open_spell_lasts_until_now():
    at = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
    found = minutes_by_day([spell(COPENHAGEN, "2026-11-18 09:30", None)], COPENHAGEN, at)
    assert found == {date(2026, 11, 18): DayMinutes(30, 30)}


def test_what_has_not_happened_yet_does_not_count():
    at = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
    begun = at + timedelta(hours=1)
    assert minutes_by_day([Spell(begun, None), Spell(begun, LATER)], COPENHAGEN, at) == {}


def test_days_before_the_first_are_left_out():
    spells = [spell(COPENHAGEN, "2020-01-01 00:00", "2026-11-18 06:00")]
    found = minutes_by_day(spells, COPENHAGEN, LATER, first=date(2026, 11, 17))
    assert found == {
        date(2026, 11, 17): DayMinutes(1440, 960),
        date(2026, 11, 18): DayMinutes(360, 60),
    }
    assert minutes_by_day(spells, COPENHAGEN, LATER, first=date(2026, 12, 1)) == {}


@pytest.mark.parametrize(
    ("zone", "day", "minutes"),
    [
        ("Europe/Copenhagen", "2026-03-29", 23 * 60),
        ("Europe/Copenhagen", "2026-10-25", 25 * 60),
        ("America/New_York", "2026-03-08", 23 * 60),
        ("Australia/Lord_Howe", "2026-10-04", 23.5 * 60),
        ("Africa/Cairo", "2026-04-24", 23 * 60),
        ("America/Sao_Paulo", "2018-11-04", 23 * 60),
        ("America/Sao_Paulo", "2018-02-17", 25 * 60),
        ("America/Havana", "2025-11-02", 25 * 60),
        ("Asia/Kolkata", "2026-03-29", 24 * 60),
    ],
)
def test_day_on_which_clocks_change_is_shorter_or_longer(zone, day, minutes):
    before = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=3)
    spells = [Spell(before, before + timedelta(days=7))]
    found = minutes_by_day(spells, ZoneInfo(zone), LATER)
    assert found[date.fromisoformat(day)] == DayMinutes(int(minutes), 16 * 60)


def test_day_that_was_skipped_has_no_minutes():
    begun = datetime(2011, 12, 28, tzinfo=UTC)
    found = minutes_by_day(
        [Spell(begun, begun + timedelta(days=5))], ZoneInfo("Pacific/Apia"), LATER
    )
    assert date(2011, 12, 30) not in found
    assert found[date(2011, 12, 29)] == found[date(2011, 12, 31)] == DayMinutes(1440, 960)


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../../etc/passwd", "Europe", "W. Europe Standard Time", "x" * 64]
)
def test_what_is_no_time_zone_counts_as_utc(name):
    assert zone_of(name) == ZoneInfo("UTC")


ZONES = st.sampled_from(
    ["UTC", "Europe/Copenhagen", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia",
     "Africa/Casablanca", "Asia/Kathmandu", "America/St_Johns"]
).map(ZoneInfo)  # fmt: skip
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=730)).map(
    lambda after: datetime(2018, 1, 1, tzinfo=UTC) + after
)
SPELLS = st.lists(
    st.builds(
        lambda begun, minutes: Spell(begun, None if minutes is None else begun + minutes),
        MOMENTS,
        st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=5)),
    ),
    max_size=5,
)


@unhurried
@given(SPELLS, ZONES)
def test_every_minute_stands_in_one_day(spells, zone):
    """By the plain way: minute by minute, each put where the local clock says."""
    at = datetime(2020, 1, 5, tzinfo=UTC)
    spells = [Spell(one.begun, one.ended or one.begun + timedelta(days=2)) for one in spells]
    spells = [Spell(_whole(one.begun), _whole(one.ended)) for one in spells]
    sums: dict[date, list[int]] = {}
    for moment in {m for one in spells for m in _minutes(one)}:
        local = moment.astimezone(zone)
        row = sums.setdefault(local.date(), [0, 0])
        row[0] += 1
        row[1] += 5 <= local.hour < 21
    assert minutes_by_day(spells, zone, at) == {day: DayMinutes(*row) for day, row in sums.items()}


@unhurried
@given(SPELLS)
def test_merged_spells_are_in_order_and_apart(spells):
    at = datetime(2019, 6, 1, tzinfo=UTC)
    spans = merged(spells, at)
    ends = [moment for span in spans for moment in span]
    assert ends == sorted(set(ends))
    assert all(end <= at for end in ends)


def _whole(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment.replace(second=0, microsecond=0)


def _minutes(one: Spell) -> list[datetime]:
    """The minutes of a spell by when each begins."""
    assert one.ended is not None
    count = max(0, (one.ended - one.begun) // timedelta(minutes=1))
    return [one.begun + timedelta(minutes=n) for n in range(count)]
