"""One page of log lines: by time under the filters, or by the words of a search.

A level is read by its own index and the levels are merged, because no index serves two of them in
order of time. A search walks the rarest of its words.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from access.listing import ListState
from access.listing.pages import Page, merged, page_from
from diagnostics.explorer.filters import Span
from diagnostics.models import LogEntry, LogWord

# Lines of a search that are looked at for one page before it says "narrow the search".
MOST_LOOKED_AT: Final = 5_000
AT_ONCE: Final = 500
# Beyond so many, a word counts as common; which of two common ones is rarer matters little.
COMMON: Final = 2_000

Hashes = Sequence[bytes]


@dataclass(frozen=True)
class Found:
    """A page of lines, and whether a search was given up before the page was full."""

    page: Page
    gave_up: bool = False


def read_lines(state: ListState, span: Span, reach: str, hashes: Hashes | None) -> Found:
    """The page that the state asks for. `hashes` are those of the searched words, or None."""
    rows = narrowed(state, span)
    if hashes is None:
        return Found(page_from(_by_time(rows, state), state, reach))
    search = _Search(rows, span, hashes)
    page = page_from(search.fetch, state, reach)
    return Found(page, search.gave_up)


def narrowed(state: ListState, span: Span) -> QuerySet[LogEntry]:
    """The lines under all filters but the level and the words."""
    rows: QuerySet[LogEntry] = LogEntry.objects.filter(at__gte=span.begins_at, at__lt=span.ends_at)
    for known in state.spec.filters:
        if known.key in state.filters and known.key != "level":
            rows = known.narrow(rows, state.filters[known.key])
    levels = state.filters.get("level")
    return rows.filter(level__in=[int(one) for one in levels]) if levels else rows


def _by_time(rows: QuerySet[LogEntry], state: ListState) -> Any:
    levels = state.filters.get("level", ())

    def fetch(condition: Q, fields: tuple[str, ...], most: int) -> list[Any]:
        here = rows.filter(condition).order_by(*fields)
        if not levels:
            return list(here[:most])
        parts = [list(here.filter(level=int(one))[:most]) for one in levels]
        return merged(parts, fields, most)

    return fetch


class _Search:
    """Lines that hold all of the words, found by the rarest of them."""

    def __init__(self, rows: QuerySet[LogEntry], span: Span, hashes: Hashes) -> None:
        self.rows, self.span, self.hashes = rows, span, list(hashes)
        self.gave_up = False
        self._driver: QuerySet[LogWord] | None = None

    def fetch(self, condition: Q, fields: tuple[str, ...], most: int) -> list[Any]:
        """Rows for one page; fewer than `most` when there are no more, or it gave up."""
        found: list[LogEntry] = []
        hits = self.driver().filter(condition).order_by(*fields)
        for begin in range(0, MOST_LOOKED_AT, AT_ONCE):
            part = list(hits.values_list("entry_id", flat=True)[begin : begin + AT_ONCE])
            found += self._in_order(part)
            if len(part) < AT_ONCE or len(found) >= most:
                return found[:most]
        self.gave_up = True
        return found[:most]

    def driver(self) -> QuerySet[LogWord]:
        """Where the rarest word stands, with the others beside it."""
        if self._driver is None:
            counts = {one: self._frequency(one) for one in self.hashes}
            rarest = min(counts, key=lambda one: counts[one])
            hits = self._of(rarest).annotate(id=F("entry_id"))
            for other in self.hashes:
                if other != rarest:
                    beside = LogWord.objects.filter(
                        tenant_id=OuterRef("tenant_id"),
                        word=other,
                        at=OuterRef("at"),
                        entry_id=OuterRef("entry_id"),
                    )
                    hits = hits.filter(Exists(beside))
            self._driver = hits
        return self._driver

    def _of(self, word: bytes) -> QuerySet[LogWord]:
        return LogWord.objects.filter(
            word=word, at__gte=self.span.begins_at, at__lt=self.span.ends_at
        )

    def _frequency(self, word: bytes) -> int:
        return self._of(word).order_by()[:COMMON].count() if len(self.hashes) > 1 else 0

    def _in_order(self, ids: list[uuid.UUID]) -> list[LogEntry]:
        """Those of the lines that pass the other filters, in the order of the hits."""
        known = {row.pk: row for row in self.rows.filter(pk__in=ids)}
        return [known[one] for one in ids if one in known]
