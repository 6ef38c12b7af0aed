"""A request that waits: who may decide it, change it, take it back; and when votes suffice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from access.models import AccessRequest, Staff, Tenant, Vote
from access.models.requests import Decision
from access.personnel import Personnel, is_fit, may_reach
from access.policy import Policy
from access.relations import Relations
from access.rules.asking import groups_are_met
from access.scopes import Relation, Scope
from access.states import PENDING, Owner, RequestState, may_move_request
from access.verdict import Allowed, Denied, Verdict, first_denial


def is_open(request: AccessRequest, at: datetime) -> Verdict:
    """Whether the request still waits for a decision, by the clock and not only by its label."""
    if request.state not in PENDING:
        return Denied(
            f"The request is already {request.get_state_display().lower()}.",
            "",
            "state",
            stale=True,
        )
    if at >= request.lapses_at:
        return Denied("The request has lapsed.", "Ask again.", "lapsed", stale=True)
    return Allowed()


def _move(request: AccessRequest, to: RequestState, owner: Owner, at: datetime) -> Verdict:
    """The clock and the table of moves."""
    return first_denial(
        is_open(request, at),
        Allowed()
        if may_move_request(request.state, to, owner)
        else Denied(
            f"A request that is “{request.get_state_display().lower()}” cannot become"
            f" “{to.label.lower()}”.",
            "",
            "state",
            stale=True,
        ),
    )


def may_decide(
    *,
    person: Personnel,
    relations: Relations,
    policy: Policy,
    request: AccessRequest,
    tenant: Tenant,
    at: datetime,
) -> Verdict:
    """Whether the person may vote on this request now."""
    if person.staff.person_id == request.requester_person_id:
        return Denied(
            "You cannot decide your own request.", "Another approver decides.", "self_approval"
        )
    if not relations.has(Relation.MAY_DECIDE, tenant.pk):
        return Denied("You do not decide for this tenant.", "", "not_decider")
    return first_denial(
        is_fit(person, policy, at),
        # Approvers see where data lives too, so the tenant's limits hold for them as well.
        may_reach(person, policy, tenant, ()),
        is_open(request, at),
    )


def may_approve(request: AccessRequest, at: datetime) -> Verdict:
    """Whether an approval can be given in this state."""
    if request.state == RequestState.QUESTION_ASKED:
        return Denied(
            "A question is open.", "Wait for the answer, or deny.", "question", stale=True
        )
    if request.not_before is not None and at >= request.not_before + request.duration:
        return Denied("The time asked for is over.", "Ask again.", "window", stale=True)
    return is_open(request, at)


def may_withdraw(person: Staff, request: AccessRequest, at: datetime) -> Verdict:
    """The requester takes the request back."""
    if person.pk != request.requester_id:
        return Denied("Only the requester withdraws a request.", "", "not_requester")
    return _move(request, RequestState.WITHDRAWN, Owner.REQUESTER, at)


def may_change(person: Staff, request: AccessRequest, at: datetime) -> Verdict:
    """The requester changes what is asked; earlier votes stop counting."""
    if person.pk != request.requester_id:
        return Denied("Only the requester changes a request.", "", "not_requester")
    return is_open(request, at)


def may_answer(person: Staff, request: AccessRequest, at: datetime) -> Verdict:
    """The requester answers an open question."""
    if person.pk != request.requester_id:
        return Denied("Only the requester answers.", "", "not_requester")
    if request.state != RequestState.QUESTION_ASKED:
        return first_denial(
            is_open(request, at), Denied("No question is open.", "", "state", stale=True)
        )
    return _move(request, RequestState.IN_REVIEW, Owner.REQUESTER, at)


def quorum(votes: Iterable[Vote], request: AccessRequest, policy: Policy) -> Verdict:
    """Whether the standing votes on this revision decide it: enough people, from every group."""
    counted = [
        v
        for v in votes
        if v.revision == request.revision and not v.superseded and not v.not_counted_because
    ]
    approving = {v.voter_person_id: v for v in counted if v.decision == Decision.APPROVE}
    approving.pop(request.requester_person_id, None)
    scopes = [Scope(s) for s in request.scopes]
    needed = max(request.votes_needed, policy.votes(scopes))
    if len(approving) < needed:
        return Denied(f"{len(approving)} of {needed} approvals.", "One more is needed.", "quorum")
    groups = policy.groups(scopes)
    if not groups_are_met([v.voter_groups for v in approving.values()], groups):
        return Denied(f"An approval from each of {', '.join(groups)} is needed.", "", "quorum")
    return Allowed()
