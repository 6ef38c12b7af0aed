"""The state of a list, all of it in the URL: reload, share and Back give the same page.

`?status=unhealthy,warning&sort=-name&after=<cursor>&cols=site&panel=RM-…`. What is not known is
left out and named, never guessed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

from django.http import QueryDict

from access.listing.spec import ListSpec

# Of the list itself. `seen` is the version that a polling block last showed.
OWN_KEYS = ("sort", "after", "before", "cols", "panel", "seen")
LONGEST_NAME = 40


@dataclass(frozen=True)
class ListState:
    """What the URL asks for. Immutable: each link of the page is the state with one change."""

    spec: ListSpec
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    after: str = ""
    before: str = ""
    panel: str = ""
    cols: tuple[str, ...] | None = None
    seen: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @classmethod
    def read(cls, spec: ListSpec, query: QueryDict) -> ListState:
        """The state that a query string asks for, with a notice for each part that is ignored."""
        filters, notices = _read_filters(spec, query)
        notices += _unknown_keys(spec, query)
        sort = query.get("sort", "")
        order = spec.order(sort.removeprefix("-"))
        if sort and order is None:
            notices.append(f"Ignored an unknown order: {_shortened(sort)}.")
        return cls(
            spec=spec,
            filters=filters,
            sort=(order or spec.orders[0]).key,
            descending=bool(order) and sort.startswith("-"),
            after=query.get("after", ""),
            before="" if query.get("after") else query.get("before", ""),
            panel=_shortened(query.get("panel", "")).upper().strip(),
            cols=_read_columns(spec, query),
            seen=query.get("seen", "")[:LONGEST_NAME],
            extra={key: _shortened(query.get(key, "")) for key in spec.extra if query.get(key)},
            notices=tuple(notices),
        )

    # -- Links: each is this state with one change ------------------------------------------------

    @property
    def url(self) -> str:
        """This state as a query string in one spelling, without what was ignored."""
        pairs = self.pairs()
        # A comma between values stays readable.
        return "?" + urlencode(pairs, quote_via=quote, safe=",:-")

    def pairs(self) -> list[tuple[str, str]]:
        """Key and value of everything that differs from the plain list."""
        pairs = [
            (known.key, ",".join(self.filters[known.key]))
            for known in self.spec.filters
            if self.filters.get(known.key)
        ]
        pairs += self.extra.items()
        sort = ("-" if self.descending else "") + self.sort
        pairs += [("sort", sort)] if sort != self.spec.orders[0].key else []
        pairs += [("cols", ",".join(self.cols))] if self.cols is not None else []
        pairs += [
            (key, value)
            for key, value in (
                ("after", self.after),
                ("before", self.before),
                ("panel", self.panel),
            )
            if value
        ]
        return pairs

    @property
    def first_page(self) -> ListState:
        """The same list from its beginning, with nothing picked out."""
        return replace(self, after="", before="", panel="")

    def without(self, key: str) -> ListState:
        """Without one filter; from the beginning, for it is another list."""
        left = {name: values for name, values in self.filters.items() if name != key}
        return replace(self.first_page, filters=left)

    def only(self, key: str, *values: str) -> ListState:
        """With one filter set to these values."""
        return replace(self.first_page, filters={**self.filters, key: values})

    @property
    def unfiltered(self) -> ListState:
        """Without any filter."""
        return replace(self.first_page, filters={})

    def sorted_by(self, key: str) -> ListState:
        """Sorted by that order; by the same one again, the other way round."""
        descending = key == self.sort and not self.descending
        return replace(self.first_page, sort=key, descending=descending)

    def at_panel(self, reference: str) -> ListState:
        """With one row's panel open, or closed with an empty reference."""
        return replace(self, panel=reference)

    def at(self, *, after: str = "", before: str = "") -> ListState:
        """Another page of the same list."""
        return replace(self, after=after, before=before, panel="")

    def hidden(self, *left_out: str) -> list[tuple[str, str]]:
        """What a GET form on the first page has to carry along, without the keys that it sets."""
        return [pair for pair in self.first_page.pairs() if pair[0] not in left_out]

    def hidden_here(self, *left_out: str) -> list[tuple[str, str]]:
        """The same, staying on this page of the list."""
        return [pair for pair in self.pairs() if pair[0] not in left_out]

    # -- Facts ----------------------------------------------------------------------------------

    def shows(self, key: str) -> bool:
        """Whether the column of that key is shown."""
        column = next(column for column in self.spec.columns if column.key == key)
        if not column.optional:
            return True
        return column.shown if self.cols is None else key in self.cols

    def mark(self, reach: str) -> str:
        """A short name for exactly this list: its filters and order, and whose rows they are.

        A cursor carries it, so that one made for another list is not taken for one of this.
        """
        parts = [self.spec.name, reach, self.sort, "down" if self.descending else "up"]
        parts += [f"{key}={','.join(values)}" for key, values in sorted(self.filters.items())]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def _read_filters(spec: ListSpec, query: QueryDict) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    filters: dict[str, tuple[str, ...]] = {}
    notices: list[str] = []
    for known in spec.filters:
        values, ignored = known.read(query.getlist(known.key))
        if values:
            filters[known.key] = values
        if ignored:
            named = ", ".join(_shortened(value) for value in ignored[:5])
            notices.append(f"Ignored {known.label.lower()} that this list does not have: {named}.")
    return filters, notices


def _unknown_keys(spec: ListSpec, query: QueryDict) -> list[str]:
    known = {*OWN_KEYS, *spec.extra, *(known.key for known in spec.filters)}
    unknown = sorted(set(query) - known)
    if not unknown:
        return []
    named = ", ".join(_shortened(key) for key in unknown[:5])
    number = f"{len(unknown)} unknown filter{'' if len(unknown) == 1 else 's'}"
    return [f"Ignored {number}: {named}."]


def _read_columns(spec: ListSpec, query: QueryDict) -> tuple[str, ...] | None:
    """The optional columns asked for; None when the URL leaves them as they are.

    A form without a ticked box sends an empty value of its own, which means: none of them.
    """
    if "cols" not in query:
        return None
    wanted = {key for part in query.getlist("cols") for key in part.split(",")}
    return tuple(column.key for column in spec.columns if column.optional and column.key in wanted)


def _shortened(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return printable[:LONGEST_NAME]
