"""Who may do what about requests, votes, grants and stops, now. Pure: facts in, verdict out.

The same verdict draws the button and refuses the post. Authorisation comes before state, so
that somebody who may not act does not learn where a thing stands.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import permutations

from access.models import AccessRequest, Grant, Lockout, Staff, Tenant, Vote
from access.models.requests import Decision
from access.personnel import Personnel, is_fit, may_reach
from access.policy import Policy
from access.purposes import Purpose, justifies, purposes_for
from access.relations import Relations
from access.scopes import OFFERED, SCOPES, Relation, Scope
from access.states import PENDING, GrantState, Owner, RequestState, may_move_grant, may_move_request
from access.verdict import Allowed, Denied, Verdict, first_denial
from access.words import duration_text

STOPPED = Denied(
    "An emergency stop is in force.",
    "Two people release it; see Emergency stop.",
    "stopped",
)


def says_something(text: str) -> bool:
    """Whether a text has letters or digits in it: blanks and invisible characters are no reason."""
    return sum(unicodedata.category(ch)[0] in "LN" for ch in text) >= 3


# -- Asking ------------------------------------------------------------------------------------


def may_ask_for(relations: Relations, tenant: Tenant, scopes: Iterable[Scope]) -> Verdict:
    """Whether the person's standing relation covers asking for these scopes."""
    for scope in scopes:
        relation = SCOPES[scope].asked_by
        if scope not in OFFERED or not relations.has(relation, tenant.pk):
            # The same answer for a scope that does not exist and for one that is not offered.
            return Denied(
                "That access is not offered to you.", "Choose from the list.", "not_offered"
            )
    return Allowed()


def may_submit(
    *,
    person: Personnel,
    relations: Relations,
    policy: Policy,
    tenant: Tenant,
    scopes: Sequence[Scope],
    purpose: Purpose,
    duration: timedelta,
    deciders: Sequence[Staff],
    at: datetime,
) -> Verdict:
    """Whether this request may be made at all. The first reason against it is given."""
    if not scopes:
        return Denied("Choose at least one kind of access.", "", "no_scope")
    return first_denial(
        may_ask_for(relations, tenant, scopes),
        is_fit(person, policy, at),
        may_reach(person, policy, tenant, scopes),
        is_justified(purpose, scopes),
        is_short_enough(policy, scopes, duration),
        can_be_decided(person.staff, policy, scopes, deciders),
    )


def is_justified(purpose: Purpose, scopes: Iterable[Scope]) -> Verdict:
    """Whether the purpose is a published reason for all of the scopes' data."""
    for scope in scopes:
        if not justifies(purpose, scope):
            fitting = ", ".join(p.label for p in purposes_for(scope))
            return Denied(
                f"“{purpose.label}” is not a reason to open {SCOPES[scope].scope.label}.",
                f"These are: {fitting}.",
                "purpose",
            )
    return Allowed()


def is_short_enough(policy: Policy, scopes: Sequence[Scope], duration: timedelta) -> Verdict:
    """Whether the time lies within the strictest limit of the scopes."""
    longest = policy.maximum(list(scopes))
    if duration <= timedelta(0):
        return Denied("Choose a time of at least 1 minute.", "", "duration")
    if duration > longest:
        return Denied(
            f"At most {duration_text(longest)} for this access.",
            f"Ask for {duration_text(longest)} or less.",
            "duration",
        )
    return Allowed()


def can_be_decided(
    requester: Staff, policy: Policy, scopes: Sequence[Scope], deciders: Sequence[Staff]
) -> Verdict:
    """Whether enough other people could decide. An empty list means nobody, never everybody."""
    others = {p.person_id: p for p in deciders if p.person_id != requester.person_id}
    needed = policy.votes(list(scopes))
    remedy = "Ask the people team to name more approvers."
    if len(others) < needed:
        return Denied(
            f"This needs {needed} approver{'s' if needed > 1 else ''}, and {len(others)} could decide.",
            remedy,
            "no_approver",
        )
    groups = policy.groups(list(scopes))
    if not groups_are_met([set(group_names(p)) for p in others.values()], groups):
        return Denied(
            f"This needs an approver from each of: {', '.join(groups)}.", remedy, "no_approver"
        )
    return Allowed()


def group_names(person: Staff) -> list[str]:
    """The names of the person's groups, lower case."""
    return [group.name.lower() for group in person.groups.all()]


def groups_are_met(members: Sequence[Iterable[str]], groups: Sequence[str]) -> bool:
    """Whether each group can be given a different person: one person stands for one group."""
    if not groups:
        return True
    return any(
        all(group in chosen for group, chosen in zip(groups, order, strict=True))
        for order in permutations([set(m) for m in members], len(groups))
    )


# -- A request that waits --------------------------------------------------------------------------


def is_open(request: AccessRequest, at: datetime) -> Verdict:
    """Whether the request still waits for a decision, by the clock and not only by its label."""
    if request.state not in PENDING:
        return Denied(
            f"The request is already {request.get_state_display().lower()}.", "", "state", stale=True
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
    *, person: Personnel, relations: Relations, policy: Policy, request: AccessRequest,
    tenant: Tenant, at: datetime,
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


# -- A grant -------------------------------------------------------------------------------------------


def may_start(
    *, person: Personnel, policy: Policy, tenant: Tenant, grant: Grant, at: datetime
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
    return first_denial(
        is_fit(person, policy, at),
        may_reach(person, policy, tenant, [Scope(s) for s in grant.scopes]),
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


# -- The emergency stop --------------------------------------------------------------------------------


def may_press_stop(relations: Relations) -> Verdict:
    """Any approver may stop; stopping never needs a second person."""
    if not relations.decide:
        return Denied("Approvers press the emergency stop.", "Call one.", "not_decider")
    return Allowed()


def may_release(person: Staff, relations: Relations, stop: Lockout) -> Verdict:
    """Whether the person may take the next step of a release: ask for it, or agree to it."""
    if stop.released_at is not None:
        return Denied("The stop is already released.", "", "state", stale=True)
    if not relations.decide:
        return Denied("Approvers release an emergency stop.", "", "not_decider")
    if person.person_id == stop.target_id:
        return Denied("You cannot release a stop on yourself.", "", "own_stop")
    if stop.release_asked_by_person_id == person.person_id:
        return Denied(
            "You asked for the release.", "A second person agrees to it.", "second_person"
        )
    return Allowed()
