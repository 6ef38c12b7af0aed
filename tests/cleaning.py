"""Removing what a test wrote: one look at all tables of a database, then only at filled ones.

What migrations and provisioning wrote stays.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

# Partitions are emptied through their parents.
TABLES = """
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition
      and (n.nspname in ('public', 'device')
           or (n.nspname = 'lock' and c.relname in ('staged', 'delivery')))
      and c.relname not in ('django_migrations', 'django_content_type', 'auth_permission')
      and c.relname not like '%head'
    order by 1, 2
"""
# The control plane's own entry came with a migration.
KEPT = {"access_tenant": sql.SQL(" where region <> 'default'")}
# An empty log has an empty head.
HEAD = """
    update {} set size = 0, root = sha256(''), peaks = '{{}}', check_problem = '', checked_at = null
    where size <> 0 or check_problem <> '' or checked_at is not null
"""

Name = tuple[str, str]
_looks: dict[str, tuple[list[Name], sql.Composed]] = {}


def clean(line: psycopg.Connection) -> None:
    """Empty the database that this superuser's connection is to."""
    names, look = _look(line)
    (filled,) = line.execute(look, prepare=True).fetchone() or ([],)
    if filled:
        _empty(line, [names[place] for place in filled])
    control = ("public", "access_controlhead") in _heads(line)
    head = "access_controlhead" if control else "access_regionalhead"
    line.execute(sql.SQL(HEAD).format(sql.Identifier(head)), prepare=True)


def _empty(line: psycopg.Connection, tables: list[Name]) -> None:
    with line.transaction():
        line.execute("set local session_replication_role = replica")  # no guard, no foreign key
        for name in tables:
            line.execute(sql.SQL("delete from {}").format(sql.Identifier(*name)) + _kept(name))


def _look(line: psycopg.Connection) -> tuple[list[Name], sql.Composed]:
    """The tables of the database, and one statement that says which of them hold anything."""
    known = _looks.get(line.info.dbname)
    if known is None:
        names = [(schema, name) for schema, name in line.execute(TABLES).fetchall()]
        parts = [
            sql.SQL("case when exists (select from {}").format(sql.Identifier(*name))
            + _kept(name)
            + sql.SQL(") then {} end").format(sql.Literal(place))
            for place, name in enumerate(names)
        ]
        look = sql.SQL("select array_remove(array[{}]::int[], null)").format(
            sql.SQL(", ").join(parts)
        )
        known = _looks[line.info.dbname] = (names, look)
    return known


def _heads(line: psycopg.Connection) -> set[Name]:
    found = line.execute(
        "select schemaname, tablename from pg_tables where tablename = 'access_controlhead'",
        prepare=True,
    )
    return set(found.fetchall())


def _kept(name: Name) -> sql.Composable:
    return KEPT.get(name[1], sql.SQL(""))
