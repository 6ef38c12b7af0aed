"""A database that does not answer, for the length of a test; and processes that have died."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connections

NOBODY_LISTENS = "1"


@contextmanager
def down(*aliases: str) -> Iterator[None]:
    """These databases do not answer."""
    ports = {alias: connections[alias].settings_dict["PORT"] for alias in aliases}
    for alias in aliases:
        connections[alias].close()
        connections[alias].settings_dict["PORT"] = NOBODY_LISTENS
    try:
        yield
    finally:
        for alias, port in ports.items():
            connections[alias].close()
            connections[alias].settings_dict["PORT"] = port


def wait_until_gone(behind: psycopg.Connection, role: str = "rooms_worker") -> None:
    """Until the database has ended the sessions of a killed process, and let go of their locks.

    A moment passes before it notices. Our own sessions of that role must be closed.
    """
    sessions = "select count(*) from pg_stat_activity where usename = %s"
    sessions += " and datname = current_database()"  # other tests share the server
    until = time.monotonic() + 60
    while behind.execute(sessions, [role]).fetchone() != (0,):
        assert time.monotonic() < until, "the session of a dead process stays"
        time.sleep(0.02)
