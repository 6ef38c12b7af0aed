"""Versions of settings and policies: who may propose, agree to, refuse, withdraw and end one."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

import rfc8785

from access.rules import says_something
from access.verdict import Allowed, Denied, Verdict
from diagnostics.models import AutomationPolicy, RemediationSettings, RemediationVote, RuleState
from diagnostics.remediation.catalogue import ACTIONS, ActionCode
from diagnostics.remediation.catalogue.parameters import (
    AgentVersion,
    AppVersion,
    ClearCache,
    Nothing,
    OsVersion,
)
from diagnostics.remediation.catalogue.suggestions import MENDED_BY

Version = AutomationPolicy | RemediationSettings
REASON_MOST: Final = 300
# Ours: more a day than this is a wave, with a plan that people have looked at.
MOST_PER_DAY: Final = 50
LONGEST_WAIT: Final = 24 * 60  # minutes
# What can be told beforehand for any device. A port or a model is another one in each room.
SAME_EVERYWHERE: Final = (Nothing, ClearCache, AppVersion, OsVersion, AgentVersion)


def alone(signal: str) -> tuple[ActionCode, ...]:
    """The actions that a policy may name for a signal, mildest first."""
    return tuple(
        code for code in MENDED_BY.get(signal, ()) if ACTIONS[code].parameters in SAME_EVERYWHERE
    )


def digest_of(kind: str, tenant_reference: str, content: Mapping[str, Any]) -> str:
    """A name for exactly what is agreed on: SHA-256 in hex of its one spelling."""
    text = rfc8785.dumps({"kind": kind, "tenant": tenant_reference, "content": dict(content)})
    return hashlib.sha256(text).hexdigest()


def may_propose(reason: str, waiting: Iterable[Version]) -> Verdict:
    """One proposal at a time, with a reason."""
    if not says_something(reason):
        return Denied("No reason is given.", "Say what it is for.", "reason")
    if len(reason) > REASON_MOST:
        return Denied("The reason is too long.", f"Use {REASON_MOST} characters.", "reason")
    for other in waiting:
        return Denied(
            f"{other.reference} waits for a decision already.",
            "Withdraw it, or wait for the decision.",
            "waiting",
            stale=True,
        )
    return Allowed()


def may_vote(
    version: Version, votes: Iterable[RemediationVote], person: uuid.UUID, decides: bool
) -> Verdict:
    """Another approver of the tenant agrees or refuses, while it waits."""
    if version.state != RuleState.PROPOSED:
        return Denied(
            "It is decided already.", "Look at what is in force now.", "state", stale=True
        )
    if version.proposed_by_person == person:
        return Denied("You proposed this.", "Another person decides.", "own")
    if not decides:
        return Denied("Approvers of the tenant decide on it.", "", "not_decider")
    if any(vote.voter_person == person for vote in votes):
        return Denied("You have voted on it.", "", "voted")
    return Allowed()


def may_withdraw(version: Version, person: uuid.UUID) -> Verdict:
    """Whoever proposed it takes it back while it waits."""
    if version.state != RuleState.PROPOSED:
        return Denied("It is decided already.", "", "state", stale=True)
    if version.proposed_by_person != person:
        return Denied("Whoever proposed it withdraws it.", "An approver refuses it.", "not_yours")
    return Allowed()


def may_end(policy: AutomationPolicy, person: uuid.UUID, decides: bool) -> Verdict:
    """One person is enough to end a policy: whoever proposed it, or an approver."""
    if policy.state != RuleState.IN_FORCE:
        return Denied("It is not in force.", "", "state", stale=True)
    if not decides and policy.proposed_by_person != person:
        return Denied(
            "Whoever proposed a policy ends it, or an approver.", "Call one.", "not_yours"
        )
    return Allowed()
