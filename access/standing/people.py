"""Questions about people: flags that would be privileges, and grants that would not end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import connections

from access.lock import context
from access.models import Grant, Staff, Tenant
from access.models.directory import TenantState
from access.relations import standing_counts
from access.residency import CONTROL
from access.scopes import SCOPES, Relation, Scope
from access.standing.findings import Finding, State
from access.states import GrantState

CONTROL_PLANE: Final = "Control plane"
# Permissions of Django's own that would count without a grant. Nothing of ours writes them.
_PERMISSION_TABLES: Final = (
    "access_staff_user_permissions",
    "auth_group_permissions",
    "guardian_userobjectpermission",
    "guardian_groupobjectpermission",
)


def flags() -> list[Finding]:
    """Nobody is marked as an administrator, and no permission stands outside of the relations."""
    with connections[CONTROL].cursor() as cursor:
        held = []
        for table in _PERMISSION_TABLES:
            cursor.execute(f"select count(*) from {table}")  # noqa: S608 - our own list of names
            count = cursor.fetchone()[0]
            if count:
                held.append(f"{count} rows in {table}")
    marked = [
        str(pk) for pk in Staff.objects.filter(is_superuser=True).values_list("pk", flat=True)
    ]
    people = Staff.objects.count()
    relations = ", ".join(f"{number} {words}" for words, number in standing_counts().items())
    return [
        Finding.of(CONTROL_PLANE, "Administrators", marked,
                   f"None of {people} people is marked as superuser; the database refuses it."),
        Finding.of(CONTROL_PLANE, "Permissions", held,
                   "No permission is held by a person or a group."),
        Finding(CONTROL_PLANE, "Standing relations", State.GOOD,
                f"{relations}. A relation says who may take which part; it opens nothing."),
    ]  # fmt: skip


def overseen(alias: str) -> list[Tenant]:
    """The tenants of a region whose grants the monitor looks at."""
    return list(Tenant.objects.filter(region=alias).exclude(state=TenantState.GONE)[:200])


def claims(tenants: Iterable[Tenant]) -> list[str]:
    """What lets the monitor see grants, and nothing that they open."""
    return [f"{Relation.MAY_AUDIT.value}:{tenant.pk}" for tenant in tenants]


def grants_of(alias: str, monitor: Staff) -> list[Grant]:
    """The newest grants of the region's tenants, live or not."""
    with context.opened(alias, by=monitor, claims=claims(overseen(alias))):
        return list(Grant.objects.order_by("-created_at")[:2000])


def lengths(where: str, grants: list[Grant]) -> Finding:
    """Each grant in use ends, and no later than its widest scope allows."""
    live = [grant for grant in grants if grant.state == GrantState.ACTIVE]
    too_long = [
        grant.reference
        for grant in live
        if grant.starts_at is None
        or grant.ends_at is None
        or grant.ends_at - grant.starts_at
        > min(SCOPES[Scope(scope)].maximum for scope in grant.scopes)
    ]
    number = "1 grant is" if len(live) == 1 else f"{len(live)} grants are"
    return Finding.of(
        where,
        "Grants in use",
        too_long,
        f"{number} in use; each ends within what its scopes allow.",
    )
