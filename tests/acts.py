"""Requests and grants at the state a test wants, walked there through the real actions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta

from access import policy, relations
from access.actions.grants import start_grant
from access.actions.requests import Ask, submit_request
from access.actions.votes import Ballot, decide_request
from access.lock import context
from access.models import AccessRequest, Grant, Staff, Tenant
from access.models.requests import Decision
from access.personnel import Personnel
from access.purposes import Purpose
from access.residency import region_of
from access.scopes import Relation, Scope

HOUR = timedelta(hours=1)


def entered(
    by: Staff, tenant: Tenant, *claims: str, event_id: uuid.UUID | None = None
) -> context.AbstractContextManager[context.Context]:
    """Enter the tenant's region as that person, with what their relations let them claim."""
    standing = relations.of(by)
    own = [f"{r.value}:{tenant.pk}" for r in Relation if standing.has(r, tenant.pk)]
    return context.opened(
        region_of(tenant),
        by=by,
        session="test",
        tenant=tenant,
        claims=[*own, *claims],
        event_id=event_id,
    )


def ask(
    by: Staff,
    tenant: Tenant,
    *scopes: Scope,
    duration: timedelta = HOUR,
    rooms: Iterable[str] = (),
    purpose: Purpose = Purpose.MITIGATE,
    **more: object,
) -> AccessRequest:
    """A submitted request."""
    with entered(by, tenant):
        return submit_request(
            by=Personnel.of(by),
            standing=relations.of(by),
            policy=policy.current(),
            tenant=tenant,
            ask=Ask(
                scopes=scopes or (Scope.INVENTORY_VIEW,),
                purpose=purpose,
                reason="INC-20931, the front display is dark",
                duration=duration,
                room_references=tuple(rooms),
                **more,
            ),
        )


def vote(
    by: Staff,
    tenant: Tenant,
    request: AccessRequest,
    decision: Decision = Decision.APPROVE,
    *,
    duration: timedelta | None = None,
    scopes: Iterable[Scope] | None = None,
    version: int | None = None,
    reason: str = "Fits the incident",
) -> AccessRequest:
    """A vote by that person, with a fresh second factor claimed."""
    with entered(by, tenant, f"step_up:vote:{request.pk}"):
        stands = AccessRequest.objects.get(pk=request.pk)
        return decide_request(
            by=Personnel.of(by),
            standing=relations.of(by),
            policy=policy.current(),
            tenant=tenant,
            request_id=request.pk,
            ballot=Ballot(
                decision=decision,
                version=stands.version if version is None else version,
                scopes=tuple(scopes or (Scope(s) for s in request.scopes)),
                duration=duration or request.duration,
                reason=reason,
                step_up_method="totp",
            ),
        )


def approved(
    by: Staff, tenant: Tenant, voters: Iterable[Staff], *scopes: Scope, **more: object
) -> Grant:
    """A grant that waits for its start."""
    request = ask(by, tenant, *scopes, **more)
    for voter in voters:
        request = vote(voter, tenant, request)
    with entered(by, tenant):
        return Grant.objects.get(request_id=request.pk)


def start(by: Staff, tenant: Tenant, grant: Grant) -> Grant:
    """The holder starts it."""
    with entered(by, tenant, f"step_up:start:{grant.pk}"):
        return start_grant(
            by=Personnel.of(by),
            policy=policy.current(),
            tenant=tenant,
            grant_id=grant.pk,
            step_up_method="totp",
        )


def granted(
    by: Staff, tenant: Tenant, voters: Iterable[Staff], *scopes: Scope, **more: object
) -> Grant:
    """A grant in use."""
    return start(by, tenant, approved(by, tenant, voters, *scopes, **more))
