"""Ways into a region for a request: with what the person's standing relations let them claim.

The gate enters for pages of tenant data; the views of requests, grants and stops enter here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404

from access import audit, policy
from access.lock import context
from access.models import Tenant
from access.models.directory import CONTROL_ID, TenantState
from access.personnel import Personnel
from access.relations import Relations
from access.residency import CONTROL, region_of
from access.scopes import Relation

if TYPE_CHECKING:
    from access.http import HttpRequest
    from access.policy import Policy


def tenant_or_404(request: HttpRequest, reference: str) -> Tenant:
    """The tenant of a URL, if the person has anything to do with it.

    An unknown reference and one that is not theirs give the same 404, and both are recorded.
    """
    relations: Relations = request.relations
    for tenant in relations.tenants.values():
        if tenant.reference == reference and tenant.state != TenantState.GONE:
            request.tenant_in_hand = tenant
            return tenant
    audit.record_control(
        "reference.unknown",
        by=request.user,
        outcome="refused",
        request=request,
        detail={"kind": "tenant"},
    )
    raise Http404("No such tenant.")


def claims_for(relations: Relations, tenants: list[Tenant]) -> list[str]:
    """What the person's relations let them claim about these tenants."""
    return [
        f"{relation.value}:{tenant.pk}"
        for tenant in tenants
        for relation in Relation
        if relations.has(relation, tenant.pk)
    ]


def planes_of(relations: Relations) -> tuple[str, ...]:
    """Where a person's requests and grants may stand: the regions, and the control plane for
    those who have a part in it."""
    regions = tuple(settings.PORTAL_REGIONS)
    return (*regions, CONTROL) if relations.any_to(CONTROL_ID) else regions


def entered(
    request: HttpRequest,
    tenant: Tenant,
    *,
    step_up: tuple[str, uuid.UUID] | None = None,
) -> AbstractContextManager[context.Context]:
    """Enter the tenant's region to work on requests and grants.

    `step_up` names the act and the thing that a fresh second factor was just given for.
    """
    claims = claims_for(request.relations, [tenant])
    if step_up is not None:
        claims.append(f"step_up:{step_up[0]}:{step_up[1]}")
    return context.opened(
        region_of(tenant),
        by=request.user,
        session=audit.session_mark(request),
        tenant=tenant,
        claims=claims,
    )


@contextmanager
def entered_region(
    request: HttpRequest,
    region: str,
    *relations: Relation,
    stop: bool = False,
    halt: bool = False,
) -> Iterator[context.Context]:
    """Enter a region for lists across the tenants that the person stands so to.

    `stop` claims the emergency stop, which only approvers may; `halt` that of the remediation
    queue, which whoever may ask or decide for any tenant may place.
    """
    standing: Relations = request.relations
    claims = [
        f"{relation.value}:{tenant.pk}"
        for relation in relations
        for tenant in standing.to(relation)
        if tenant.region == region
    ]
    if stop and standing.decide:
        claims.append("stop")
    if halt and (standing.ask or standing.decide):
        claims.append("halt")
    with context.opened(
        region, by=request.user, session=audit.session_mark(request), claims=claims
    ) as opened:
        yield opened


def qualified(request: HttpRequest) -> tuple[Personnel, Policy]:
    """The person with their certificates, and the policy in force: what rules judge by."""
    return Personnel.of(request.user), policy.current()
