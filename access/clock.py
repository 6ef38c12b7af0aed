"""The time, from the database. No decision reads the application server's clock."""

from __future__ import annotations

from datetime import datetime

from django.db import connections

from access.residency import CONTROL


def now(alias: str = CONTROL) -> datetime:
    """The database's time now (UTC). Ask after waiting for a row lock, not before."""
    with connections[alias].cursor() as cursor:
        cursor.execute("select lock.now()")
        moment: datetime = cursor.fetchone()[0]
    return moment
