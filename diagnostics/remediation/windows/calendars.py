"""A customer's calendar: maintenance windows, holidays and freezes, and what they leave of a rule.

Meetings are no part of it: they come as busy intervals, without a word of what they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from diagnostics.remediation.windows.clock import stretches
from diagnostics.remediation.windows.intervals import Interval, common, joined, without
from diagnostics.remediation.windows.rules import WindowRule

DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Weekly:
    """A maintenance window on some weekdays (0 is Monday), room local.

    One that ends before it begins runs past midnight and belongs to the day on which it begins.
    """

    weekdays: frozenset[int]
    begin: time
    end: time

    def __post_init__(self) -> None:
        """Raises ValueError for what is no weekday."""
        if not self.weekdays <= frozenset(range(7)):
            raise ValueError("A weekday is a number from 0 (Monday) to 6 (Sunday).")


@dataclass(frozen=True)
class Freeze:
    """A stretch in which nothing is changed, whoever asks. `title` is the customer's own word."""

    interval: Interval
    title: str


@dataclass(frozen=True)
class TenantCalendar:
    """What a customer has said of when work may be done.

    Without maintenance windows the published windows hold. On a holiday, a date of the room's
    own, nothing begins: nobody is there to help when it goes wrong.
    """

    maintenance: tuple[Weekly, ...] = ()
    holidays: frozenset[date] = frozenset()
    freezes: tuple[Freeze, ...] = ()


NO_CALENDAR: Final = TenantCalendar()


@lru_cache(maxsize=16_384)
def open_on(
    zone: str, rule: WindowRule, calendar: TenantCalendar, day: date
) -> tuple[Interval, ...]:
    """What the rule and the customer leave open of one UTC day, freezes not yet taken out.

    Raises UnknownZone.
    """
    found: list[Interval] = []
    for begin, end, offset in stretches(zone, day):
        # naive local times: inside the stretch they run as evenly as UTC does
        local = Interval(
            begin.replace(tzinfo=None) + offset,
            end.replace(tzinfo=None) + offset,
        )
        for one in _open_locally(rule, calendar, local):
            found.append(
                Interval(begin + (one.begin - local.begin), begin + (one.end - local.begin))
            )
    return tuple(joined(found))


def _open_locally(rule: WindowRule, calendar: TenantCalendar, local: Interval) -> list[Interval]:
    """The same on the room's own clock, as naive times."""
    dates = [
        local.begin.date() + n * DAY
        for n in range(-1, (local.end.date() - local.begin.date()).days + 1)
    ]
    hours = joined(_stretch(day, rule.begin, rule.end) for day in dates)
    if calendar.maintenance and not rule.whole_day:
        kept = joined(
            _stretch(day, window.begin, window.end)
            for day in dates
            for window in calendar.maintenance
            if day.weekday() in window.weekdays
        )
        hours = common(hours, kept) if rule.fixed else kept
    holidays = [_stretch(day, time(), time()) for day in dates if day in calendar.holidays]
    return without(common(hours, [local]), holidays)


def _stretch(day: date, begin: time, end: time) -> Interval:
    """From one time to the other; past midnight when the end is not after the beginning."""
    first = datetime.combine(day, begin)
    last = datetime.combine(day, end)
    return Interval(first, last if last > first else last + DAY)
