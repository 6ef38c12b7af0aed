"""Daily room health: how many minutes of each local day a room was unhealthy, and whether it
counts. Published rule: more than 20 minutes between 05:00 and 21:00 of the device's local time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

MINUTES_BORNE: Final = 20
WORK_BEGINS: Final = time(5)
WORK_ENDS: Final = time(21)
DAY: Final = timedelta(days=1)
NOTHING: Final = timedelta()


@dataclass(frozen=True)
class Spell:
    """A time in which a signal was unhealthy; no end while it still is."""

    begun: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class DayMinutes:
    """Whole minutes in which the room was unhealthy: of the day, and of its working hours."""

    unhealthy: int
    working: int

    @property
    def counts(self) -> bool:
        """Whether the day is an unhealthy one."""
        return self.working > MINUTES_BORNE


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of that IANA name; UTC for what is none, as devices may tell anything."""
    return ZoneInfo(name if name in _zones() else "UTC")


def merged(spells: Iterable[Spell], at: datetime) -> list[tuple[datetime, datetime]]:
    """The times in which at least one spell lasted, in order, none overlapping; open ones to `at`.

    What lies after `at` is cut off, and a spell that ends before it begins is none.
    """
    found: list[tuple[datetime, datetime]] = []
    for spell in sorted(spells, key=lambda spell: spell.begun):
        ended = at if spell.ended is None else min(spell.ended, at)
        if ended <= spell.begun:
            continue
        if found and spell.begun <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ended))
        else:
            found.append((spell.begun, ended))
    return found


def minutes_by_day(
    spells: Iterable[Spell], zone: ZoneInfo, at: datetime, first: date | None = None
) -> dict[date, DayMinutes]:
    """Unhealthy minutes by local day, for the days that have any; from `first` on, if given.

    All sums are of instants, so that the day on which clocks go forward has 23 hours and the one
    on which they go back 25. Real minutes, whatever a minute of the catalogue lasts.
    """
    sums: dict[date, tuple[timedelta, timedelta]] = {}
    for begun, ended in merged(spells, at):
        day = begun.astimezone(zone).date()
        if first is not None:
            day = max(day, first)
        while (start := _instant(day, time(0), zone)) < ended:
            whole = _overlap(begun, ended, start, _instant(day + DAY, time(0), zone))
            work = _overlap(
                begun, ended, _instant(day, WORK_BEGINS, zone), _instant(day, WORK_ENDS, zone)
            )
            if whole:
                so_far = sums.get(day, (NOTHING, NOTHING))
                sums[day] = (so_far[0] + whole, so_far[1] + work)
            day += DAY
    return {
        day: DayMinutes(whole // timedelta(minutes=1), work // timedelta(minutes=1))
        for day, (whole, work) in sums.items()
    }


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """When local clocks first show that time; where they jump over it, when they jump."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _overlap(begun: datetime, ended: datetime, start: datetime, end: datetime) -> timedelta:
    """How long two spans lie over one another."""
    return max(min(ended, end) - max(begun, start), NOTHING)
