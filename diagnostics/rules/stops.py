"""The emergency stop of the queue: whoever may ask or decide places one, two approvers release."""

from __future__ import annotations

from access.models import Staff
from access.relations import Relations
from access.rules import says_something
from access.verdict import Allowed, Denied, Verdict
from diagnostics.models import EmergencyStop

REASON_MOST = 300


def may_place(relations: Relations) -> Verdict:
    """Stopping never needs a second person."""
    if relations.ask or relations.decide:
        return Allowed()
    return Denied(
        "Whoever may ask or decide for a tenant places a stop.", "Call an approver.", "not_yours"
    )


def may_place_on(relations: Relations, tenant_reference: str) -> Verdict:
    """One's own tenants can be stopped; everything and an action by whoever may place at all."""
    own = {tenant.reference for tenant in (*relations.ask, *relations.decide)}
    if tenant_reference in own:
        return Allowed()
    return Denied("That tenant is not one of yours.", "Call its approvers.", "tenant")


def may_give_reason(reason: str) -> Verdict:
    """A stop says why."""
    if not says_something(reason):
        return Denied("A stop needs a reason.", "A few words are enough.", "reason")
    if len(reason) > REASON_MOST:
        return Denied("The reason is too long.", f"Use {REASON_MOST} characters.", "reason")
    return Allowed()


def may_release(person: Staff, relations: Relations, stop: EmergencyStop) -> Verdict:
    """Whether the person may take the next step of a release: ask for it, or confirm it."""
    if stop.released_at is not None:
        return Denied("The stop is already released.", "", "state", stale=True)
    if not relations.decide:
        return Denied("Approvers release an emergency stop.", "Call one.", "not_decider")
    if stop.release_asked_by_person == person.person_id:
        return Denied(
            "You asked for the release.", "A second approver confirms it.", "second_person"
        )
    return Allowed()
