"""What compliance pages show: the catalogue in words, what is stored of a tenant, and the proofs.

Every word about data comes from the catalogue; a page can say nothing that the code does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db import connections

from access.catalogue import NEVER, Entry, Table, entries, tables
from access.catalogue.terms import LONGEST, MEANING
from access.models import ResidencyProof
from access.purposes import JUSTIFIES, Purpose
from access.residency import REGIONS, Region, current_region
from access.scopes import Category

# Rows of a tenant are counted so far: enough to see how much there is, and quick for any tenant.
MOST: Final = 10_000
ABOUT: Final[dict[Category, str]] = {
    Category.ONGOING: "Collected all the time, to know the rooms and see when one needs help.",
    Category.AD_HOC: "Collected from one device when somebody orders it for an incident.",
    Category.ACT: "Comes of what the service does to a device: enrolling it, telling it something.",
    Category.RECORD: "Written by the service about itself: who had access, and what became of it.",
}


def catalogue_page() -> dict[str, Any]:
    """The whole catalogue: what is never collected, items by category, classes, reasons."""
    return {
        "never": NEVER,
        "categories": [
            {
                "name": category.label,
                "about": ABOUT[category],
                "reasons": reasons_of(category),
                "entries": [
                    {"entry": entry, "reasons": narrower(entry), "open_to": open_to(entry.table)}
                    for entry in entries()
                    if entry.table.category == category
                ],
            }
            for category in Category
        ],
        "classes": [
            {"name": data.value, "meaning": meaning, "longest": longest_text(LONGEST.get(data))}
            for data, meaning in MEANING.items()
        ],
        "purposes": [
            {
                "label": purpose.label,
                "categories": ", ".join(
                    category.label.lower()
                    for category in Category
                    if category in JUSTIFIES[purpose]
                ),
            }
            for purpose in Purpose
        ],
        "awaited": sorted({table.keep.awaits for table in tables()} - {""}),
    }


def reasons_of(category: Category) -> list[str]:
    """The published reasons that justify a category, in their order."""
    return [str(purpose.label) for purpose in Purpose if category in JUSTIFIES[purpose]]


def narrower(entry: Entry) -> list[str]:
    """The reasons of an item where it has fewer than its category."""
    own = [str(purpose.label) for purpose in entry.purposes]
    return [] if own == reasons_of(entry.table.category) else own


def open_to(table: Table) -> str:
    """What opens a table: the name of its scope, or who sees it without one."""
    return table.scope.value if table.scope else table.shown_to


def longest_text(longest: Any) -> str:
    """The published most for a class, in days."""
    return f"{longest.days:,} days" if longest else "not published"


@dataclass(frozen=True)
class Stored:
    """One table as far as it holds rows of the tenant in hand."""

    table: Table
    number: int
    oldest: datetime | None
    people: int

    @property
    def names(self) -> list[str]:
        """The items that the rows are of."""
        return [item.name for item in self.table.items]

    @property
    def details(self) -> str:
        """What they say, in sentences."""
        return " ".join(item.details for item in self.table.items)

    @property
    def classes(self) -> str:
        """The classes of the items, each once."""
        return ", ".join(dict.fromkeys(item.data.value for item in self.table.items))

    @property
    def is_more(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.number > MOST

    @property
    def shown_number(self) -> int:
        """The rows that were counted."""
        return min(self.number, MOST)

    @property
    def goes_at(self) -> datetime | None:
        """When the oldest row is due to go, where a job removes rows by their age."""
        keep = self.table.keep
        return self.oldest + keep.time if keep.task and keep.time and self.oldest else None

    @property
    def reasons(self) -> str:
        """The published reasons, those of all items."""
        found = [p for item in self.table.items for p in Entry(self.table, item).purposes]
        return "; ".join(str(purpose.label) for purpose in Purpose if purpose in found)

    @property
    def open_to(self) -> str:
        """What opens it."""
        return open_to(self.table)


def stored_page() -> dict[str, Any]:
    """What stands of the tenant in hand, by category; read under a grant for its record.

    The database counts; nobody here sees a row. Two statements, whatever the tenant holds.
    """
    stored = read_stored()
    return {
        "stored": [
            {
                "name": category.label,
                "about": ABOUT[category],
                "rows": [one for one in stored if one.table.category == category],
            }
            for category in Category
            if any(one.table.category == category for one in stored)
        ],
        "nothing": sorted(_names(tables()) - _names(one.table for one in stored)),
        "most": MOST,
        "never": NEVER,
        "proofs": newest_proofs(),
    }


def _names(listed: Iterable[Table]) -> set[str]:
    return {item.name for table in listed for item in table.items}


def read_stored() -> list[Stored]:
    """The tables that hold rows of the tenant in hand."""
    by_name = {apps.get_model(table.model)._meta.db_table: table for table in tables()}
    columns = [table.since for table in by_name.values()]
    with connections[current_region()].cursor() as cursor:
        cursor.execute("select scope, people from lock.open_scopes()")
        people = dict(cursor.fetchall())
        cursor.execute(
            "select name, number, oldest from lock.stored(%s, %s, %s) where number > 0",
            [list(by_name), columns, MOST + 1],
        )
        rows = cursor.fetchall()
    return [
        Stored(by_name[name], number, oldest, people.get(by_name[name].scope, 0))
        for name, number, oldest in rows
    ]


@dataclass(frozen=True)
class Residency:
    """One region's newest proof, as pages show it."""

    region: str
    proof: ResidencyProof | None

    @property
    def name(self) -> str:
        """The region's name."""
        return str(Region(self.region).label)

    @property
    def bad(self) -> list[dict[str, Any]]:
        """The tables with rows of other regions' tenants."""
        return [one for one in self.proof.tables if one["foreign"]] if self.proof else []


def newest_proofs() -> list[Residency]:
    """The newest proof of each region; a region without one is listed all the same."""
    newest = ResidencyProof.objects.order_by("region", "-made_at").distinct("region")
    found = {proof.region: proof for proof in newest}
    return [Residency(alias, found.get(alias)) for alias in REGIONS]
