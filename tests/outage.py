"""A database that does not answer, for the length of a test: nobody listens where it should be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
