"""What the owner writes into a database besides its tables: keys, limits, moves, privileges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connections, transaction

from access.lock.operations import SQL
from access.residency import CONTROL
from access.scopes import SCOPES, is_offered
from access.states import GRANT_MOVES, REQUEST_MOVES

if TYPE_CHECKING:
    from collections.abc import Iterable

BLOCK = 64


def pads(secret: bytes) -> tuple[bytes, bytes]:
    """The inner and outer pad of HMAC-SHA-256 (RFC 2104, section 2) for a key of up to 64 bytes."""
    padded = secret.ljust(BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)


def moves() -> Iterable[tuple[str, str, str]]:
    """Every allowed move, from the tables in states.py."""
    for thing, table in (("request", REQUEST_MOVES), ("grant", GRANT_MOVES)):
        for old, allowed in table.items():
            for new in allowed:
                yield thing, str(old), str(new)


def limits(alias: str) -> list[tuple[Any, ...]]:
    """Every scope with its maximum, its votes and whether it can be asked for in this plane."""
    return [
        (s.value, d.maximum, d.votes, is_offered(s, control=alias == CONTROL))
        for s, d in SCOPES.items()
    ]


def provision_control() -> None:
    """Set the privileges of the control plane's tables, and what its lock goes by."""
    with connections[CONTROL].cursor() as cursor:
        cursor.execute((SQL / "control.sql").read_text())
    provision_region(CONTROL)


def provision_region(alias: str) -> None:
    """Write the plane's name, its keys, and the limits and moves that its guards judge by."""
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(
            "insert into lock.setting (name, value) values ('region', %s)"
            " on conflict (name) do update set value = excluded.value",
            [alias],
        )
        live = settings.LOCK_KEYS[alias].keys
        for key in live:
            cursor.execute(
                "insert into lock.key (kid, inner_pad, outer_pad) values (%s, %s, %s)"
                " on conflict (kid) do update set inner_pad = excluded.inner_pad,"
                " outer_pad = excluded.outer_pad, retired_at = null",
                [key.kid, *pads(key.secret)],
            )
        cursor.execute(
            "update lock.key set retired_at = lock.now()"
            " where retired_at is null and not kid = any(%s)",
            [[key.kid for key in live]],
        )
        cursor.execute("delete from lock.scope_limit")
        cursor.executemany(
            "insert into lock.scope_limit (scope, maximum, votes, offered) values (%s, %s, %s, %s)",
            limits(alias),
        )
        cursor.execute("delete from lock.move")
        cursor.executemany(
            "insert into lock.move (thing, old, new) values (%s, %s, %s)", list(moves())
        )
