"""Questions to PostgreSQL's catalogue, asked by the tests of tables, roles and functions."""

from __future__ import annotations

import psycopg

PROCESSES = ("rooms_web", "rooms_device", "rooms_worker", "rooms_auditor")
LETTERS = {
    "SELECT": "r",
    "INSERT": "a",
    "UPDATE": "w",
    "DELETE": "d",
    "TRUNCATE": "D",
    "REFERENCES": "x",
    "TRIGGER": "t",
}

_TABLES = """
    select c.oid, n.nspname || '.' || c.relname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    order by 2
"""

_COLUMNS = """
    select p.privilege, string_agg(a.attname, ',' order by a.attname)
    from pg_attribute a, unnest(array['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p(privilege)
    where a.attrelid = %(table)s and a.attnum > 0 and not a.attisdropped
      and has_column_privilege(%(role)s, a.attrelid, a.attnum, p.privilege)
      and not has_table_privilege(%(role)s, a.attrelid, p.privilege)
    group by p.privilege order by p.privilege
"""


def tables(line: psycopg.Connection) -> dict[int, str]:
    """Every table and view that is ours, by its oid."""
    return {oid: name.removeprefix("public.") for oid, name in line.execute(_TABLES).fetchall()}


def privileges(line: psycopg.Connection, role: str, table: int) -> str:
    """What a role may do to a table, as `\\dp` writes it: "raw", or "r w(state)" by column."""
    letters = "".join(
        letter
        for privilege, letter in LETTERS.items()
        if line.execute(
            "select has_table_privilege(%s, %s::oid, %s)", [role, table, privilege]
        ).fetchone()
        == (True,)
    )
    columns = line.execute(_COLUMNS, {"role": role, "table": table}).fetchall()
    return " ".join([letters, *(f"{LETTERS[name]}({which})" for name, which in columns)]).strip()


def matrix(line: psycopg.Connection) -> dict[str, dict[str, str]]:
    """What each process role may do to each table; a role that may do nothing is left out."""
    found = {}
    for oid, name in tables(line).items():
        rights = {role: privileges(line, role, oid) for role in PROCESSES}
        found[name] = {role: held for role, held in rights.items() if held}
    return found
