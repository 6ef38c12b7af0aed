"""A zone's clock as stretches of constant offset: what makes nights with a change exact.

Inside a stretch the room's clock and UTC differ by one number, so a local window is a UTC window
shifted. An hour that comes twice lies in two stretches, one that never comes in none.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


class UnknownZone(LookupError):
    """No such zone in the IANA database."""


class Stretch(NamedTuple):
    """From `begin` to `end` in UTC the local clock is UTC plus `offset`."""

    begin: datetime
    end: datetime
    offset: timedelta


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises UnknownZone for anything else, paths included."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise UnknownZone(f"There is no time zone called {name[:64]!r}.") from error


@lru_cache(maxsize=65_536)
def stretches(zone: str, day: date) -> tuple[Stretch, ...]:
    """The stretches of one UTC day, in order; one on nearly all days."""
    rules = zone_of(zone)
    begin = datetime.combine(day, time(), UTC)
    found: list[Stretch] = []
    first, offset = begin, _offset(rules, begin)
    for hour in range(1, 25):
        end = begin + hour * HOUR
        # the last moment of the hour: the first of the next day belongs to the next day
        at_end = _offset(rules, end - SECOND)
        if at_end != offset:
            change = _change(rules, end - HOUR, end - SECOND)
            if change > first:
                found.append(Stretch(first, change, offset))
            first, offset = change, at_end
    found.append(Stretch(first, begin + 24 * HOUR, offset))
    return tuple(found)


def _offset(rules: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(rules).utcoffset() or timedelta()


def _change(rules: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changes between the two: the first with the new one."""
    old = _offset(rules, before - SECOND)
    if _offset(rules, before) != old:
        return before
    while after - before > SECOND:
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if _offset(rules, middle) == old:
            before = middle
        else:
            after = middle
    return after
