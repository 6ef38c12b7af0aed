"""What log lines can be narrowed by: each filter is an index or a span of time.

A span of time is always set, so that no page walks further than a week without being asked to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from access.listing import Column, Filter, ListSpec, ListState, Order, choice_filter, text_filter
from access.pages.audit_filters import TimeFilter, moment_of
from access.references import is_reference
from access.scopes import Scope
from diagnostics.kinds import LEVELS
from diagnostics.models import CollectionFile

VIEW: Final = Scope.DIAGNOSTICS_VIEW
USUAL_SPAN: Final = timedelta(days=7)
MOST_EVENT_ID: Final = 2**31 - 1
COLUMNS: Final = (
    Column("at", "Time (UTC)", sort="newest", scope=VIEW),
    Column("level", "Level", scope=VIEW),
    Column("source", "Source", scope=VIEW),
    Column("event", "Event", numeric=True, scope=VIEW),
    Column("text", "Message", scope=VIEW),
)
NEWEST: Final = Order("newest", "time", ("-at", "-id"), "newest first", "oldest first")


@dataclass(frozen=True)
class Span:
    """Half-open, in UTC."""

    begins_at: datetime
    ends_at: datetime


def whole(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    """For filters that the reader of the list applies itself."""
    return rows


def of_device(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    """Lines of a device, which diagnostics.view knows by its files."""
    files = CollectionFile.objects.filter(device_reference=values[0].upper())
    return rows.filter(device_id__in=set(files.values_list("device_id", flat=True)[:1]))


def of_room(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    """Lines of a room, likewise."""
    files = CollectionFile.objects.filter(room_reference=values[0].upper())
    return rows.filter(room_id__in=set(files.values_list("room_id", flat=True)[:1]))


def of_collection(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    """Lines of the files of one collection."""
    files = CollectionFile.objects.filter(collection_reference=values[0].upper())
    return rows.filter(file_id__in=list(files.values_list("id", flat=True)[:200]))


def of_event(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    """Events of one number."""
    number = values[0]
    known = number.isdecimal() and int(number) <= MOST_EVENT_ID
    return rows.filter(event_id=int(number)) if known else rows.none()


@dataclass(frozen=True)
class ReferenceFilter(Filter):
    """One reference of a kind; anything else is named as ignored."""

    prefix: str = ""

    def read(self, given: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The reference in capitals, or what was given instead of one."""
        text = " ".join(given).strip().upper()
        if not text:
            return (), ()
        return ((text,), ()) if is_reference(text, self.prefix) else ((), (text,))


def spec_for(sources: Iterable[str]) -> ListSpec:
    """The list, with the sources that there are."""
    filters = (
        choice_filter("level", "Level", "level", [(str(x.number), x.word) for x in LEVELS]),
        choice_filter("source", "Source", "source", [(name, name) for name in sources]),
        ReferenceFilter("device", "Device", of_device, hint="DV-…", prefix="DV"),
        ReferenceFilter("room", "Room", of_room, hint="RM-…", prefix="RM"),
        ReferenceFilter("collection", "Collection", of_collection, hint="COL-…", prefix="COL"),
        Filter("event", "Event id", of_event, hint="Such as 1098"),
        TimeFilter("from", "From (UTC)", whole, hint="Such as 2026-11-22T05:12"),
        TimeFilter("to", "Until (UTC)", whole, hint="Not including this moment"),
        text_filter("q", "Words", lambda rows, text: rows),
    )
    return ListSpec("logs", "lines", COLUMNS, (NEWEST,), filters)


def span_of(state: ListState, newest: datetime) -> Span:
    """The span that the address names; a week back from its end where it names none.

    `newest` stands for the end where none is named: when the newest line was written.
    """
    begins, ends = (state.filters.get(key) for key in ("from", "to"))
    ends_at = (moment_of(ends[0]) if ends else None) or newest + timedelta(microseconds=1)
    begins_at = (moment_of(begins[0]) if begins else None) or ends_at - USUAL_SPAN
    return Span(begins_at, ends_at)
