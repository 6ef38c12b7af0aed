"""What an approver decides: approve, perhaps for less, or deny. The last vote makes the grant."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from access import audit, clock, relations, rules
from access.actions.requests import check_version, lock_request, standing_votes
from access.audit.leaves import moment
from access.lock import context
from access.models import AccessRequest, Grant, Staff, Tenant, Vote
from access.models.requests import Decision
from access.personnel import Personnel
from access.policy import Policy
from access.references import new_reference
from access.relations import Relations
from access.scopes import Scope
from access.states import RequestState
from access.verdict import Denied


@dataclass(frozen=True)
class Ballot:
    """What an approver answers, about the version of the request that they saw."""

    decision: Decision
    version: int
    scopes: tuple[Scope, ...]
    duration: timedelta
    reason: str
    step_up_method: str


def decide_request(
    *,
    by: Personnel,
    standing: Relations,
    policy: Policy,
    tenant: Tenant,
    request_id: uuid.UUID,
    ballot: Ballot,
) -> AccessRequest:
    """Cast a vote; when it completes the quorum, make the grant; a denial is final.

    Lock, then read the clock, then judge: an approval that waited for the lock past the lapse
    is refused.
    """
    access_request = lock_request(request_id)
    at = clock.now(context.current().region)
    rules.may_decide(
        person=by, relations=standing, policy=policy, request=access_request, tenant=tenant, at=at
    ).enforce()
    check_version(access_request, ballot.version)
    if ballot.decision == Decision.APPROVE:
        rules.may_approve(access_request, at).enforce()
        _refuse_lost_requester(access_request, policy, tenant, at)
        _refuse_wider(access_request, ballot)
    elif not rules.says_something(ballot.reason):
        Denied("A denial needs a reason.", "A few words are enough.", "reason").enforce()
    _cast(access_request, by, ballot, at)
    _drop_lost_voters(access_request, tenant)
    _settle(access_request, policy, ballot, at)
    return access_request


def _refuse_wider(access_request: AccessRequest, ballot: Ballot) -> None:
    """Approvers narrow; they never widen."""
    if not ballot.scopes:
        Denied("Approve at least one kind of access, or deny.", "", "no_scope").enforce()
    if not set(ballot.scopes) <= {Scope(s) for s in access_request.scopes}:
        Denied("An approval opens nothing that was not asked.", "", "wider").enforce()
    if not timedelta(0) < ballot.duration <= access_request.duration:
        Denied("An approval is never longer than asked.", "", "longer").enforce()


def _refuse_lost_requester(
    access_request: AccessRequest, policy: Policy, tenant: Tenant, at: datetime
) -> None:
    """The requester is judged again: what was lost since asking is not approved."""
    requester = Personnel.of(Staff.objects.get(pk=access_request.requester_id))
    scopes = [Scope(s) for s in access_request.scopes]
    verdict = rules.may_still_hold(
        person=requester,
        relations=relations.of(requester.staff),
        policy=policy,
        tenant=tenant,
        scopes=scopes,
        at=at,
    )
    if isinstance(verdict, Denied):
        Denied(
            f"The requester no longer qualifies: {verdict.reason}",
            "Deny, or wait until it is mended.",
            f"requester_{verdict.code}",
        ).enforce()


def _cast(access_request: AccessRequest, by: Personnel, ballot: Ballot, at: datetime) -> None:
    """Write the vote; an earlier one of the same person on this revision stands back."""
    access_request.votes.filter(
        revision=access_request.revision, voter_person_id=by.staff.person_id, superseded=False
    ).update(superseded=True)
    Vote.objects.create(
        tenant_id=access_request.tenant_id,
        request=access_request,
        revision=access_request.revision,
        voter_id=by.staff.pk,
        voter_person_id=by.staff.person_id,
        voter_label=by.staff.name,
        voter_groups=rules.group_names(by.staff),
        decision=ballot.decision,
        scopes=[scope.value for scope in ballot.scopes],
        duration=ballot.duration,
        reason=ballot.reason,
        step_up_method=ballot.step_up_method,
        voted_at=at,
    )
    audit.record(
        "vote.cast",
        subject=("request", access_request.reference),
        scopes=ballot.scopes,
        purpose=access_request.purpose,
        detail={
            "revision": access_request.revision,
            "decision": str(ballot.decision),
            "voter": str(by.staff.pk),
            "voter_person": str(by.staff.person_id),
            "scopes": [scope.value for scope in ballot.scopes],
            "minutes": int(ballot.duration.total_seconds() // 60),
            "second_factor": ballot.step_up_method,
            "policy_version": access_request.policy_version,
            "quorum": access_request.votes_needed,
        },
    )


def _drop_lost_voters(access_request: AccessRequest, tenant: Tenant) -> None:
    """A voter who has since lost the relation or the account stops counting; the vote stays."""
    votes = [v for v in standing_votes(access_request) if not v.not_counted_because]
    able = relations.still_decide(tenant, [vote.voter_id for vote in votes])
    for vote in votes:
        if vote.voter_id not in able:
            vote.not_counted_because = "No longer decides for this tenant"
            vote.save(update_fields=["not_counted_because"])
            audit.record(
                "vote.not_counted",
                subject=("request", access_request.reference),
                detail={"revision": vote.revision, "voter": str(vote.voter_id)},
            )


def _settle(access_request: AccessRequest, policy: Policy, ballot: Ballot, at: datetime) -> None:
    """Move the request to where its votes put it."""
    access_request.version += 1
    if ballot.decision == Decision.DENY:
        access_request.state = RequestState.DENIED
    elif rules.quorum(standing_votes(access_request), access_request, policy):
        _grant(access_request, policy, at)
        access_request.state = RequestState.APPROVED
    else:
        access_request.state = RequestState.IN_REVIEW
    access_request.save(update_fields=["state", "version"])
    if access_request.state != RequestState.IN_REVIEW:
        audit.record(
            f"request.{access_request.state}",
            subject=("request", access_request.reference),
            scopes=access_request.scopes,
            purpose=access_request.purpose,
            detail={"revision": access_request.revision, "policy_version": policy.number},
        )


def _grant(access_request: AccessRequest, policy: Policy, at: datetime) -> Grant:
    """The intersection of what was asked and what every approver agreed to."""
    approvals = [
        v
        for v in standing_votes(access_request)
        if v.decision == Decision.APPROVE and not v.not_counted_because
    ]
    scopes = [s for s in access_request.scopes if all(s in v.scopes for v in approvals)]
    if not scopes:
        Denied(
            "The approvals have no access in common.", "Agree on one kind, or deny.", "disjoint"
        ).enforce()
    grant = Grant.objects.create(
        tenant_id=access_request.tenant_id,
        tenant_reference=access_request.tenant_reference,
        reference=new_reference("GR"),
        request_id=access_request.pk,
        request_reference=access_request.reference,
        holder_id=access_request.requester_id,
        holder_person_id=access_request.requester_person_id,
        holder_label=access_request.requester_label,
        scopes=scopes,
        whole_tenant=access_request.whole_tenant,
        room_ids=access_request.room_ids,
        room_references=access_request.room_references,
        purpose=access_request.purpose,
        duration=min(
            access_request.duration,
            policy.maximum([Scope(s) for s in scopes]),
            *(v.duration for v in approvals),
        ),
        not_before=access_request.not_before,
        claim_by=max(at, access_request.not_before or at) + policy.claim_within,
        policy_version=policy.number,
        created_at=at,
    )
    audit.record(
        "grant.ready",
        subject=("grant", grant.reference),
        scopes=grant.scopes,
        grants=[grant.reference],
        purpose=grant.purpose,
        detail={
            "request": access_request.reference,
            "revision": access_request.revision,
            "holder": str(grant.holder_id),
            "votes": sorted(str(vote.voter_id) for vote in approvals),
            "quorum": access_request.votes_needed,
            "scopes": list(grant.scopes),
            "whole_tenant": grant.whole_tenant,
            "rooms": list(grant.room_references),
            "minutes": int(grant.duration.total_seconds() // 60),
            "claim_by": moment(grant.claim_by),
            "policy_version": policy.number,
        },
    )
    return grant
