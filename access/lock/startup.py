"""Refuse to serve when the connection could go round the lock."""

from __future__ import annotations

from django.conf import settings
from django.db import connections

from access.residency import CONTROL


class UnsafeRole(RuntimeError):
    """This process is connected as a role that row security does not bind."""


_QUESTION = """
    select rolname, rolsuper, rolbypassrls,
        exists (select from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p')),
        exists (select from pg_auth_members m where m.member = r.oid)
    from pg_roles r where rolname = current_user
"""


def refuse_unsafe_role() -> None:
    """Raise UnsafeRole when a connection is superuser, bypasses row security, owns tables, or
    is a member of a role that might. Called by every process that serves or works."""
    for alias in (CONTROL, *settings.PORTAL_REGIONS):
        with connections[alias].cursor() as cursor:
            cursor.execute(_QUESTION)
            name, superuser, bypasses, owns, member = cursor.fetchone()
        problems = {
            "is superuser": superuser,
            "bypasses row security": bypasses,
            "owns tables": owns,
            "is a member of another role": member,
        }
        found = [words for words, wrong in problems.items() if wrong]
        if found:
            raise UnsafeRole(
                f"The role {name} on {alias} {' and '.join(found)}. Connect as rooms_web,"
                " rooms_worker, rooms_device or rooms_auditor; see access/lock/roles.sql."
            )
