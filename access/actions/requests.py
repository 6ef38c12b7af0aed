"""What a requester does: submit, change, withdraw and answer. And what an approver asks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from access import audit, clock, relations, rules
from access.lock import context
from access.models import AccessRequest, RequestMessage, Staff, Tenant, Vote
from access.personnel import Personnel
from access.policy import Policy
from access.purposes import Purpose
from access.references import new_reference, room_key
from access.relations import Relations
from access.scopes import Relation, Scope
from access.states import RequestState
from access.verdict import Denied, WrongState


@dataclass(frozen=True)
class Ask:
    """What is asked: all that a requester decides, and nothing else."""

    scopes: tuple[Scope, ...]
    purpose: Purpose
    reason: str
    duration: timedelta
    room_references: tuple[str, ...] = ()
    incident_reference: str = ""
    not_before: datetime | None = None

    def rooms(self, tenant: Tenant) -> list[uuid.UUID]:
        """The keys of the rooms named, whether or not they exist."""
        return [room_key(tenant.pk, reference) for reference in self.room_references]


def lock_request(request_id: uuid.UUID) -> AccessRequest:
    """The request, with its row locked until the transaction ends."""
    return AccessRequest.objects.select_for_update().get(pk=request_id)


def check_version(access_request: AccessRequest, seen: int) -> None:
    """Refuse a decision that was made on an older picture of the request (409)."""
    if access_request.version != seen:
        raise WrongState("The request has changed since you opened it. Look again, then decide.")


def _record(kind: str, access_request: AccessRequest, **detail: object) -> None:
    audit.record(
        kind,
        subject=("request", access_request.reference),
        scopes=access_request.scopes,
        purpose=access_request.purpose,
        detail={"revision": access_request.revision, **detail},
    )


def _asked_facts(access_request: AccessRequest) -> dict[str, object]:
    """What the record keeps of what is asked: what a verifier judges votes and grants by."""
    return {
        "requester": str(access_request.requester_id),
        "requester_person": str(access_request.requester_person_id),
        "scopes": list(access_request.scopes),
        "purpose": access_request.purpose,
        "minutes": int(access_request.duration.total_seconds() // 60),
        "whole_tenant": access_request.whole_tenant,
        "rooms": list(access_request.room_references),
        "policy_version": access_request.policy_version,
        "quorum": access_request.votes_needed,
    }


def submit_request(
    *, by: Personnel, standing: Relations, policy: Policy, tenant: Tenant, ask: Ask
) -> AccessRequest:
    """Ask for access. Raises Refused with what would make it yes; nothing is kept then."""
    at = clock.now(context.current().region)
    _judge(by=by, standing=standing, policy=policy, tenant=tenant, ask=ask, at=at)
    _refuse_twin(by.staff, tenant, ask, at)
    access_request = AccessRequest.objects.create(
        tenant_id=tenant.pk,
        tenant_reference=tenant.reference,
        reference=new_reference("AR"),
        requester_id=by.staff.pk,
        requester_person_id=by.staff.person_id,
        requester_label=by.staff.name,
        **_asked(ask, tenant),
        policy_version=policy.number,
        votes_needed=policy.votes(list(ask.scopes)),
        created_at=at,
        lapses_at=at + policy.lapse_after,
    )
    _record("request.submitted", access_request, **_asked_facts(access_request))
    return access_request


def change_request(
    *,
    by: Personnel,
    standing: Relations,
    policy: Policy,
    tenant: Tenant,
    request_id: uuid.UUID,
    version: int,
    ask: Ask,
) -> AccessRequest:
    """Ask for something else instead. A new revision: earlier votes stop counting."""
    access_request = lock_request(request_id)
    at = clock.now(context.current().region)
    rules.may_change(by.staff, access_request, at).enforce()
    check_version(access_request, version)
    _judge(by=by, standing=standing, policy=policy, tenant=tenant, ask=ask, at=at)
    for name, value in _asked(ask, tenant).items():
        setattr(access_request, name, value)
    access_request.revision += 1
    access_request.version += 1
    access_request.state = RequestState.SUBMITTED
    access_request.votes_needed = policy.votes(list(ask.scopes))
    access_request.policy_version = policy.number
    access_request.save()
    _record("request.changed", access_request, **_asked_facts(access_request))
    return access_request


def withdraw_request(*, by: Staff, request_id: uuid.UUID) -> AccessRequest:
    """Take a request back."""
    access_request = lock_request(request_id)
    rules.may_withdraw(by, access_request, clock.now(context.current().region)).enforce()
    _move(access_request, RequestState.WITHDRAWN)
    _record("request.withdrawn", access_request)
    return access_request


def ask_question(
    *,
    by: Personnel,
    standing: Relations,
    policy: Policy,
    tenant: Tenant,
    request_id: uuid.UUID,
    version: int,
    text: str,
) -> AccessRequest:
    """An approver asks the requester something; approvals wait for the answer."""
    access_request = lock_request(request_id)
    at = clock.now(context.current().region)
    rules.may_decide(
        person=by, relations=standing, policy=policy, request=access_request, tenant=tenant, at=at
    ).enforce()
    check_version(access_request, version)
    _write(access_request, by.staff, text, at)
    if access_request.state != RequestState.QUESTION_ASKED:
        _move(access_request, RequestState.QUESTION_ASKED)
    _record("request.question_asked", access_request)
    return access_request


def answer_question(*, by: Staff, request_id: uuid.UUID, text: str) -> AccessRequest:
    """The requester answers; the request is in review again, and earlier votes keep counting."""
    access_request = lock_request(request_id)
    at = clock.now(context.current().region)
    rules.may_answer(by, access_request, at).enforce()
    _write(access_request, by, text, at)
    _move(access_request, RequestState.IN_REVIEW)
    _record("request.answered", access_request)
    return access_request


def standing_votes(access_request: AccessRequest) -> list[Vote]:
    """The votes on the current revision that have not been superseded."""
    votes = access_request.votes.filter(revision=access_request.revision, superseded=False)
    return list(votes)


def _judge(
    *, by: Personnel, standing: Relations, policy: Policy, tenant: Tenant, ask: Ask, at: datetime
) -> None:
    rules.may_submit(
        person=by,
        relations=standing,
        policy=policy,
        tenant=tenant,
        scopes=ask.scopes,
        purpose=ask.purpose,
        duration=ask.duration,
        deciders=relations.people_who(Relation.MAY_DECIDE, tenant),
        at=at,
    ).enforce()
    if not rules.says_something(ask.reason):
        Denied("Write what you will look for.", "A few words are enough.", "reason").enforce()
    if ask.not_before is not None and not (at <= ask.not_before <= at + timedelta(days=7)):
        Denied("Choose a start within the next 7 days.", "", "window").enforce()


def _refuse_twin(person: Staff, tenant: Tenant, ask: Ask, at: datetime) -> None:
    """One open request for the same thing is enough."""
    twin = (
        AccessRequest.objects.pending()
        .filter(
            requester_id=person.pk,
            tenant_id=tenant.pk,
            scopes=list(ask.scopes),
            room_ids=ask.rooms(tenant),
            lapses_at__gt=at,
        )
        .first()
    )
    if twin is not None:
        Denied(
            f"You have asked for this already: {twin.reference}.",
            "Change or withdraw that request.",
            "twin",
        ).enforce()


def _asked(ask: Ask, tenant: Tenant) -> dict[str, object]:
    """The columns that say what is asked."""
    return {
        "scopes": [scope.value for scope in ask.scopes],
        "whole_tenant": not ask.room_references,
        "room_ids": ask.rooms(tenant),
        "room_references": list(ask.room_references),
        "purpose": ask.purpose,
        "reason": ask.reason,
        "incident_reference": ask.incident_reference,
        "duration": ask.duration,
        "not_before": ask.not_before,
    }


def _write(access_request: AccessRequest, author: Staff, text: str, at: datetime) -> None:
    RequestMessage.objects.create(
        tenant_id=access_request.tenant_id,
        request=access_request,
        author_id=author.pk,
        author_label=author.name,
        text=text,
        written_at=at,
    )


def _move(access_request: AccessRequest, to: RequestState) -> None:
    access_request.state = to
    access_request.version += 1
    access_request.save(update_fields=["state", "version"])
