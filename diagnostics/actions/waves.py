"""Drafting a wave, voting on its plan, and starting, holding, stopping and undoing it.

A worker plans what is drafted here and carries out what was agreed on.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from access import audit, clock, relations
from access.lock import context
from access.models import Staff, Tenant
from access.references import new_reference
from access.residency import current_region
from access.scopes import Relation
from access.verdict import Denied, Refused, WrongState
from diagnostics.models import RemediationVote, VoteOn, Wave, WaveCover, WaveRing
from diagnostics.remediation.catalogue import PUBLIC, Action, KnownReleases
from diagnostics.remediation.catalogue.parameters import Parameters, plain
from diagnostics.remediation.guardrails import Stop
from diagnostics.remediation.queue.notices import tell
from diagnostics.remediation.states import WAVE_ACT_TO, Act, WaveState
from diagnostics.remediation.tenant_rules import TenantRules
from diagnostics.remediation.wave_draft import kept_rings, kept_selection
from diagnostics.remediation.waves import STANDARD, Ring, UnfitWave, WaveOrder
from diagnostics.remediation.waves.rings import UnfitRings
from diagnostics.rules import waves as rules
from rooms.actions.incident_row import Hand

UNKNOWN: Final = Denied("No such wave is open to you.", "", "unknown")
KIND_OF: Final = {Act.START: "wave.started", Act.RESUME: "wave.resumed"}
CHANGED: Final = "The plan is not the one that you have seen. Look again, then decide."


@dataclass(frozen=True)
class Draft:
    """What is wanted: which action on which devices, in which order and how fast, and why."""

    action: Action
    told: Parameters
    selection: dict[str, Sequence[str]]
    per_hour: int
    reason: str
    covered_by: WaveCover
    rings: tuple[Ring, ...] = STANDARD
    pilot: int = 0
    critical: bool = False
    title: str = ""
    not_before: datetime | None = None
    releases: KnownReleases = field(default=PUBLIC, repr=False)


def draft_wave(*, hand: Hand, tenant: Tenant, draft: Draft, agreed: TenantRules) -> Wave:
    """Write a draft; a worker plans it, and nothing is sent before the plan is agreed on.

    `agreed` are the tenant's own rules. Refused says what cannot be meant.
    """
    rules.may_give_reason(Act.STOP, draft.reason).enforce()
    if draft.action.code not in rules.IN_WAVES:
        words = f"“{draft.action.title}” is ordered for single devices."
        raise Refused(Denied(words, "Choose another action.", "action"))
    at = clock.now(current_region())
    begins = max(at, draft.not_before or at)
    rings = _checked(tenant, draft, agreed, begins)
    wave = Wave.objects.create(
        tenant_id=tenant.pk,
        reference=new_reference("RW"),
        tenant_reference=tenant.reference,
        title=(draft.title or _title(draft))[: rules.TITLE_MOST],
        action=draft.action.code,
        parameters=plain(draft.told),
        scope=draft.action.scope,
        selection=kept_selection(draft.selection),
        rings=rings,
        per_hour=draft.per_hour,
        pilot=draft.pilot,
        critical=draft.critical,
        covered_by=draft.covered_by,
        reason=draft.reason,
        purpose=hand.purpose,
        grant_reference=hand.grant,
        requested_by_id=hand.by.pk,
        requested_by_person=hand.by.person_id,
        requested_by_label=hand.by.name,
        requested_at=at,
        not_before=begins,
        state=WaveState.DRAFT,
        state_at=at,
        mover="requester",
        moved_by_label=hand.by.name,
        next_at=at,
    )
    audit.record(
        "wave.drafted",
        subject=("wave", wave.reference),
        scopes=[str(wave.scope)],
        grants=[hand.grant],
        purpose=hand.purpose,
        detail={
            "action": str(wave.action),
            "parameters": wave.parameters,
            "filters": sorted(wave.selection),
            "rings": [one["name"] for one in rings],
            "per_hour": wave.per_hour,
            "covered_by": str(wave.covered_by),
        },
    )
    return wave


def _checked(
    tenant: Tenant, draft: Draft, agreed: TenantRules, begins: datetime
) -> list[dict[str, Any]]:
    """The rings in order, once the whole order makes sense."""
    try:
        WaveOrder(
            tenant=tenant.reference,
            action=draft.action,
            parameters=draft.told,
            not_before=begins,
            rings=draft.rings,
            per_hour=draft.per_hour,
            pilot=draft.pilot,
            critical=draft.critical,
            limits=agreed.limits,
            calendar=agreed.calendar,
            releases=draft.releases,
        )
        return kept_rings(draft.rings)
    except (UnfitWave, UnfitRings) as unfit:
        raise Refused(Denied(str(unfit), "", "unfit")) from unfit


def _title(draft: Draft) -> str:
    version = getattr(draft.told, "version", "")
    model = getattr(draft.told, "model", "")
    what = " ".join(part for part in (model, version) if part)
    return f"{draft.action.title}: {what}" if what else draft.action.title


def vote_on_wave(
    *,
    by: Staff,
    decides: bool,
    tenant: Tenant,
    wave_id: uuid.UUID,
    digest: str,
    approves: bool,
    reason: str,
    step_up_method: str,
) -> Wave:
    """Agree to exactly the plan that `digest` names, or refuse it, which cancels the wave.

    The vote that completes them approves it. WrongState when the plan is another one by now.
    """
    wave = _locked(wave_id)
    votes = list(RemediationVote.objects.filter(tenant_id=wave.tenant_id, subject_id=wave.pk))
    rules.may_vote(wave, votes, by.person_id, decides).enforce()
    if digest != wave.digest:
        raise WrongState(CHANGED)
    vote = RemediationVote.objects.create(
        tenant_id=wave.tenant_id,
        subject=VoteOn.WAVE,
        subject_id=wave.pk,
        digest=wave.digest,
        voter_id=by.pk,
        voter_person=by.person_id,
        voter_label=by.name,
        approves=approves,
        reason=reason,
        step_up_method=step_up_method,
        voted_at=clock.now(current_region()),
    )
    detail = {"approves": approves, "digest": wave.digest, "second_factor": step_up_method}
    _record("wave.voted", wave, detail)
    if not approves:
        _move(wave, WaveState.CANCELLED, by=by, decides=decides, why=reason)
    elif (rules.agreed(wave, [*votes, vote]) or 0) >= wave.votes_needed:
        rings = list(WaveRing.objects.filter(tenant_id=wave.tenant_id, wave=wave))
        wave.approval_ends_at = rules.approval_ends(rings, clock.now(current_region()))
        _move(wave, WaveState.APPROVED, "approval_ends_at", by=by, decides=decides)
    else:
        return wave
    tell(tenant, wave.reference, "decided", wave.requested_by_id)
    return wave


def act_on_wave(
    *,
    by: Staff,
    decides: bool,
    tenant: Tenant,
    wave_id: uuid.UUID,
    act: Act,
    reason: str = "",
    stops: Iterable[Stop] = (),
    step_up_method: str = "",
) -> Wave:
    """Start, pause, resume, stop, cancel or roll back. Refused or WrongState changes nothing.

    `stops` are those in force: none may hold it when it goes on. Rolling back takes a second
    factor, whose method is kept with the act.
    """
    wave = _locked(wave_id)
    if act in (Act.START, Act.RESUME):
        rules.may_start(wave, by.person_id, decides, stops).enforce()
    rules.may_do(act, wave, by.person_id, decides).enforce()
    rules.may_give_reason(act, reason).enforce()
    more: list[str] = []
    if act == Act.ROLL_BACK:
        wave.approval_ends_at = clock.now(current_region()) + rules.ROLL_BACK_LASTS
        more = ["approval_ends_at"]
    detail = {"second_factor": step_up_method} if step_up_method else {}
    kind = KIND_OF.get(act, "")
    _move(
        wave, WAVE_ACT_TO[act], *more, by=by, decides=decides, why=reason, kind=kind, detail=detail
    )
    _tell_others(tenant, wave, by, act)
    return wave


def _tell_others(tenant: Tenant, wave: Wave, by: Staff, act: Act) -> None:
    """Whoever ordered it learns what others did to it; approvers, that a wave was stopped."""
    if act not in (Act.STOP, Act.CANCEL, Act.ROLL_BACK):
        return
    people: list[uuid.UUID] = [wave.requested_by_id]
    if act == Act.STOP:
        people += [one.pk for one in relations.people_who(Relation.MAY_DECIDE, tenant)]
    code = "wave_stopped" if act == Act.STOP else "decided"
    tell(tenant, wave.reference, code, *(one for one in people if one != by.pk))


def _locked(wave_id: uuid.UUID) -> Wave:
    """The wave with its row held; Refused where the database shows none."""
    tenant = context.current().tenant
    found = (
        Wave.objects.select_for_update()
        .filter(tenant_id=tenant.pk if tenant else uuid.UUID(int=0), pk=wave_id)
        .first()
    )
    if found is None:
        raise Refused(UNKNOWN)
    return found


def _move(
    wave: Wave,
    to: WaveState,
    *more: str,
    by: Staff,
    decides: bool,
    why: str = "",
    kind: str = "",
    detail: Mapping[str, object] | None = None,
) -> None:
    """Move the row, and record it under its state's name unless `kind` has a better one."""
    mover = rules.mover_of(wave, by.person_id, decides)
    if mover is None:
        raise Refused(UNKNOWN)
    at = clock.now(current_region())
    wave.state, wave.state_at, wave.next_at = to, at, at
    wave.mover, wave.moved_by_label, wave.why = mover, by.name, why
    changed = ["state", "state_at", "next_at", "mover", "moved_by_label", "why", *more]
    wave.save(update_fields=changed)
    _record(kind or f"wave.{to.value}", wave, {"as": str(mover), **(detail or {})})


def _record(kind: str, wave: Wave, detail: dict[str, object]) -> None:
    audit.record(
        kind,
        subject=("wave", wave.reference),
        detail={"action": str(wave.action), "digest": wave.digest, **detail},
    )
