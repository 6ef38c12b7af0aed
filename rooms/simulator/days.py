"""Working days: when a room is in use, by the clock on its wall. Busy or free, and nothing more."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from rooms.simulator.machines import dice

OPENS, CLOSES = 8 * 60, 18 * 60
NIGHTLY_RESTART: Final = time(2, 31, 7)
# minutes of a meeting, and of the gap before the next, by weight
MEETINGS: Final = {30: 55, 60: 35, 90: 10}
GAPS: Final = {0: 30, 30: 30, 60: 20, 120: 20}


@lru_cache(maxsize=100_000)
def meetings(seed: int, room: str, day: int) -> tuple[tuple[int, int], ...]:
    """Begin and end of a day's meetings, in minutes after midnight. `day` is its ordinal."""
    if day % 7 in (6, 0):  # ordinal 1 was a Monday
        return ()
    chance = dice(seed, f"day/{room}/{day}")
    begun, booked = OPENS + chance.choice((0, 30, 60)), []
    while begun < CLOSES:
        ended = min(CLOSES, begun + chance.choices(list(MEETINGS), list(MEETINGS.values()))[0])
        booked.append((begun, ended))
        begun = ended + chance.choices(list(GAPS), list(GAPS.values()))[0]
    return tuple(booked)


def in_use(seed: int, room: str, zone: ZoneInfo, moment: datetime) -> bool:
    """Whether a meeting is held at the moment."""
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    return any(begun <= minute < ended for begun, ended in meetings(seed, room, local.toordinal()))


def last_night(zone: ZoneInfo, moment: datetime) -> datetime:
    """The last nightly restart before the moment."""
    local = moment.astimezone(zone)
    night = datetime.combine(local.date(), NIGHTLY_RESTART, zone)
    if night > local:
        night = datetime.combine(local.date() - timedelta(days=1), NIGHTLY_RESTART, zone)
    return night
