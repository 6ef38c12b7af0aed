"""Filters of a list: what a URL may ask for, what of it counts, and how it narrows rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

Narrow = Callable[[QuerySet[Any], Sequence[str]], QuerySet[Any]]
Choices = tuple[tuple[str, str], ...]

LONGEST_TEXT = 80


@dataclass(frozen=True)
class Filter:
    """One filter. With choices it takes several of them; without, one short text.

    A filter exists only where an index serves it.
    """

    key: str
    label: str
    narrow: Narrow
    choices: Choices = ()
    hint: str = ""
    # A search field stands above the list by itself, not in the menu of filters.
    in_menu: bool = True

    @property
    def is_text(self) -> bool:
        """Whether it takes a text instead of choices."""
        return not self.choices

    def read(self, given: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What of the given values counts, in the order of the choices, and what does not."""
        if self.is_text:
            text = " ".join(" ".join(given).replace("\0", "").split())[:LONGEST_TEXT]
            return ((text,) if text else ()), ()
        wanted = {value for part in given for value in part.split(",") if value}
        known = tuple(value for value, _ in self.choices if value in wanted)
        return known, tuple(sorted(wanted - set(known)))

    def words(self, values: Sequence[str]) -> str:
        """The values as a reader knows them."""
        labels = dict(self.choices)
        return ", ".join(labels.get(value, value) for value in values)


def choice_filter(key: str, label: str, field: str, choices: Sequence[tuple[str, str]]) -> Filter:
    """A filter on one indexed field that takes any of its choices."""

    def narrow(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
        return rows.filter(Q(**{f"{field}__in": list(values)}))

    return Filter(key, label, narrow, tuple(choices))


def text_filter(
    key: str, label: str, narrow: Callable[[QuerySet[Any], str], QuerySet[Any]], hint: str = ""
) -> Filter:
    """A search field: `narrow` gets the rows and the text."""
    return Filter(
        key, label, lambda rows, values: narrow(rows, values[0]), hint=hint, in_menu=False
    )
