"""The tables of wrapped keys, and what their rows say: which key for which class and month."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

from django.db import connections

from diagnostics.kinds import KeyClass
from diagnostics.models.keys import ActivityKey, ContentKey, WrappedKey
from diagnostics.vault.sealing import Place
from diagnostics.vault.wrapping import Label

KeyTable = type[ContentKey] | type[ActivityKey]
TABLES: tuple[KeyTable, ...] = (ContentKey, ActivityKey)


class Destroyed(Exception):
    """The key was destroyed, and with it what it sealed. `at` is when (UTC)."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"This was destroyed on {at:%Y-%m-%d}.")
        self.at = at


def table_of(klass: KeyClass | str) -> KeyTable:
    """The table that holds the keys of a class."""
    return ActivityKey if klass == KeyClass.ACTIVITY else ContentKey


def month_of(klass: KeyClass | str, at: datetime) -> date | None:
    """The month (UTC) whose key seals what is stored then. Words to search for have one key."""
    return None if klass == KeyClass.SEARCH else at.astimezone(UTC).date().replace(day=1)


def label_of(row: WrappedKey, region: str) -> Label:
    """What a row says of its key, which is bound into the wrapping."""
    return Label(
        id=row.pk,
        region=region,
        tenant=row.tenant_id,
        table=row._meta.db_table,
        level=row.level,
        klass=row.klass,
        month=row.month,
        number=row.number,
    )


def place_of(region: str, tenant_id: uuid.UUID, model: type[Any], column: str) -> Place:
    """Where a sealed column stands. Raises FieldDoesNotExist for a name that is none."""
    field = model._meta.get_field(column)
    return Place(region, tenant_id, model._meta.db_table, field.column)


_NEWEST = """
    select * from {table}
    where tenant_id = %s and level = %s and klass = %s and month is not distinct from %s
    order by number desc limit 1 for {lock}
"""


def newest(
    table: KeyTable,
    tenant_id: uuid.UUID,
    level: str,
    klass: str = "",
    month: date | None = None,
    lock: str = "share",
) -> WrappedKey | None:
    """The newest key of a kind, of which nobody takes the bytes away before we are done.

    "share" lets others read and use it as well, "update" does not. The row may have been destroyed
    while we waited for it; then it is read once more, for there may be a newer one.
    """
    if lock not in ("share", "update"):
        raise ValueError("A key is held for share or for update.")
    text = _NEWEST.format(table=table._meta.db_table, lock=lock)
    for _ in range(2):
        found = next(iter(table.objects.raw(text, [tenant_id, level, klass, month])), None)
        if found is None or found.destroyed_at is None:
            break
    return found


def insert_once(row: WrappedKey, region: str) -> bool:
    """Insert a key unless its place is taken; waits for one that is being inserted there."""
    table = type(row)
    columns = [str(field.column) for field in table._meta.concrete_fields]
    values = [getattr(row, field.attname) for field in table._meta.concrete_fields]
    with connections[region].cursor() as cursor:
        cursor.execute(
            f"insert into {table._meta.db_table} ({', '.join(columns)})"  # noqa: S608 -- our model
            f" values ({', '.join(['%s'] * len(columns))}) on conflict do nothing",
            values,
        )
        return bool(cursor.rowcount)
