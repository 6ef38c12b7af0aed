"""The order of a page, and the condition for what follows a row in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import attrgetter
from typing import Any

from django.db.models import Q


def turned(fields: Sequence[str], *, backwards: bool) -> tuple[str, ...]:
    """The fields of an order, or of the opposite one."""
    if not backwards:
        return tuple(fields)
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in fields)


def following(fields: Sequence[str], values: Sequence[Any]) -> Q:
    """What comes strictly after the row with these values, in this order.

    `a >= x and (a > x or (a = x and (b > y or …)))`: the first part is what an index uses.
    """
    pairs = list(zip(fields, values, strict=True))

    def strictly_after(rest: Q | None, pair: tuple[str, Any]) -> Q:
        name, value = pair
        beyond = Q(**{f"{_path(name)}__{_sign(name)}": value})
        return beyond if rest is None else beyond | (Q(**{_path(name): value}) & rest)

    nested: Q | None = reduce(strictly_after, reversed(pairs), None)
    if nested is None:
        raise ValueError("An order needs a field.")
    first, value = pairs[0]
    return Q(**{f"{_path(first)}__{_sign(first)}e": value}) & nested


def values_of(row: object, fields: Sequence[str]) -> list[Any]:
    """The sort values of a row, following relations."""
    return [attrgetter(_path(name).replace("__", "."))(row) for name in fields]


def _path(name: str) -> str:
    return name.removeprefix("-")


def _sign(name: str) -> str:
    return "lt" if name.startswith("-") else "gt"
