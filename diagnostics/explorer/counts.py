"""Counts of log lines by hour, source and level, from roll-ups: facets and the histogram.

Words and event ids are in no roll-up; the histogram is of the other filters and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Max, QuerySet, Sum

from access.listing import ListState
from diagnostics.explorer.filters import Span, of_device, of_room
from diagnostics.kinds import LEVELS
from diagnostics.models import CollectionFile, LogHour, LogTotal

BARS: Final = 56
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Bar:
    """Lines between two moments, by level number."""

    begins_at: datetime
    ends_at: datetime
    lines: dict[int, int]

    @property
    def total(self) -> int:
        """Lines of all levels."""
        return sum(self.lines.values())


@dataclass(frozen=True)
class Counts:
    """What the roll-ups say of a span."""

    bars: list[Bar] = field(default_factory=list)
    sources: list[tuple[str, int]] = field(default_factory=list)
    levels: list[tuple[int, str, int]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All lines of the span."""
        return sum(number for _, _, number in self.levels)


def newest_line() -> datetime | None:
    """When the newest line that is open to the reader was written."""
    newest: datetime | None = CollectionFile.objects.filter(destroyed_at=None).aggregate(
        at=Max("last_at")
    )["at"]
    return newest


def read_counts(state: ListState, span: Span, *, narrow: bool) -> Counts:
    """Bars, sources and levels under the filters that a roll-up knows.

    `narrow` says that the grant names single rooms, for which there are no totals of the tenant.
    """
    rows = _rows(state, span, narrow=narrow)
    by_source: dict[str, int] = {}
    by_level: dict[int, int] = {}
    by_hour: dict[datetime, dict[int, int]] = {}
    chosen = state.filters.get("source", ())
    levels = {int(one) for one in state.filters.get("level", ())}
    grouped = rows.order_by().values_list("hour", "source", "level").annotate(n=Sum("lines"))
    for hour, source, level, number in grouped:
        by_source[source] = by_source.get(source, 0) + number
        if chosen and source not in chosen:
            continue
        by_level[level] = by_level.get(level, 0) + number
        if not levels or level in levels:
            at_hour = by_hour.setdefault(hour, {})
            at_hour[level] = at_hour.get(level, 0) + number
    return Counts(
        bars=_bars(by_hour, span),
        sources=sorted(by_source.items(), key=lambda pair: (-pair[1], pair[0])),
        levels=[(one.number, one.word, by_level.get(one.number, 0)) for one in LEVELS],
    )


def _rows(state: ListState, span: Span, *, narrow: bool) -> QuerySet[Any]:
    """Totals of the tenant where they will do; else the hours of single files."""
    hours = {"hour__gt": span.begins_at - HOUR, "hour__lt": span.ends_at}
    placed = {"device": of_device, "room": of_room}
    asked = [key for key in placed if key in state.filters]
    files = state.filters.get("collection")
    if not (narrow or asked or files):
        return LogTotal.objects.filter(**hours)
    rows: QuerySet[Any] = LogHour.objects.filter(**hours)
    for key in asked:
        rows = placed[key](rows, state.filters[key])
    if files:
        known = CollectionFile.objects.filter(collection_reference=files[0])
        rows = rows.filter(file_id__in=list(known.values_list("id", flat=True)[:200]))
    return rows


def _bars(by_hour: dict[datetime, dict[int, int]], span: Span) -> list[Bar]:
    """The span in at most BARS parts of whole hours."""
    begin = span.begins_at.replace(minute=0, second=0, microsecond=0)
    hours = max(1, -(-(span.ends_at - begin) // HOUR))
    width = -(-hours // BARS)
    bars = []
    for first in range(0, hours, width):
        begins_at = begin + first * HOUR
        ends_at = begins_at + width * HOUR
        lines: dict[int, int] = {}
        for step in range(width):
            for level, number in by_hour.get(begins_at + step * HOUR, {}).items():
                lines[level] = lines.get(level, 0) + number
        bars.append(Bar(begins_at, ends_at, lines))
    return bars
