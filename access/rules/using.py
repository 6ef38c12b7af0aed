"""A grant: who may start it, end it, or end somebody else's."""

from __future__ import annotations

from datetime import datetime

from access.models import Grant, Staff, Tenant
from access.personnel import Personnel
from access.policy import Policy
from access.relations import Relations
from access.rules.asking import may_still_hold
from access.scopes import Relation, Scope
from access.states import GrantState, Owner, may_move_grant
from access.verdict import Allowed, Denied, Verdict


def may_start(
    *,
    person: Personnel,
    relations: Relations,
    policy: Policy,
    tenant: Tenant,
    grant: Grant,
    at: datetime,
) -> Verdict:
    """Whether the holder may start the grant now."""
    if person.staff.pk != grant.holder_id:
        return Denied("Only its holder starts a grant.", "", "not_holder")
    if not may_move_grant(grant.state, GrantState.ACTIVE, Owner.REQUESTER):
        return Denied(
            f"The grant is {grant.get_state_display().lower()}.", "Ask again.", "state", stale=True
        )
    if at >= grant.claim_by:
        return Denied("The grant was not started in time.", "Ask again.", "claim", stale=True)
    if grant.not_before is not None and at < grant.not_before:
        return Denied(
            f"The grant can be started from {grant.not_before:%Y-%m-%d %H:%M} UTC.",
            "Come back then.",
            "scheduled",
        )
    return may_still_hold(
        person=person,
        relations=relations,
        policy=policy,
        tenant=tenant,
        scopes=[Scope(s) for s in grant.scopes],
        at=at,
    )


def may_return(person: Staff, grant: Grant) -> Verdict:
    """Whether the holder may end the grant early."""
    if person.pk != grant.holder_id:
        return Denied("Only its holder ends a grant here.", "", "not_holder")
    return _grant_move(grant, GrantState.RETURNED, Owner.REQUESTER)


def may_revoke(person: Staff, relations: Relations, grant: Grant) -> Verdict:
    """Whether an approver of the tenant may end somebody's grant."""
    if not relations.has(Relation.MAY_DECIDE, grant.tenant_id):
        return Denied("You do not decide for this tenant.", "", "not_decider")
    if person.person_id == grant.holder_person_id:
        return Denied("This grant is yours.", "End it with “End now”.", "own_grant")
    return _grant_move(grant, GrantState.REVOKED, Owner.APPROVER)


def _grant_move(grant: Grant, to: GrantState, owner: Owner) -> Verdict:
    if not may_move_grant(grant.state, to, owner):
        return Denied(
            f"The grant is already {grant.get_state_display().lower()}.", "", "state", stale=True
        )
    return Allowed()
