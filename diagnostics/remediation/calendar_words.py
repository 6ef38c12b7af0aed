"""A customer's calendar as lines that people read and write: windows, holidays and freezes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Final

from diagnostics.remediation.windows import Freeze, Interval, Weekly

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVERY_DAY: Final = "Every day"
ALL_DAY: Final = "all day"
_WINDOW: Final = re.compile(
    r"^(?P<days>[A-Za-z, ]+?),? +(?:(?P<all>all day)|"
    r"(?P<begin>\d{1,2}:\d{2}) *(?:to|-|\N{EN DASH}) *(?P<end>\d{1,2}:\d{2}))$",
    re.IGNORECASE,
)
_FREEZE: Final = re.compile(
    r"^(?P<begin>\d{4}-\d{2}-\d{2} \d{2}:\d{2}) to (?P<end>\d{4}-\d{2}-\d{2} \d{2}:\d{2})"
    r"(?: UTC)?:? +(?P<title>.+)$"
)


class UnfitLine(ValueError):
    """A line that says no window, day or freeze; the words show how one looks."""


def weekly_words(window: Weekly) -> str:
    """A maintenance window, such as "Mon to Fri 22:00 to 05:00"."""
    if window.begin == window.end:
        return f"{days_words(window.weekdays)} {ALL_DAY}"
    return f"{days_words(window.weekdays)} {window.begin:%H:%M} to {window.end:%H:%M}"


def days_words(weekdays: Iterable[int]) -> str:
    """Days of the week: "Every day", "Mon to Fri", or each by name."""
    days = sorted(weekdays)
    if days == list(range(7)):
        return EVERY_DAY
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]} to {DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)


def read_weekly(line: str) -> Weekly:
    """A maintenance window from its line. Raises UnfitLine."""
    found = _WINDOW.match(" ".join(line.split()))
    if found is None:
        raise UnfitLine(_window_help(line))
    try:
        begin, end = (
            (time(), time()) if found["all"] else (_time(found["begin"]), _time(found["end"]))
        )
        return Weekly(frozenset(_days(found["days"])), begin, end)
    except (ValueError, KeyError) as error:
        raise UnfitLine(_window_help(line)) from error


def _time(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(int(hour), int(minute))


def _days(text: str) -> list[int]:
    """Numbers of days. KeyError for what is no day."""
    if text.strip().casefold() == EVERY_DAY.casefold():
        return list(range(7))
    numbers = {name.casefold(): number for number, name in enumerate(DAYS)}
    found: list[int] = []
    for part in text.replace(",", " , ").split(","):
        words = part.split()
        if not words:
            continue
        first, last = numbers[words[0][:3].casefold()], numbers[words[-1][:3].casefold()]
        if len(words) not in (1, 3) or (len(words) == 3 and words[1].casefold() != "to"):
            raise KeyError(part)
        found += range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
    if not found:
        raise KeyError(text)
    return found


def _window_help(line: str) -> str:
    return (
        f"“{line.strip()[:60]}” is no window. Write days and times, such as"
        " “Mon to Fri 22:00 to 05:00” or “Every day all day”."
    )


def read_holiday(line: str) -> date:
    """A day from its line. Raises UnfitLine."""
    try:
        return date.fromisoformat(line.strip())
    except ValueError as error:
        raise UnfitLine(f"“{line.strip()[:60]}” is no day. Write it such as 2026-12-25.") from error


def freeze_words(freeze: Freeze) -> str:
    """A freeze, such as "2026-12-20 00:00 to 2026-12-28 00:00 UTC: Year end"."""
    begin, end = (moment.astimezone(UTC) for moment in freeze.interval)
    return f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC: {freeze.title}"


def read_freeze(line: str) -> Freeze:
    """A freeze from its line. Raises UnfitLine."""
    found = _FREEZE.match(" ".join(line.split()))
    try:
        if found is None:
            raise ValueError(line)
        begin, end = (
            datetime.strptime(found[name], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
            for name in ("begin", "end")
        )
        return Freeze(Interval.of(begin, end), found["title"].strip())
    except ValueError as error:
        raise UnfitLine(
            f"“{line.strip()[:60]}” is no freeze. Write two times in UTC and a title, such as"
            " “2026-12-20 00:00 to 2026-12-28 00:00 UTC: Year end”."
        ) from error
