"""The roles and databases of Rooms Ops in one PostgreSQL, as a superuser makes them.

The demo and the tests both build on this, so that both run with the real roles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from portal.demo.trouble import Trouble

ROLES = ("rooms_owner", "rooms_web", "rooms_device", "rooms_worker", "rooms_auditor")
OWNER = "rooms_owner"
REGIONS = ("eu", "apac", "us")
ALIASES = ("default", *REGIONS)
DATABASES = {"default": "rooms_control", "eu": "rooms_eu", "apac": "rooms_apac", "us": "rooms_us"}
ROLES_SQL = Path(__file__).resolve().parents[2] / "access/lock/roles.sql"

# written on a database while we make it and when it is done, so that a half-made one is known
BEGUN = "Rooms Ops: being made"
DONE = "Rooms Ops: complete"


@dataclass
class Cluster:
    """One server with our roles: connection strings, and what a superuser does with them."""

    superuser_url: str = field(repr=False)
    passwords: dict[str, str] = field(repr=False)
    databases: dict[str, str] = field(default_factory=lambda: dict(DATABASES))

    def url(self, alias: str, role: str) -> str:
        """The connection string of one role into the database of one alias."""
        return as_role(self.superuser_url, role, self.passwords[role], self.databases[alias])

    def urls(self, role: str) -> dict[str, str]:
        """DATABASE_URL_* for a process that logs in as this role."""
        return {f"DATABASE_URL_{alias.upper()}": self.url(alias, role) for alias in self.databases}

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """The superuser's connection; databases are made outside of transactions, so autocommit."""
        return psycopg.connect(
            into(self.superuser_url, database), autocommit=True, connect_timeout=10
        )

    def make_roles(self) -> None:
        """Make the roles, and give them our passwords. Only the passwords' verifiers travel."""
        with self.connect() as line:
            line.execute(ROLES_SQL.read_bytes())
            for role, password in self.passwords.items():
                verifier = line.pgconn.encrypt_password(
                    password.encode(), role.encode(), b"scram-sha-256"
                ).decode()
                line.execute(
                    sql.SQL("alter role {} password {}").format(sql.Identifier(role), verifier)
                )

    def close_the_server(self) -> None:
        """Nobody but the superuser enters the databases that PostgreSQL brings along."""
        with self.connect() as line:
            for name in ("postgres", "template1"):
                line.execute(f"revoke connect, temporary on database {name} from public")

    def make_database(self, name: str, template: str = "template0") -> None:
        """Make one database that the owner role owns and only our roles may enter."""
        database, owner = sql.Identifier(name), sql.Identifier(OWNER)
        with self.connect() as line:
            if not is_superuser(line):
                line.execute(sql.SQL("grant {} to current_user").format(owner))
            line.execute(
                sql.SQL("create database {} template {} owner {}").format(
                    database, sql.Identifier(template), owner
                )
            )
            line.execute(sql.SQL("comment on database {} is {}").format(database, BEGUN))
            line.execute(
                sql.SQL("revoke connect, temporary on database {} from public").format(database)
            )
            roles = sql.SQL(", ").join(map(sql.Identifier, ROLES))
            line.execute(sql.SQL("grant connect on database {} to {}").format(database, roles))
        with self.connect(name) as line:
            line.execute("revoke create on schema public from public")

    def drop_database(self, name: str) -> None:
        """Drop a database, cutting off whoever is connected."""
        with self.connect() as line:
            line.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )

    def note(self, name: str) -> str | None:
        """What is written on a database: BEGUN, DONE or other words; None when there is none."""
        with self.connect() as line:
            row = line.execute(
                "select coalesce(shobj_description(oid, 'pg_database'), '')"
                " from pg_database where datname = %s",
                [name],
            ).fetchone()
        return None if row is None else str(row[0])

    def prepare_databases(self) -> bool:
        """Have all four databases; True when they are new and want data.

        The four belong together: when one is half-made or missing, all of ours are made again.
        """
        notes = {name: self.note(name) for name in self.databases.values()}
        for name, note in notes.items():
            if note not in (None, BEGUN, DONE):
                raise Trouble(
                    f"The server has a database {name} that Rooms Ops did not make.",
                    "Rename it, or let the demo bring its own server: unset PORTAL_PG_URL.",
                )
        if all(note == DONE for note in notes.values()):
            return False
        for name in notes:
            self.drop_database(name)
        for name in notes:
            self.make_database(name)
        return True

    def databases_are_complete(self) -> None:
        """Write on the databases that they are whole: migrated and filled."""
        with self.connect() as line:
            for name in self.databases.values():
                line.execute(
                    sql.SQL("comment on database {} is {}").format(sql.Identifier(name), DONE)
                )

    def drop_all(self) -> None:
        """Drop the databases that we made, and no other."""
        for name in self.databases.values():
            if self.note(name) in (BEGUN, DONE):
                self.drop_database(name)


def is_superuser(line: psycopg.Connection) -> bool:
    """Whether the connection may do everything."""
    return line.info.parameter_status("is_superuser") == "on"


def into(url: str, database: str) -> str:
    """The same connection string, into another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(database)}"))


def as_role(url: str, role: str, password: str, database: str) -> str:
    """The same server, as another role and into another database."""
    address = urlsplit(url).netloc.rpartition("@")[2]
    netloc = f"{quote(role)}:{quote(password, safe='')}@{address}"
    return into(urlunsplit(urlsplit(url)._replace(netloc=netloc)), database)
