"""Columns and orders of a list."""

from __future__ import annotations

from dataclasses import dataclass

from access.scopes import Scope


@dataclass(frozen=True)
class Order:
    """One way to sort: field paths, the first one indexed, the last one a key that makes it total.

    A field that begins with "-" runs the other way. No field may be null.
    """

    key: str
    label: str
    fields: tuple[str, ...]
    # What the two directions are called, for the caption and the announcement.
    forward: str = "ascending"
    backward: str = "descending"


@dataclass(frozen=True)
class Column:
    """One column. `sort` names an order; without one the header is no link.

    `scope` is what opens it: while that is closed its cells are masks, whatever the rows are.
    An `optional` column can be hidden by the reader, and `shown` says whether it starts out shown.
    """

    key: str
    label: str
    sort: str = ""
    numeric: bool = False
    scope: Scope | None = None
    optional: bool = False
    shown: bool = True
