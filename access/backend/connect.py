"""Our own connection of an alias, ready to be asked for its clock and process id."""

from __future__ import annotations

from typing import cast

from django.db import connections

from access.backend.base import DatabaseWrapper


def connection_of(alias: str) -> DatabaseWrapper:
    """The connection of this thread to an alias, connected."""
    connection = cast(DatabaseWrapper, connections[alias])
    connection.ensure_connection()
    return connection
