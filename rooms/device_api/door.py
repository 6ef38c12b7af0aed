"""Ask the functions of the schema `device`, which are all that this process may do.

Straight to the driver: prepared statements on connections that stay open, one round trip each.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import InterfaceError, OperationalError
from psycopg import Cursor
from psycopg import OperationalError as ConnectionLost
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn

from access.backend.base import DatabaseWrapper
from access.backend.connect import connection_of

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Statement:
    """A statement so frequent that the driver's conversions would cost more than it does.

    It returns one row; its parameters are $1, $2 and so on. `name` is its own on a connection.
    """

    name: bytes
    text: bytes


class _Lines(threading.local):
    """This thread's connections by region. Django's own look-up costs more than our checks."""

    def __init__(self) -> None:
        self.wrappers: dict[str, DatabaseWrapper] = {}
        self.latest: DatabaseWrapper | None = None
        self.prepared: dict[str, tuple[PGconn, set[bytes]]] = {}


_lines: Final = _Lines()


def line(region: str) -> DatabaseWrapper:
    """This thread's open connection to a region. OperationalError when it does not answer."""
    wrapper = _lines.wrappers.get(region)
    if wrapper is None or wrapper.connection is None:
        wrapper = _lines.wrappers[region] = connection_of(region)
    _lines.latest = wrapper
    return wrapper


def ask(region: str, statement: str, values: Sequence[Any]) -> Row | None:
    """The first row that the statement returns, or None. Its own transaction, if none is open.

    Raises Django's OperationalError or InterfaceError when the region's database is away.
    """
    wrapper = line(region)
    try:
        with wrapper.wrap_database_errors:
            cursor = Cursor(wrapper.connection)  # Django's own would bind on our side
            row: Row | None = cursor.execute(statement, values, prepare=True).fetchone()
    except (OperationalError, InterfaceError):
        wrapper.close()  # the next request connects anew
        raise
    return row


def ask_plainly(region: str, statement: Statement, values: Sequence[bytes]) -> list[bytes | None]:
    """Its row, with values as PostgreSQL spells them, both ways: one call of libpq and no more.

    Never within a transaction, which the driver would have to begin. Raises as `ask` does.
    """
    wrapper = line(region)
    try:
        with wrapper.wrap_database_errors:
            pg = _prepared(region, wrapper.connection.pgconn, statement)
            result = pg.exec_prepared(statement.name, values)
            if result.status != ExecStatus.TUPLES_OK:
                if pg.status == ConnStatus.BAD:
                    raise ConnectionLost("The connection is lost.")
                raise error_from_result(result)
            return [result.get_value(0, at) for at in range(result.nfields)]
    except (OperationalError, InterfaceError):
        wrapper.close()
        raise


def _prepared(region: str, pg: PGconn, statement: Statement) -> PGconn:
    """This connection, with the statement prepared on it."""
    known = _lines.prepared.get(region)
    if known is None or known[0] is not pg:
        known = _lines.prepared[region] = (pg, set())
    if statement.name not in known[1]:
        result = pg.prepare(statement.name, statement.text)
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)
        known[1].add(statement.name)
    return pg


def service_time(region: str) -> float:
    """Seconds since 1970 by the region's clock, carried forward by this connection.

    Signatures are judged by it and `Date` tells it, so that a device which follows `Date` is
    right. OperationalError when the database does not answer.
    """
    return line(region).database_epoch()


def told_time() -> float:
    """The same for `Date`, of the region asked last; this machine's clock before any was."""
    latest = _lines.latest
    if latest is None or latest.connection is None:
        return time.time()
    return latest.database_epoch()
