"""The text logs of the meeting app, of Teams and of the agent: lines into entries.

An entry begins with a line that bears a time; lines without one belong to the entry before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from diagnostics.bundles.entries import (
    CRITICAL,
    ERROR,
    INFORMATION,
    LONGEST_NAME,
    LONGEST_RAW,
    LONGEST_TEXT,
    LONGEST_VALUE,
    VERBOSE,
    WARNING,
    Entry,
    KeptOut,
    clean,
)
from diagnostics.bundles.lines import split_lines
from diagnostics.kinds import PartKind

# Lines at the beginning that bear no time, which are told with the first entry.
MOST_BEFORE: Final = 50

LEVELS: Final = {
    "critical": CRITICAL, "crit": CRITICAL, "fatal": CRITICAL, "ftl": CRITICAL,
    "error": ERROR, "err": ERROR, "fail": ERROR, "e": ERROR,
    "warning": WARNING, "warn": WARNING, "wrn": WARNING, "w": WARNING,
    "information": INFORMATION, "info": INFORMATION, "inf": INFORMATION, "i": INFORMATION,
    "event": INFORMATION,
    "verbose": VERBOSE, "vrb": VERBOSE, "debug": VERBOSE, "dbg": VERBOSE, "trace": VERBOSE,
    "trc": VERBOSE, "v": VERBOSE, "d": VERBOSE,
}  # fmt: skip

_ISO: Final = (
    r"(?P<date>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d:\d\d)(?:[.,](?P<part>\d{1,9}))?"
    r"\s?(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
# 2022-09-14T08:31:07.123Z [Error] [SRS-App] Devices: words
_APP: Final = re.compile(
    rf"\[?{_ISO}\]?\s*\[(?P<level>[A-Za-z]{{1,11}})\]\s*(?:\[(?P<who>[^\]]{{1,80}})\]\s*)?(?P<text>.*)"
)
# Wed Sep 14 2022 08:31:07 GMT+0200 (Central European Summer Time) <4212> -- info -- words
_TEAMS: Final = re.compile(
    r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>\d{1,2}) (?P<year>\d{4}) "
    r"(?P<time>\d\d:\d\d:\d\d)(?: GMT(?P<zone>[+-]\d{4}))?(?: \([^)]{0,80}\))? "
    r"<(?P<who>\d{1,10})> -- (?P<level>[a-z]{1,11}) -- (?P<text>.*)"
)
# 2022-09-14 08:31:07.1234 |INFO| ServicePortalAgent.Health | words
_AGENT: Final = re.compile(
    rf"{_ISO}\s*\|\s*(?P<level>[A-Za-z]{{1,11}})\s*\|\s*(?P<who>[^|]{{1,120}}?)\s*\|\s*(?P<text>.*)"
)
_MONTHS: Final = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip


@dataclass(frozen=True)
class Grammar:
    """How one log is written, and whom its entries are from when they do not say."""

    line: re.Pattern[str]
    source: str
    provider: str
    process: bool = False


GRAMMARS: Final[dict[PartKind, Grammar]] = {
    PartKind.APP_LOG: Grammar(_APP, "Teams Rooms app", "SkypeRoomSystem"),
    PartKind.TEAMS_LOG: Grammar(_TEAMS, "Teams", "Teams", process=True),
    PartKind.AGENT_LOG: Grammar(_AGENT, "Agent", "ServicePortalAgent"),
}


@dataclass
class Begun:
    """An entry of which more lines may come."""

    at: datetime
    level: int
    provider: str
    fields: dict[str, str]
    lines: list[str]
    raw: list[str]
    length: int = 0

    def go_on(self, line: str) -> None:
        """One more line; those beyond what an entry may be are only counted."""
        self.length += len(line) + 1
        if self.length <= LONGEST_TEXT:
            self.lines.append(line)
            self.raw.append(line)


@dataclass
class Reader:
    """Reads one file. `zone` is for times that bear none."""

    grammar: Grammar
    zone: tzinfo
    count: int = 0
    begun: Begun | None = None
    before: list[str] = field(default_factory=list)
    lost: int = 0

    def line(self, line: str) -> Entry | None:
        """Take a line; the entry that ended by it, if one did."""
        found = self.grammar.line.match(line)
        at = _time_of(found, self.zone) if found else None
        if found is None or at is None:
            self._without_time(line)
            return None
        ended, who = self.end(), (found["who"] or "").strip()
        self.begun = Begun(
            at=at,
            level=LEVELS.get(found["level"].casefold(), INFORMATION),
            provider=self.grammar.provider if self.grammar.process or not who else who,
            fields={"process": who} if self.grammar.process and who else {},
            lines=[found["text"]],
            raw=[line],
            length=len(line),
        )
        for early in self.before:
            self.begun.go_on(early)
        self.before = []
        return ended

    def _without_time(self, line: str) -> None:
        if self.begun is not None:
            self.begun.go_on(line)
        elif line.strip():
            if len(self.before) < MOST_BEFORE:
                self.before.append(line)
            else:
                self.lost += 1

    def end(self) -> Entry | None:
        """The entry that was begun, now that nothing more of it comes."""
        begun, self.begun = self.begun, None
        if begun is None:
            return None
        self.count += 1
        text, raw = "\n".join(begun.lines).rstrip(), "\n".join(begun.raw).rstrip()
        if begun.length > LONGEST_TEXT:
            text += f" [about {begun.length - len(text)} characters left out]"
        return Entry(
            number=self.count,
            at=begun.at,
            level=begun.level,
            source=self.grammar.source,
            provider=clean(begun.provider, LONGEST_NAME),
            event_id=None,
            text=clean(text, LONGEST_TEXT + 100),
            fields={name: clean(value, LONGEST_VALUE) for name, value in begun.fields.items()},
            raw=clean(raw, LONGEST_RAW),
        )


def read(
    pieces: Iterable[bytes], path: str, kind: PartKind, zone: tzinfo
) -> Iterator[Entry | KeptOut]:
    """The entries of a text log; a file in which no line bears a time is kept out."""
    reader = Reader(GRAMMARS[kind], zone)
    for line in split_lines(pieces):
        entry = reader.line(line)
        if entry is not None:
            yield entry
    entry = reader.end()
    if entry is not None:
        yield entry
    if reader.lost or (reader.before and not reader.count):
        count = reader.lost + len(reader.before)
        yield KeptOut(path, f"{count} of its lines stand before any time, or none follows the log.")


def _time_of(found: re.Match[str], zone: tzinfo) -> datetime | None:
    """The moment that a line bears, in UTC; None when there is no such moment."""
    told = found.groupdict()
    if "date" in told:
        year, month, day = (int(word) for word in told["date"].split("-"))
    else:
        year, month, day = int(told["year"]), _MONTHS.get(told["month"], 0), int(told["day"])
    hour, minute, second = (int(word) for word in told["time"].split(":"))
    micros = int(f"{told.get('part') or ''}000000"[:6])
    try:
        own = zone if not told["zone"] else _offset(told["zone"])
        at = datetime(year, month, day, hour, minute, min(second, 59), micros, own)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _offset(told: str) -> tzinfo:
    """The zone of Z, +0200 or +02:00. ValueError beyond a day."""
    if told == "Z":
        return UTC
    digits = told[1:].replace(":", "")
    passed = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-passed if told[0] == "-" else passed)
