"""One page of a list: the rows, and the cursors of its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from django.db.models import Q, QuerySet

from access.listing import cursor, keyset
from access.listing.cursor import BadCursor
from access.listing.state import ListState

LOST_PLACE = "The place in the list was not recognised, so this is the first page."


@dataclass(frozen=True)
class Page:
    """The rows of a page, and the states of the pages beside it (None where there is none)."""

    rows: list[Any] = field(default_factory=list)
    previous: ListState | None = None
    following: ListState | None = None
    is_first: bool = True
    notice: str = ""


Fetch = Callable[[Q, tuple[str, ...], int], list[Any]]


def page_of(rows: QuerySet[Any], state: ListState, reach: str = "") -> Page:
    """The page of a queryset, filtered already, that the state asks for.

    `reach` says whose rows they are, such as the tenant's reference.
    """

    def fetch(condition: Q, fields: tuple[str, ...], most: int) -> list[Any]:
        return list(rows.filter(condition).order_by(*fields)[:most])

    return page_from(fetch, state, reach)


def page_from(fetch: Fetch, state: ListState, reach: str = "") -> Page:
    """The page that the state asks for, of rows that `fetch` reads in one or several databases.

    Rows that come or go meanwhile are neither doubled nor skipped, because a page begins at a row
    and not at a number.
    """
    order = state.spec.order(state.sort) or state.spec.orders[0]
    fields = keyset.turned(order.fields, backwards=state.descending)
    reader = _Reader(fetch, state, fields, state.mark(reach))
    try:
        if state.before:
            return reader.before() or reader.first()
        if state.after:
            return reader.after()
    except BadCursor:
        return reader.first(notice=LOST_PLACE)
    return reader.first()


def merged(parts: Iterable[list[Any]], fields: tuple[str, ...], most: int) -> list[Any]:
    """Rows of several databases, each part in order already, as one list in that order."""
    rows = [row for part in parts for row in part]
    for name in reversed(fields):
        rows.sort(key=attrgetter(name.removeprefix("-")), reverse=name.startswith("-"))
    return rows[:most]


@dataclass(frozen=True)
class _Reader:
    """What reading any page needs."""

    fetch: Fetch
    state: ListState
    fields: tuple[str, ...]
    mark: str

    def first(self, notice: str = "") -> Page:
        """The first page."""
        found, more = self._read(Q(), self.fields)
        return Page(found, None, self._after(found) if more else None, notice=notice)

    def after(self) -> Page:
        """The page that begins just after the cursor."""
        values = cursor.unseal(self.state.after, self.mark, len(self.fields))
        found, more = self._read(keyset.following(self.fields, values), self.fields)
        previous = self._before(found) if found else self.state.first_page
        return Page(found, previous, self._after(found) if more else None, is_first=False)

    def before(self) -> Page | None:
        """The page that ends just before the cursor; None when that is less than a page, for then
        it is the first page and is better shown whole.
        """
        values = cursor.unseal(self.state.before, self.mark, len(self.fields))
        back = keyset.turned(self.fields, backwards=True)
        found, more = self._read(keyset.following(back, values), back)
        if not more:
            return None
        found.reverse()
        return Page(found, self._before(found), self._after(found), is_first=False)

    def _read(self, condition: Q, fields: tuple[str, ...]) -> tuple[list[Any], bool]:
        """A page of rows, and whether at least one more follows."""
        size = self.state.spec.page_size
        found = self.fetch(condition, fields, size + 1)
        return found[:size], len(found) > size

    def _after(self, found: list[Any]) -> ListState:
        return self.state.at(after=self._cursor(found[-1]))

    def _before(self, found: list[Any]) -> ListState:
        return self.state.at(before=self._cursor(found[0]))

    def _cursor(self, row: object) -> str:
        return cursor.seal(self.mark, keyset.values_of(row, self.fields))
