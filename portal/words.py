"""Words for times and numbers, the same on every page. Pure: no request, no clock, no markup."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def utc_clock(moment: datetime) -> str:
    """`05:12 UTC`."""
    return f"{moment.astimezone(UTC):%H:%M} UTC"


def utc_full(moment: datetime) -> str:
    """`2026-11-22 05:12:04 UTC`, what stands behind every relative time."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def utc_exact(moment: datetime) -> str:
    """`2026-11-22 05:12:04.123 UTC`, as the audit pages show it."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%d %H:%M:%S}.{utc.microsecond // 1000:03d} UTC"


def absolute(moment: datetime, now: datetime) -> str:
    """`05:12 UTC` on the day itself, with the date in front on any other day."""
    utc = moment.astimezone(UTC)
    if utc.date() == now.astimezone(UTC).date():
        return utc_clock(moment)
    return f"{utc:%Y-%m-%d %H:%M} UTC"


def local_clock(moment: datetime, zone: str, now: datetime) -> str:
    """`06:12 local` where the room stands; the date is added on any other day there."""
    there = moment.astimezone(ZoneInfo(zone))
    if there.date() == now.astimezone(ZoneInfo(zone)).date():
        return f"{there:%H:%M} local"
    return f"{there:%Y-%m-%d %H:%M} local"


def relative(moment: datetime, now: datetime) -> str:
    """`12 min ago` or `in 3 h`: one unit, rounded down, so that it never claims more age."""
    seconds = int((now - moment).total_seconds())
    if abs(seconds) < 1:
        return "now"
    age = short_span(abs(seconds))
    return f"{age} ago" if seconds > 0 else f"in {age}"


def short_span(seconds: int) -> str:
    """One unit in short: `45 s`, `12 min`, `3 h`, `5 d`, `2 y`."""
    for size, unit in ((365 * DAY, "y"), (DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def duration(span: timedelta | int) -> str:
    """A length in words: `1 hour`, `1 hour 30 min`, `15 min`, `45 s`, `2 days`."""
    seconds = int(span.total_seconds()) if isinstance(span, timedelta) else span
    days, rest = divmod(seconds, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    parts = [
        f"{days} day{'' if days == 1 else 's'}" if days else "",
        f"{hours} hour{'' if hours == 1 else 's'}" if hours else "",
        f"{minutes} min" if minutes else "",
        f"{rest} s" if rest or not seconds else "",
    ]
    return " ".join([part for part in parts if part][:2])


def timer(seconds: int) -> str:
    """A countdown: `41:18`, or `1:05:00` from an hour on; never below zero."""
    left = max(0, seconds)
    hours, rest = divmod(left, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def thousands(number: int) -> str:
    """`1,904`."""
    return f"{number:,}"
