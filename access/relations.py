"""Standing relations: who may ask, decide or audit for which tenant. They open nothing.

The only module that imports guardian. Grants are not guardian's business: it knows no expiry.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast

from django.db import connections
from django.db.models import Count, QuerySet
from guardian.shortcuts import assign_perm, get_users_with_perms, remove_perm

from access.lock import context
from access.models import Staff, Tenant, TenantRelation
from access.models.directory import CONTROL_ID
from access.residency import CONTROL
from access.scopes import Relation

# How long a quarter's review may take; then what it did not keep is suspended. The database has
# its own copy (lock.confirmed_since).
GRACE: Final = timedelta(days=30)


@dataclass(frozen=True)
class Relations:
    """One person's relations: tenant ids by relation, and the tenants themselves."""

    by_relation: dict[Relation, frozenset[uuid.UUID]] = field(default_factory=dict)
    tenants: dict[uuid.UUID, Tenant] = field(default_factory=dict)

    def has(self, relation: Relation, tenant_id: uuid.UUID) -> bool:
        """Whether the person stands so to the tenant."""
        return tenant_id in self.by_relation.get(relation, frozenset())

    def to(self, relation: Relation) -> list[Tenant]:
        """The tenants the person stands so to, by reference."""
        ids = self.by_relation.get(relation, frozenset())
        return sorted((self.tenants[i] for i in ids), key=lambda tenant: tenant.reference)

    def any_to(self, tenant_id: uuid.UUID) -> bool:
        """Whether the person has anything to do with the tenant."""
        return any(tenant_id in ids for ids in self.by_relation.values())

    @property
    def control(self) -> bool:
        """Whether the person may ask for anything of the control plane's own entry."""
        return self.has(Relation.MAY_ASK, CONTROL_ID)

    @property
    def ask(self) -> list[Tenant]:
        """The tenants the person may ask for."""
        return self.to(Relation.MAY_ASK)

    @property
    def decide(self) -> list[Tenant]:
        """The tenants the person may decide for."""
        return self.to(Relation.MAY_DECIDE)

    @property
    def audit(self) -> list[Tenant]:
        """The tenants the person may audit."""
        return self.to(Relation.MAY_AUDIT)


def give(person: Staff, relation: Relation, tenant: Tenant) -> None:
    """Let the person stand so to the tenant. Needs a role that may write relations."""
    assign_perm(f"access.{relation.value}", person, tenant)


def take(person: Staff, relation: Relation, tenant: Tenant) -> None:
    """End the relation."""
    remove_perm(f"access.{relation.value}", person, tenant)


def of(person: Staff) -> Relations:
    """All relations of a person, in one statement."""
    rows = TenantRelation.objects.filter(user_id=person.pk).select_related(
        "permission", "content_object"
    )
    by_relation: dict[Relation, set[uuid.UUID]] = {}
    tenants: dict[uuid.UUID, Tenant] = {}
    for row in rows:
        by_relation.setdefault(Relation(row.permission.codename), set()).add(row.content_object_id)
        tenants[row.content_object_id] = row.content_object
    return Relations({r: frozenset(ids) for r, ids in by_relation.items()}, tenants)


def people_who(relation: Relation, tenant: Tenant) -> list[Staff]:
    """The active people who stand so to the tenant, by name."""
    people = cast(
        QuerySet[Staff],
        get_users_with_perms(
            tenant,
            only_with_perms_in=[relation.value],
            with_superusers=False,
            with_group_users=False,
        ),
    )
    return list(people.filter(is_active=True).order_by("name"))


def still_decide(tenant: Tenant, voter_ids: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those of the voters who may decide for the tenant now and whose account is live."""
    able = {person.pk for person in people_who(Relation.MAY_DECIDE, tenant)}
    return frozenset(voter for voter in voter_ids if voter in able)


def standing_counts() -> dict[str, int]:
    """How many relations of each kind there are, by their words: "may ask" and so on."""
    rows = (
        TenantRelation.objects.order_by()
        .values_list("permission__codename")
        .annotate(number=Count("id"))
    )
    found = dict(rows)
    return {relation.label: found.get(relation.value, 0) for relation in Relation}


def confirmed(tenant: Tenant) -> dict[tuple[Relation, uuid.UUID], datetime]:
    """When each relation to the tenant that counts was given, last kept, or restored."""
    rows = TenantRelation.objects.filter(content_object_id=tenant.pk).values_list(
        "permission__codename", "user_id", "confirmed_at"
    )
    return {(Relation(codename), staff): at for codename, staff, at in rows}


@dataclass(frozen=True)
class Suspended:
    """A relation that no review kept in time: it counts for nothing until it is restored."""

    staff_id: uuid.UUID
    tenant_id: uuid.UUID
    relation: Relation
    confirmed_at: datetime


def suspended(
    *, tenant_id: uuid.UUID | None = None, staff_id: uuid.UUID | None = None
) -> list[Suspended]:
    """The suspended relations, of one tenant or person where one is named; oldest first."""
    with connections[CONTROL].cursor() as cursor:
        cursor.execute(
            "select staff_id, tenant_id, relation, confirmed_at from lock.suspended_relations()"
            " where tenant_id = coalesce(%s, tenant_id) and staff_id = coalesce(%s, staff_id)",
            [tenant_id, staff_id],
        )
        return [
            Suspended(staff, tenant, Relation(relation), at)
            for staff, tenant, relation, at in cursor.fetchall()
        ]


def in_control(by: Staff, session: str) -> AbstractContextManager[object]:
    """A signed context in the control plane, to write to relations: the one that is open there,
    or one of its own, which commits before what is around it."""
    if context.current().region == CONTROL:
        return nullcontext()
    return context.opened(CONTROL, by=by, session=session)
