"""Counting rows without reading more of them than anybody wants to know about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

MOST = 10_000


@dataclass(frozen=True)
class Count:
    """A number of rows, or that there are more than `number`."""

    number: int
    more: bool = False

    def __add__(self, other: Count) -> Count:
        return Count(self.number + other.number, self.more or other.more)

    def __str__(self) -> str:
        return f"more than {self.number:,}" if self.more else f"{self.number:,}"


def counted(rows: QuerySet[Any], most: int = MOST) -> Count:
    """Count the rows, but give up beyond `most`."""
    found = rows.order_by()[: most + 1].count()
    return Count(min(found, most), more=found > most)
