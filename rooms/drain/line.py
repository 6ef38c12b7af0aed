"""One region's connection as the worker uses it: plain rows, arrays bound on the server."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import psycopg
from django.db import transaction
from psycopg.types import datetime as times

from access.backend.connect import connection_of


class Line:
    """Statements of one region, inside the transaction that its caller has opened.

    Values are bound on the server: a batch has tens of thousands of them, and spelling each into
    the text of a statement takes longer than the statement. Lists become arrays.
    """

    def __init__(self, region: str) -> None:
        self.region = region
        connection = connection_of(region)
        # Errors as Django's own, and a connection that broke is not used again.
        self._as_django = connection.wrap_database_errors
        self._connection: psycopg.Connection[Any] = connection.connection

    def _run(self, statement: str, values: Sequence[Any]) -> psycopg.Cursor[Any]:
        cursor = psycopg.Cursor(self._connection)
        # Ours is set to UTC, so psycopg's own reader of times serves, and is ten times as fast.
        cursor.adapters.register_loader("timestamptz", times.TimestamptzLoader)
        given = [array(value) if isinstance(value, list) else value for value in values]
        return cursor.execute(statement.encode(), given)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows that a statement answers with."""
        with self._as_django, self._run(statement, values) as cursor:
            return cursor.fetchall()

    def run(self, statement: str, *values: Any) -> int:
        """How many rows a statement has changed."""
        with self._as_django, self._run(statement, values) as cursor:
            return cursor.rowcount

    def now(self) -> datetime:
        """The database's time."""
        moment: datetime = self.rows("select lock.now()")[0][0]
        return moment


@contextmanager
def working(region: str) -> Iterator[Line]:
    """A transaction of the worker on the open region. OperationalError when it waits too long.

    People lock an incident and then its room; the worker locks rooms first. It gives way before
    PostgreSQL looks for a deadlock after one second and ends one of the two, whichever.
    """
    with transaction.atomic(using=region):
        line = Line(region)
        line.rows("select set_config('lock_timeout', '900ms', true)")
        yield line


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# How an element is spelled in an array's text, by its type; a text may need quotes.
SPELLED: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (str, _quoted),
    (uuid.UUID, str),
    (datetime, datetime.isoformat),
    (date, date.isoformat),
    (bytes, lambda value: f'"\\\\x{value.hex()}"'),
    (int, lambda value: str(int(value))),  # also a truth: 1 and 0 are boolean to PostgreSQL
)


def array(values: Sequence[Any]) -> str:
    """A list as the text of an array. All of one type, or None; TypeError for any other.

    psycopg spells arrays too, element by element, which takes as long as all else in a batch.
    """
    first = next((value for value in values if value is not None), "")
    spell = next((spell for kind, spell in SPELLED if isinstance(first, kind)), None)
    if spell is None:
        raise TypeError(f"There is no array of {type(first).__name__}.")
    return "{" + ",".join("NULL" if value is None else spell(value) for value in values) + "}"


@dataclass(frozen=True)
class Sheet:
    """A table that rows are put into by key: the columns with their types, and what names a row.

    `kept` are columns that a row keeps once it stands; `made` gets a fresh id where none stood.
    """

    table: str
    columns: dict[str, str]
    key: tuple[str, ...]
    kept: tuple[str, ...] = ()
    made: bool = True

    @property
    def statement(self) -> str:
        """One upsert of any number of rows."""
        names = ", ".join(self.columns)
        changes = ", ".join(
            f"{name} = excluded.{name}"
            for name in self.columns
            if name not in self.key and name not in self.kept
        )
        made = ("id, ", "gen_random_uuid(), ") if self.made else ("", "")
        return (
            f"insert into {self.table} ({made[0]}{names}) select {made[1]}{names}"  # noqa: S608 - ours
            f" from {unnested(self.columns)}"
            f" on conflict ({', '.join(self.key)}) do update set {changes}"
        )

    def put(self, line: Line, rows: Sequence[Sequence[Any]]) -> int:
        """Insert or update; each key once. No row, no statement."""
        return line.run(self.statement, *columns_of(rows)) if rows else 0


def unnested(columns: dict[str, str], name: str = "v") -> str:
    """Arrays of those types, bound in that order, as the table `name`."""
    arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    return f"unnest({arrays}) as {name}({', '.join(columns)})"


def columns_of(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Rows turned round: one list a column, ready to be bound as arrays."""
    return [list(column) for column in zip(*rows, strict=True)]
