"""The catalogue against the tables: fields that nobody listed, and entries of what is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db import models

from access.catalogue.register import table_of, tables
from access.catalogue.terms import KEYS, Table
from access.models import Tenant
from access.residency import is_regional


def regional_models() -> Iterator[type[models.Model]]:
    """Every model whose table stands in the regions, and the directory of tenants."""
    yield from (model for model in apps.get_models() if is_regional(model))
    yield Tenant


def columns_of(model: type[models.Model]) -> list[str]:
    """The names of the fields that are stored, without the keys that every row has."""
    stored = [field.name for field in model._meta.get_fields() if getattr(field, "column", None)]
    return [name for name in stored if name not in KEYS]


def unlisted(model: type[models.Model]) -> list[str]:
    """For each stored field that the catalogue does not know: what to write, and where."""
    table = table_of(model)
    where = f"{model._meta.app_config.name}/catalogue"
    if table is None:
        return [f"{where}: {new_table(model)}"]
    return [
        f"{where}: to Table({table.model!r}, ...) add\n"
        f'    Item("{name.replace("_", " ").capitalize()}", "One sentence of what it says.",'
        f' DataClass.SYSTEM, "{name}"),'
        for name in columns_of(model)
        if name not in table.fields
    ]


def new_table(model: type[models.Model]) -> str:
    """The lines to add for a model that the catalogue does not know."""
    title = str(model._meta.verbose_name_plural).capitalize()
    return (
        f"to TABLES add\n    Table(\n        {model._meta.label!r},\n        Category.ONGOING,\n"
        f"        WHILE_SERVED,\n        scope=Scope.INVENTORY_VIEW,\n        items=(\n"
        f'            Item("{title}", "One sentence of what it says.", DataClass.SYSTEM,\n'
        f'                 "{" ".join(columns_of(model))}"),\n        ),\n    ),'
    )


def stale(listed: Iterable[Table] | None = None) -> list[str]:
    """Entries of tables and fields that do not exist, or that are listed twice."""
    found = []
    seen = Counter(table.model for table in (listed or tables()))
    found += [f"{model} is listed {times} times." for model, times in seen.items() if times > 1]
    known = {model._meta.label: model for model in regional_models()}
    for table in listed or tables():
        model = known.get(table.model)
        if model is None:
            found.append(f"{table.model} is no regional model any more: remove its Table.")
            continue
        names = Counter(table.fields)
        found += [
            f"{table.model}.{name} is listed {times} times."
            for name, times in names.items()
            if times > 1
        ]
        found += [
            f"{table.model}.{name} is no field any more: remove the name."
            for name in sorted(set(names) - set(columns_of(model)))
        ]
        if table.since and table.since not in columns_of(model):
            found.append(f"{table.model}: since={table.since!r} is no field.")
    return found
