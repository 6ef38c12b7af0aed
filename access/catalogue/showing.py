"""Show a field of a row by the catalogue: what is not listed is shown closed, whatever the page.

For pages that render fields generically, by name. The lock has already decided which rows there
are; this holds back a column that somebody added and nobody classified.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models

from access.catalogue.register import Entry, entry_of

UNLISTED = "Not in the data catalogue, so it is not shown."


@dataclass(frozen=True)
class Shown:
    """One field as a page may show it. A closed one carries no value at all, only `why`."""

    name: str
    label: str
    value: Any = None
    entry: Entry | None = None
    why: str = ""

    @property
    def closed(self) -> bool:
        """Whether the value is withheld."""
        return self.entry is None


def shown(row: models.Model, name: str) -> Shown:
    """The field of that name, with its value if the catalogue lists it.

    A reference to another row is shown by its key; nothing is asked of the database. What is no
    field of the row (a method, a misspelt name) is closed too: nothing is guessed.
    """
    entry = entry_of(type(row), name)
    known = {field.name: field for field in type(row)._meta.get_fields()}
    field = known.get(name)
    label = str(getattr(field, "verbose_name", name)).replace("_", " ").capitalize()
    if entry is None or not isinstance(field, models.Field):
        return Shown(name, label, why=UNLISTED)
    display = getattr(row, f"get_{name}_display", None)
    return Shown(name, label, display() if display else getattr(row, field.attname), entry)


def shown_all(row: models.Model) -> list[Shown]:
    """Every stored field of the row but its keys, in the order of the model."""
    fields = [f.name for f in type(row)._meta.get_fields() if getattr(f, "column", None)]
    return [shown(row, name) for name in fields if name not in ("id", "tenant_id")]
