"""The parts of all apps read together: tables, items, and the item that lists a field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from django.apps import apps
from django.db import models

from access.catalogue import own
from access.catalogue.terms import KEYS, Item, Table, reasons
from access.purposes import Purpose
from access.residency import is_regional


@dataclass(frozen=True)
class Entry:
    """One item of the catalogue with the table that it belongs to."""

    table: Table
    item: Item

    @property
    def purposes(self) -> list[Purpose]:
        """The published reasons for it."""
        return reasons(self.item, self.table.category)


class UncataloguedApp(LookupError):
    """An app with regional tables has no catalogue of them."""


@cache
def tables() -> tuple[Table, ...]:
    """The tables of all apps that have regional ones, the highest app first.

    Raises UncataloguedApp for an app without a module `catalogue` that holds TABLES.
    """
    found: list[Table] = []
    for config in apps.get_app_configs():
        if config.label == "access" or not any(map(is_regional, config.get_models())):
            continue
        try:
            part = import_module(f"{config.name}.catalogue").TABLES
        except (ModuleNotFoundError, AttributeError) as missing:
            raise UncataloguedApp(
                f"{config.name} has regional tables: list them as TABLES in"
                f" {config.name}/catalogue.py; rooms/catalogue shows how."
            ) from missing
        found += part
    return (*found, *own.TABLES)


def entries() -> Iterator[Entry]:
    """Every item with its table."""
    for table in tables():
        for item in table.items:
            yield Entry(table, item)


@cache
def _by_field() -> dict[tuple[str, str], Entry]:
    listed: dict[tuple[str, str], Entry] = {}
    for entry in entries():
        label = entry.table.model.lower()
        for name in (*KEYS, *entry.item.fields.split()):
            listed.setdefault((label, name), entry)
    return listed


def table_of(model: type[models.Model]) -> Table | None:
    """The catalogue's entry for a model; None for one that is not listed."""
    label = model._meta.label_lower
    return next((table for table in tables() if table.model.lower() == label), None)


def entry_of(model: type[models.Model], field: str) -> Entry | None:
    """The item that lists a field by its name; None when none does."""
    return _by_field().get((model._meta.label_lower, field))
