"""Names of tenants in a list across tenants: each read in its own region, under its own record."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import OperationalError

from access import audit, entrance, personnel
from access.held import HeldGrant
from access.lock import context
from access.models import Tenant
from access.scopes import Scope
from rooms.models import TenantProfile

if TYPE_CHECKING:
    from access.http import HttpRequest

KIND = "view.tenants"
# As many tenants as a list across tenants may open at once.
MOST = 50


def names_under_grants(
    request: HttpRequest, tenants: Iterable[Tenant]
) -> dict[uuid.UUID, tuple[str, HeldGrant]]:
    """The names that grants in use open, with the grant that opens each."""
    opened: dict[uuid.UUID, tuple[Tenant, HeldGrant]] = {}
    for tenant in tenants:
        grant = next(
            (
                held
                for held in request.held_grants
                if held.tenant_reference == tenant.reference
                and Scope.INVENTORY_VIEW.value in held.scopes
            ),
            None,
        )
        if grant and tenant.region in settings.PORTAL_REGIONS and len(opened) < MOST:
            opened[tenant.pk] = (tenant, grant)
    if not opened:
        return {}
    fit = fit_for(request, [tenant for tenant, _ in opened.values()])
    return {
        key: (name, grant)
        for key, (tenant, grant) in opened.items()
        if key in fit and (name := read_name(request, tenant, grant))
    }


def fit_for(request: HttpRequest, tenants: list[Tenant]) -> set[uuid.UUID]:
    """The tenants whose personnel gates the person still passes, judged at every use."""
    person, policy = entrance.qualified(request)
    at = request.held_grants.clock
    if at is None or not personnel.is_fit(person, policy, at):
        return set()
    return {
        tenant.pk
        for tenant in tenants
        if personnel.may_reach(person, policy, tenant, [Scope.INVENTORY_VIEW])
    }


def read_name(request: HttpRequest, tenant: Tenant, grant: HeldGrant) -> str:
    """One name, with the view's record written first; empty when the database opens nothing."""
    session = audit.session_mark(request)
    scopes, subject = [Scope.INVENTORY_VIEW.value], ("tenant", tenant.reference)
    try:
        event_id = audit.view_id(
            tenant.region, request.user, session, KIND, subject, scopes, [grant.reference]
        )
        with context.opened(
            tenant.region, by=request.user, session=session, tenant=tenant, event_id=event_id
        ):
            audit.record_view(
                event_id,
                KIND,
                outcome="opened",
                subject=subject,
                scopes=scopes,
                grants=[grant.reference],
                purpose=grant.purpose,
            )
            profile = TenantProfile.objects.first()
            return profile.name if profile else ""
    except OperationalError:
        return ""
