"""Connections of an attacker who runs any SQL as a process role, and contexts to run it under."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import psycopg
from django.conf import settings
from psycopg import errors

from access.lock.keys import SigningKey

# What refusal looks like: a broken context, a privilege or policy, and what has no such privilege.
NO_CONTEXT = errors.InvalidAuthorizationSpecification
REFUSED = errors.InsufficientPrivilege

OUTSIDE_OF_TRANSACTIONS = [
    ["create", "database"],
    ["alter", "system"],
    ["create", "subscription"],
    ["vacuum", "full"],
]


@dataclass(frozen=True)
class Token:
    """The fields of a signed context, to be signed rightly or wrongly."""

    pid: int
    actor: uuid.UUID
    tenant: uuid.UUID | None = None
    event: uuid.UUID | None = None
    room: uuid.UUID | None = None
    claims: tuple[str, ...] = ()
    region: str = "eu"
    expires_in: float = 60
    person: uuid.UUID | None = None
    session: str = "attack"
    version: str = "2"
    kid: str = ""

    def fields(self) -> list[str]:
        """The twelve fields that are signed."""
        values = [
            self.version,
            self.kid or settings.LOCK_KEYS[self.region].signing().kid,
            self.region,
            self.actor,
            self.person or self.actor,
            self.session,
            self.tenant or "",
            self.room or "",
            ",".join(self.claims),
            self.event or "",
            self.pid,
            f"{time.time() + self.expires_in:.3f}",
        ]
        return [str(value) for value in values]

    def signed(self, key: SigningKey | None = None) -> str:
        """The text with its MAC, by the region's key or by another."""
        text = "|".join(self.fields())
        return f"{text}|{(key or settings.LOCK_KEYS[self.region].signing()).sign(text)}"

    def but(self, **changes: object) -> Token:
        """The same context with something else in it."""
        return replace(self, **changes)


@dataclass
class Attacker:
    """One connection of one role. Everything is rolled back; nothing of it is Django's."""

    line: psycopg.Connection
    pids: list[int] = field(default_factory=list)

    @property
    def pid(self) -> int:
        """The backend that serves the connection."""
        return self.line.info.backend_pid

    def set(self, text: str) -> None:
        """Put a text where the lock looks for its context, in the transaction that is open."""
        self.line.execute("select set_config('lock.context', %s, true)", [text])

    def rows(self, statement: str, *values: object) -> list[tuple]:
        """What the database gives out."""
        return self.line.execute(statement, values).fetchall()

    def one(self, statement: str, *values: object) -> object:
        """The first value of the first row."""
        return self.rows(statement, *values)[0][0]

    @contextmanager
    def under(self, token: Token | str) -> Iterator[psycopg.Connection]:
        """A transaction under a context, rolled back at its end."""
        with self.line.transaction(force_rollback=True):
            self.set(token if isinstance(token, str) else token.signed())
            yield self.line

    def gets_away_with(self, statement: str, token: Token) -> str | None:
        """What came of a statement that was not refused; None for one that was.

        Refused is: no privilege, no valid context, or a feature that PostgreSQL itself shuts.
        """
        try:
            if statement.split()[0:2] in OUTSIDE_OF_TRANSACTIONS:
                self.line.execute(statement)
            else:
                with self.under(token) as line:
                    line.execute(statement)
        except (REFUSED, NO_CONTEXT, errors.FeatureNotSupported):
            return None
        except psycopg.Error as other:
            return f"{statement}: {other}"
        return f"{statement}: done"

    def survivors(self, statements: list[str], token: Token) -> list[str]:
        """The statements that were not refused, with what came of them."""
        tried = (self.gets_away_with(statement, token) for statement in statements)
        return [found for found in tried if found]

    @contextmanager
    def committing(self, token: Token) -> Iterator[psycopg.Connection]:
        """A transaction under a context that commits."""
        with self.line.transaction():
            self.set(token.signed())
            yield self.line
