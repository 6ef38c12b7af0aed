"""Change the access policy: one person proposes a document, another publishes or refuses it."""

from __future__ import annotations

import uuid
from typing import Any

from access import audit, clock, relations, rules
from access import policy as policies
from access.models import PolicyChange, PolicyVersion, Staff, Tenant
from access.models.policy import PolicyDecision
from access.personnel import Personnel
from access.residency import CONTROL
from access.scopes import Relation, Scope
from access.verdict import Denied, Refused, WrongState


def propose_policy(
    *,
    by: Staff,
    control: Tenant,
    document: dict[str, Any],
    reason: str,
    grants: list[str],
    purpose: str,
) -> PolicyChange:
    """Propose the next version. Raises Refused for a document that cannot be read or leaves no
    way back, and without a reason; WrongState while another proposal is open."""
    if not rules.says_something(reason):
        Denied("A policy is changed with a reason.", "Write why.", "reason").enforce()
    if PolicyChange.objects.filter(decision=PolicyDecision.OPEN).exists():
        raise WrongState("Another proposal is open. Decide on it first.")
    newest = PolicyVersion.objects.order_by("-number").first()
    number = 1 if newest is None else newest.number + 1
    at = clock.now(CONTROL)
    rules.leaves_a_way_back(
        Personnel.of(by),
        _read(number, document),
        control,
        relations.people_who(Relation.MAY_DECIDE, control),
        at,
    ).enforce()
    change = PolicyChange(
        number=number,
        document=document,
        reason=reason,
        proposed_by_id=by.pk,
        proposed_by_person_id=by.person_id,
        proposed_by_label=by.name,
        proposed_at=at,
    )
    change.save(force_insert=True)
    _record("policy.proposed", change, grants, purpose)
    return change


def decide_policy(
    *, by: Staff, change_id: uuid.UUID, decision: PolicyDecision, grants: list[str], purpose: str
) -> PolicyChange:
    """Publish somebody else's proposal, or refuse one. Raises Refused for publishing one's own,
    WrongState for one that is decided, or that a newer version has overtaken."""
    change = PolicyChange.objects.select_for_update(of=("self",)).get(pk=change_id)
    rules.may_decide_policy(by, change, decision, _newest()).enforce()
    change.decision = decision
    change.decided_by_id = by.pk
    change.decided_by_person_id = by.person_id
    change.decided_by_label = by.name
    change.save(
        update_fields=["decision", "decided_by_id", "decided_by_person_id", "decided_by_label"]
    )
    _record(f"policy.{decision}", change, grants, purpose)
    return change


def _read(number: int, document: dict[str, Any]) -> policies.Policy:
    try:
        return policies.read(number, document)
    except policies.PolicyFault as fault:
        raise Refused(Denied(str(fault), "Nothing was proposed.", "policy")) from fault


def _newest() -> int:
    newest = PolicyVersion.objects.order_by("-number").first()
    return 0 if newest is None else int(newest.number)


def _record(kind: str, change: PolicyChange, grants: list[str], purpose: str) -> None:
    audit.record(
        kind,
        subject=("policy", str(change.number)),
        scopes=[Scope.POLICY_MANAGE.value],
        grants=grants,
        purpose=purpose,
        detail={"change": str(change.pk)},
    )
