"""Questions to PostgreSQL's own catalogues: who could go round the lock, and where it is missing.

Every role may ask them, so the monitor needs no right that it would then have to report.
"""

from __future__ import annotations

from typing import Final

from django.db import connections

from access.residency import CONTROL
from access.standing.findings import Finding

ROLES: Final = ("rooms_web", "rooms_device", "rooms_worker", "rooms_auditor")

_POWERS: Final = """
    select rolname || ' ' || power
    from pg_roles, lateral (values
        ('is superuser', rolsuper), ('bypasses row security', rolbypassrls),
        ('makes roles', rolcreaterole), ('makes databases', rolcreatedb),
        ('replicates', rolreplication)) held (power, has)
    where has and rolname = any(%s) order by 1
"""
_MEMBERS: Final = """
    select member::regrole::text || ' is a member of ' || roleid::regrole::text
    from pg_auth_members
    where member = any(select oid from pg_roles where rolname = any(%s)) order by 1
"""
_OWNED: Final = """
    select relowner::regrole::text || ' owns ' || oid::regclass::text
    from pg_class
    where relkind in ('r', 'p', 'v', 'm') and relowner::regrole::text = any(%s) order by 1
"""
# Partitions are reached through their parent; nobody holds a right to one.
_OPEN_TABLES: Final = """
    select c.relname from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not (c.relrowsecurity and c.relforcerowsecurity)
    order by 1
"""
_LOCKED_TABLES: Final = """
    select count(*) from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
"""
# A policy for staff pages that asks the lock nothing would open a table to everybody signed in.
# Votes, messages, leaves, steps and rings follow their request, event, case or wave, whose own
# policy asks.
_LOOSE_POLICIES: Final = """
    select polrelid::regclass::text || ' by ' || polname from pg_policy
    where 'rooms_web'::regrole = any(polroles)
      and coalesce(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
          !~ ('lock[.]|EXISTS [(] SELECT.*FROM'
              ' (access_(accessrequest|auditevent)|diagnostics_(case|wave)) ')
    order by 1
"""
_PUBLIC: Final = """
    select c.oid::regclass::text || ' to everybody' from pg_class c, aclexplode(c.relacl) a
    where a.grantee = 0 and c.relnamespace in ('public'::regnamespace, 'lock'::regnamespace)
    order by 1
"""


def _column(alias: str, question: str, names: list[str] | None = None) -> list[str]:
    with connections[alias].cursor() as cursor:
        cursor.execute(question, [names] if names else None)
        return [str(row[0]) for row in cursor.fetchall()]


def roles(alias: str, where: str) -> list[Finding]:
    """No process role has a power, a membership or a table of its own."""
    names = list(ROLES)
    return [
        Finding.of(where, "Powers of roles", _column(alias, _POWERS, names),
                   "No process role is superuser, bypasses row security or makes roles."),
        Finding.of(where, "Memberships", _column(alias, _MEMBERS, names),
                   "No process role is a member of another role."),
        Finding.of(where, "Ownership", _column(alias, _OWNED, names),
                   "No process role owns a table, and so none can switch its lock off."),
    ]  # fmt: skip


def lock(alias: str, where: str) -> list[Finding]:
    """Every table of a region that holds rows of tenants stands under the lock."""
    if alias == CONTROL:
        return []
    number = _column(alias, _LOCKED_TABLES)[0]
    loose = _column(alias, _LOOSE_POLICIES)
    return [
        Finding.of(where, "Row security", _column(alias, _OPEN_TABLES),
                   f"On and forced for all {number} tables with rows of tenants."),
        Finding.of(where, "Policies", loose,
                   "Every policy for staff pages asks the lock."),
        Finding.of(where, "Rights for everybody", _column(alias, _PUBLIC),
                   "No table is open to every role."),
    ]  # fmt: skip
