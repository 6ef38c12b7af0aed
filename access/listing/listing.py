"""A list as its template shows it: headers, chips, menus, pager and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from access.listing.counts import Count
from access.listing.pages import Page
from access.listing.state import ListState


@dataclass(frozen=True)
class Listing:
    """State, page and count together. `closed` names columns whose scope is not open."""

    state: ListState
    page: Page
    count: Count
    closed: frozenset[str] = frozenset()

    @property
    def rows(self) -> list[Any]:
        """The rows of the page."""
        return self.page.rows

    @property
    def notices(self) -> list[str]:
        """What of the address was ignored, in words."""
        return [*self.state.notices, *([self.page.notice] if self.page.notice else [])]

    @property
    def headers(self) -> list[dict[str, Any]]:
        """Label, link and direction of each shown column; a closed one cannot be sorted by."""
        return [
            {
                "key": column.key,
                "label": column.label,
                "numeric": column.numeric,
                "url": self._sort_url(column.sort) if column.key not in self.closed else "",
                "direction": self._direction(column.sort) if column.key not in self.closed else "",
            }
            for column in self.state.spec.columns
            if self.state.shows(column.key)
        ]

    def _sort_url(self, sort: str) -> str:
        return self.state.sorted_by(sort).url if sort and self.state.spec.order(sort) else ""

    def _direction(self, sort: str) -> str:
        if not sort or sort != self.state.sort:
            return ""
        return "descending" if self.state.descending else "ascending"

    @property
    def chips(self) -> list[dict[str, str]]:
        """The filters in force, each with the address of the list without it."""
        return [
            {
                "label": known.label,
                "value": known.words(self.state.filters[known.key]),
                "remove_url": self.state.without(known.key).url,
            }
            for known in self.state.spec.filters
            if known.key in self.state.filters
        ]

    @property
    def clear_url(self) -> str:
        """The list without any filter."""
        return self.state.unfiltered.url

    @property
    def menu(self) -> list[dict[str, Any]]:
        """The filters that the menu offers: each choice, and whether it is in force."""
        return [
            {
                "key": known.key,
                "label": known.label,
                "choices": [
                    {
                        "value": value,
                        "label": label,
                        "on": value in self.state.filters.get(known.key, ()),
                    }
                    for value, label in known.choices
                ],
            }
            for known in self.state.spec.filters
            if known.in_menu
        ]

    @property
    def menu_hidden(self) -> list[tuple[str, str]]:
        """What the menu's form carries along."""
        return self.state.hidden(*(known.key for known in self.state.spec.filters if known.in_menu))

    @property
    def search_hidden(self) -> list[tuple[str, str]]:
        """What the search field's form carries along."""
        return self.state.hidden(
            *(known.key for known in self.state.spec.filters if not known.in_menu)
        )

    @property
    def column_choices(self) -> list[dict[str, Any]]:
        """The optional columns, and whether each is shown."""
        return [
            {"key": column.key, "label": column.label, "on": self.state.shows(column.key)}
            for column in self.state.spec.columns
            if column.optional
        ]

    @property
    def columns_hidden(self) -> list[tuple[str, str]]:
        """What the column chooser's form carries along."""
        return self.state.hidden("cols")

    @property
    def peek_hidden(self) -> list[tuple[str, str]]:
        """What the form behind each row's Peek button carries along."""
        return self.state.hidden_here("panel")

    @property
    def previous_url(self) -> str:
        """The page before, or an empty text."""
        return self.page.previous.url if self.page.previous else ""

    @property
    def next_url(self) -> str:
        """The page after, or an empty text."""
        return self.page.following.url if self.page.following else ""

    @property
    def total(self) -> str:
        """`137 rooms`, `more than 10,000 rooms`."""
        return self.state.spec.count_words(self.count.number, str(self.count))

    @property
    def part(self) -> str:
        """What part of the list this page is; only the first one knows its numbers."""
        shown = len(self.page.rows)
        if not shown:
            return f"0 of {self.total}"
        if self.page.is_first:
            return f"1 to {shown:,} of {self.total}"
        return f"{shown:,} of {self.total}"

    @property
    def sorted_words(self) -> str:
        """`sorted by name, A to Z`."""
        order = self.state.spec.order(self.state.sort) or self.state.spec.orders[0]
        way = order.backward if self.state.descending else order.forward
        return f"sorted by {order.label}, {way}"

    @property
    def announcement(self) -> str:
        """What readers hear when the list changes."""
        return f"{self.part}, {self.sorted_words}."
