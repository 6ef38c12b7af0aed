"""Try to read every table as the staff pages' role, in the ways that must all come to nothing.

Each try runs in a transaction that is rolled back, with a record of its own in it: without one
the lock would refuse for that reason, and the try would prove nothing about grants.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Final

from django.apps import apps
from django.db import DatabaseError, connections, transaction

from access import audit, residency
from access.lock import context
from access.models import Grant, Staff, Tenant
from access.residency import CONTROL, RegionalModel
from access.standing.findings import Finding, State
from access.states import GrantState


class _Undo(Exception):
    """Nothing that a try did is kept."""


# What a grant for the control plane opens there.
OF_CONTROL: Final = (
    "access_controldisclosure",
    "access_controlevent",
    "access_controlleaf",
    "access_policychange",
    "access_relationact",
)


def tables(alias: str) -> list[str]:
    """Every table of a plane that a scope opens; requests and grants have rules of their own and
    are one's own to see."""
    if alias == CONTROL:
        return list(OF_CONTROL)
    return sorted(
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, RegionalModel) and model._meta.app_label != "access"
    )


def answering(alias: str, names: list[str]) -> list[str]:
    """The tables that show any row in the open transaction; a refusal shows none."""
    shown = []
    for name in names:
        try:
            with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
                cursor.execute(f"select exists (select from {name})")  # noqa: S608 - our own tables
                if cursor.fetchone()[0]:
                    shown.append(name)
        except DatabaseError:
            continue
    return shown


def without_context(alias: str) -> list[str]:
    """As injected SQL would, with no signed context at all."""
    shown: list[str] = []
    with suppress(_Undo), residency.region(alias), transaction.atomic(using=alias, durable=True):
        shown = answering(alias, tables(alias))
        raise _Undo
    return shown


def as_somebody(alias: str, who: Staff, tenant: Tenant) -> list[str]:
    """As a page would for this person and tenant, with everything in order but the grant."""
    shown: list[str] = []
    event = uuid.uuid4()
    with suppress(_Undo), context.opened(alias, by=who, tenant=tenant, event_id=event):
        audit.record_view(
            event,
            "standing.tried",
            outcome="closed",
            subject=("tenant", tenant.reference),
            scopes=[],
            grants=[],
        )
        shown = answering(alias, tables(alias))
        raise _Undo
    return shown


def forged(alias: str, who: Staff, tenant: Tenant) -> list[str]:
    """With a context whose tenant was exchanged after it was signed."""
    shown: list[str] = []
    with suppress(_Undo), residency.region(alias), transaction.atomic(using=alias, durable=True):
        signed = context.Context(
            region=alias,
            actor_id=who.pk,
            person_id=who.person_id,
            actor_label=who.name,
            tenant=tenant,
        ).token()
        changed = signed.replace(str(tenant.pk), str(uuid.uuid4()))
        context.run_with_token(
            alias, "select set_config('lock.context', %s, true) is not null", [changed]
        )
        shown = answering(alias, tables(alias))
        raise _Undo
    return shown


def tries(
    alias: str, where: str, monitor: Staff, grants: list[Grant], tenants: list[Tenant]
) -> list[Finding]:
    """All of them, in one region."""
    number = len(tables(alias))
    found = [result(where, "Try without a context", without_context(alias), number)]
    if not tenants:
        return [*found, missing(where, "Try with a signed context", "no tenant is in this region")]
    found += [
        result(where, "Try with a forged context", forged(alias, monitor, tenants[0]), number),
        result(where, "Try without a grant", as_somebody(alias, monitor, tenants[0]), number),
    ]
    return [
        *found,
        expired(alias, where, grants, number),
        foreign(alias, where, grants, tenants, number),
    ]


def expired(alias: str, where: str, grants: list[Grant], number: int) -> Finding:
    """As the holder of the newest grant that has ended, and who has no other one there."""
    name = "Try with a grant that has ended"
    live = {(one.holder_id, one.tenant_id) for one in grants if one.state == GrantState.ACTIVE}
    for grant in grants:
        over = grant.state not in (GrantState.READY, GrantState.ACTIVE)
        if not over or (grant.holder_id, grant.tenant_id) in live:
            continue
        who = Staff.objects.filter(pk=grant.holder_id).first()
        tenant = Tenant.objects.filter(pk=grant.tenant_id).first()
        if who and tenant:
            return result(where, name, as_somebody(alias, who, tenant), number)
    return missing(where, name, "no grant of this region has ended yet")


def foreign(
    alias: str, where: str, grants: list[Grant], tenants: list[Tenant], number: int
) -> Finding:
    """As the holder of a live grant, on a tenant that it is not for."""
    name = "Try with a grant for another tenant"
    live = [grant for grant in grants if grant.state == GrantState.ACTIVE]
    for grant in live:
        theirs = {one.tenant_id for one in live if one.holder_id == grant.holder_id}
        other = next((tenant for tenant in tenants if tenant.pk not in theirs), None)
        who = Staff.objects.filter(pk=grant.holder_id).first()
        if who and other:
            return result(where, name, as_somebody(alias, who, other), number)
    return missing(where, name, "nobody holds a grant in this region just now")


def result(where: str, name: str, shown: list[str], number: int) -> Finding:
    """Good when no table showed a row."""
    return Finding.of(where, name, [f"{table} showed rows" for table in shown],
                      f"None of {number} tables showed a row.")  # fmt: skip


def missing(where: str, name: str, why: str) -> Finding:
    """A try that could not be made."""
    return Finding(where, name, State.NOT_TRIED, f"Not tried: {why}.")
