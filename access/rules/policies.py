"""What policy may be proposed, and who may publish it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from access.models import PolicyChange, Staff, Tenant
from access.models.policy import PolicyDecision
from access.personnel import Personnel, is_fit, may_reach
from access.policy import Policy
from access.rules.asking import can_be_decided
from access.scopes import Scope
from access.verdict import Allowed, Denied, Verdict, first_denial


def leaves_a_way_back(
    person: Personnel, proposed: Policy, control: Tenant, deciders: Sequence[Staff], at: datetime
) -> Verdict:
    """Whether the proposer could still ask to change the policy under the proposed one. A policy
    that shuts everybody out could be mended only by the databases' owner."""
    verdict = first_denial(
        is_fit(person, proposed, at),
        may_reach(person, proposed, control, [Scope.POLICY_MANAGE]),
        can_be_decided(person.staff, proposed, [Scope.POLICY_MANAGE], deciders),
    )
    if not isinstance(verdict, Denied):
        return verdict
    return Denied(
        f"Under this policy you could not work on it again: {verdict.reason}",
        "Propose one that leaves a way back.",
        "no_way_back",
    )


def may_decide_policy(
    by: Staff, change: PolicyChange, decision: PolicyDecision, newest: int
) -> Verdict:
    """Anybody with access to policy, but nobody publishes their own; `newest` is in force."""
    if change.decision != PolicyDecision.OPEN:
        return Denied(
            f"The proposal is {change.get_decision_display()} already.", "", "state", stale=True
        )
    if decision != PolicyDecision.PUBLISHED:
        return Allowed()
    if change.proposed_by_person_id == by.person_id:
        return Denied(
            "You proposed it.", "A second person with access to policy publishes it.", "own_policy"
        )
    if change.number != newest + 1:
        return Denied(
            "Another version was published meanwhile.", "Propose it again.", "state", stale=True
        )
    return Allowed()
