"""Sign the context of a transaction and hand it to the database.

`opened()` opens a region, begins its transaction and names who acts, on which tenant, with
which claims and under which audit event. The database believes nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from django.conf import settings
from django.db import transaction

from access import residency
from access.backend.connect import connection_of

if TYPE_CHECKING:
    from access.models import Staff, Tenant

# Longer than any page may take (the web role's statement timeout is 15 s), shorter than a break.
LIFETIME_SECONDS = 60

_current: ContextVar[Context | None] = ContextVar("signed_context", default=None)


class NoContext(RuntimeError):
    """Something needs a signed context and none is open."""


@dataclass(frozen=True)
class Context:
    """Who acts here, on what, under which record."""

    region: str
    actor_id: uuid.UUID
    person_id: uuid.UUID
    actor_label: str
    session: str = ""
    tenant: Tenant | None = None
    room_id: uuid.UUID | None = None
    claims: tuple[str, ...] = ()
    event_id: uuid.UUID | None = None

    def token(self) -> str:
        """The signed text for this connection, good for LIFETIME_SECONDS of database time."""
        connection = connection_of(self.region)
        key = settings.LOCK_KEYS[self.region].signing()
        fields = [
            "2",
            key.kid,
            self.region,
            self.actor_id,
            self.person_id,
            self.session,
            self.tenant.pk if self.tenant else "",
            self.room_id or "",
            ",".join(self.claims),
            self.event_id or "",
            connection.backend_pid,
            f"{connection.database_epoch() + LIFETIME_SECONDS:.3f}",
        ]
        text = "|".join(str(field) for field in fields)
        if text.count("|") != len(fields) - 1:
            raise ValueError("A context field contains a separator.")
        return f"{text}|{key.sign(text)}"


def run_with_token(
    region: str, statement: str, parameters: list[object]
) -> list[tuple[object, ...]]:
    """Run a statement that carries a token, bound on the server.

    Django binds on the client, which would show the token in pg_stat_activity to every session
    of the same role; with a server-side cursor only "$1" is seen.
    """
    connection = connection_of(region)
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


@contextmanager
def opened(
    region: str,
    *,
    by: Staff,
    session: str = "",
    tenant: Tenant | None = None,
    room_id: uuid.UUID | None = None,
    claims: Iterable[str] = (),
    event_id: uuid.UUID | None = None,
) -> Iterator[Context]:
    """Open the region in one transaction, under a signed context.

    It is always the outermost transaction of the region: a context that began inside another
    one would end with a savepoint and leave the earlier one in force.
    """
    context = Context(
        region=region,
        actor_id=by.pk,
        person_id=by.person_id,
        actor_label=by.name,
        session=session,
        tenant=tenant,
        room_id=room_id,
        claims=tuple(claims),
        event_id=event_id,
    )
    with residency.region(region), transaction.atomic(using=region, durable=True):
        run_with_token(
            region, "select set_config('lock.context', %s, true) is not null", [context.token()]
        )
        mark = _current.set(context)
        try:
            yield context
        finally:
            _current.reset(mark)


def current() -> Context:
    """The open context; NoContext when there is none."""
    context = _current.get()
    if context is None:
        raise NoContext("Open a signed context first: with context.opened(...): ...")
    return context
