"""Proposing settings and policies, agreeing to them by another person, and ending a policy."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from access import audit, clock, relations
from access.lock import context
from access.models import Staff, Tenant
from access.references import new_reference
from access.residency import current_region
from access.scopes import Relation, Scope
from access.verdict import Denied, Refused, WrongState
from diagnostics.models import (
    AutomationPolicy,
    RemediationSettings,
    RemediationVote,
    RuleState,
    VoteOn,
)
from diagnostics.remediation.catalogue import ActionCode
from diagnostics.remediation.catalogue.parameters import Parameters
from diagnostics.remediation.catalogue.parameters import plain as plain_parameters
from diagnostics.remediation.queue.notices import tell
from diagnostics.remediation.tenant_rules import UnfitDocument, plain, read_document
from diagnostics.rules import automation as rules
from diagnostics.rules.automation import Version
from rooms.actions.incident_row import Hand

Kept = TypeVar("Kept", AutomationPolicy, RemediationSettings)
UNKNOWN: Final = Denied("No such version is open to you.", "", "unknown")
CHANGED: Final = "What you decide on is not what you have seen. Look again."


@dataclass(frozen=True)
class PolicyWanted:
    """What is to run by itself, when a signal has been ill for how long, and how often a day."""

    signal: str
    action: ActionCode
    told: Parameters
    after_minutes: int
    most_per_day: int
    urgent: bool


def propose_settings(
    *, hand: Hand, tenant: Tenant, document: Mapping[str, Any], reason: str
) -> RemediationSettings:
    """Propose the next version of a tenant's settings. Nothing changes before another agrees."""
    try:
        kept = plain(read_document(document))
    except UnfitDocument as unfit:
        raise Refused(Denied(str(unfit), "", "document")) from unfit
    waiting = RemediationSettings.objects.filter(tenant_id=tenant.pk, state=RuleState.PROPOSED)
    rules.may_propose(reason, waiting[:1]).enforce()
    made = RemediationSettings.objects.create(
        document=kept,
        digest=rules.digest_of("settings", tenant.reference, kept),
        **_proposal(hand, tenant, "RS", reason),
    )
    _proposed("settings.proposed", made, hand, tenant, {"parts": sorted(kept)})
    return made


def propose_policy(
    *, hand: Hand, tenant: Tenant, wanted: PolicyWanted, reason: str
) -> AutomationPolicy:
    """Propose that an action runs by itself for a signal. Nothing runs before another agrees."""
    if wanted.action not in rules.alone(wanted.signal):
        words = "This action cannot run by itself for this signal."
        raise Refused(Denied(words, "Choose one of those that the page offers.", "action"))
    waiting = AutomationPolicy.objects.filter(
        tenant_id=tenant.pk, signal=wanted.signal, state=RuleState.PROPOSED
    )
    rules.may_propose(reason, waiting[:1]).enforce()
    content = {
        "signal": wanted.signal,
        "action": str(wanted.action),
        "parameters": plain_parameters(wanted.told),
        "after_minutes": wanted.after_minutes,
        "most_per_day": wanted.most_per_day,
        "urgent": wanted.urgent,
    }
    made = AutomationPolicy.objects.create(
        **content,
        digest=rules.digest_of("policy", tenant.reference, content),
        **_proposal(hand, tenant, "RP", reason),
    )
    _proposed("policy.proposed", made, hand, tenant, content)
    return made


def _proposal(hand: Hand, tenant: Tenant, prefix: str, reason: str) -> dict[str, Any]:
    """What both kinds of versions say of their proposal; the database counts the version."""
    at = clock.now(current_region())
    return {
        "tenant_id": tenant.pk,
        "reference": new_reference(prefix),
        "tenant_reference": tenant.reference,
        "version": 0,
        "reason": reason,
        "state": RuleState.PROPOSED,
        "state_at": at,
        "proposed_by_id": hand.by.pk,
        "proposed_by_person": hand.by.person_id,
        "proposed_by_label": hand.by.name,
        "grant_reference": hand.grant,
        "proposed_at": at,
    }


def _proposed(kind: str, made: Version, hand: Hand, tenant: Tenant, detail: dict[str, Any]) -> None:
    made.refresh_from_db(fields=["version"])
    audit.record(
        kind,
        subject=_subject(made),
        scopes=[Scope.INCIDENT_WORK.value],
        grants=[hand.grant],
        purpose=hand.purpose,
        detail={"version": made.version, "digest": made.digest, **detail},
    )
    people = [one.pk for one in relations.people_who(Relation.MAY_DECIDE, tenant)]
    others = (one for one in people if one != hand.by.pk)
    tell(tenant, made.reference, "decision_wanted", *others)


def decide_version(
    *,
    by: Staff,
    decides: bool,
    tenant: Tenant,
    version: Kept,
    digest: str,
    approves: bool,
    reason: str,
    step_up_method: str,
) -> Kept:
    """Agree, which puts it in force in place of the one before; or refuse.

    WrongState when it is another one than was seen.
    """
    held = _locked(version)
    votes = list(RemediationVote.objects.filter(tenant_id=held.tenant_id, subject_id=held.pk))
    rules.may_vote(held, votes, by.person_id, decides).enforce()
    if digest != held.digest:
        raise WrongState(CHANGED)
    RemediationVote.objects.create(
        tenant_id=held.tenant_id,
        subject=VoteOn.POLICY if isinstance(held, AutomationPolicy) else VoteOn.SETTINGS,
        subject_id=held.pk,
        digest=held.digest,
        voter_id=by.pk,
        voter_person=by.person_id,
        voter_label=by.name,
        approves=approves,
        reason=reason,
        step_up_method=step_up_method,
        voted_at=clock.now(current_region()),
    )
    detail = {"second_factor": step_up_method}
    if approves:
        _replace(held, by)
        _move(held, RuleState.IN_FORCE, "agreed", by, detail)
    else:
        _move(held, RuleState.REFUSED, "refused", by, detail)
    tell(tenant, held.reference, "decided", held.proposed_by_id)
    return held


def _replace(held: Version, by: Staff) -> None:
    """Take the version before it, of the same signal if it is a policy, out of force."""
    rows: Any = (
        type(held)
        .objects.select_for_update()
        .filter(tenant_id=held.tenant_id, state=RuleState.IN_FORCE)
    )
    if isinstance(held, AutomationPolicy):
        rows = rows.filter(signal=held.signal)
    for other in rows:
        _move(other, RuleState.REPLACED, "replaced", by, {"by": held.reference})


def withdraw_version(*, by: Staff, version: Kept) -> Kept:
    """Take a proposal back before it is decided."""
    held = _locked(version)
    rules.may_withdraw(held, by.person_id).enforce()
    _move(held, RuleState.WITHDRAWN, "withdrawn", by, {})
    return held


def end_policy(
    *, by: Staff, decides: bool, tenant: Tenant, policy: AutomationPolicy
) -> AutomationPolicy:
    """End a policy at once: what it has not sent is not sent any more."""
    held = _locked(policy)
    rules.may_end(held, by.person_id, decides).enforce()
    _move(held, RuleState.ENDED, "ended", by, {})
    if held.proposed_by_id != by.pk:
        tell(tenant, held.reference, "decided", held.proposed_by_id)
    return held


def _locked(version: Kept) -> Kept:
    """The version with its row held; Refused where the database shows none."""
    tenant = context.current().tenant
    rows: Any = type(version).objects.select_for_update()
    found: Kept | None = rows.filter(
        tenant_id=tenant.pk if tenant else uuid.UUID(int=0), pk=version.pk
    ).first()
    if found is None:
        raise Refused(UNKNOWN)
    return found


def _move(
    version: Version, to: RuleState, done: str, by: Staff, detail: Mapping[str, object]
) -> None:
    version.state, version.state_at = to, clock.now(current_region())
    changed = ["state", "state_at"]
    if to != RuleState.IN_FORCE:
        version.ended_by_label = by.name
        changed.append("ended_by_label")
    version.save(update_fields=changed)
    kind = "policy" if isinstance(version, AutomationPolicy) else "settings"
    audit.record(
        f"{kind}.{done}",
        subject=_subject(version),
        detail={"version": version.version, "digest": version.digest, **detail},
    )


def _subject(version: Version) -> tuple[str, str]:
    kind = "policy" if isinstance(version, AutomationPolicy) else "settings"
    return f"remediation_{kind}", version.reference
