"""Drafts become plans: chosen, judged, spread over nights and stored, all in one transaction."""

from __future__ import annotations

import json
import logging
import time
import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q

from access import clock, residency
from diagnostics.models import Wave, WaveExclusion, WaveRing
from diagnostics.remediation.catalogue import BadParameters, UnknownAction
from diagnostics.remediation.catalogue.parameters import canonical
from diagnostics.remediation.queue.waves.candidates import Chosen, candidates_of
from diagnostics.remediation.queue.waves.moves import claim_items, move_items, move_wave
from diagnostics.remediation.queue.waves.orders import order_of
from diagnostics.remediation.queue.waves.rows import (
    Common,
    NewItem,
    insert_exclusions,
    insert_items,
)
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.sending import Step
from diagnostics.remediation.states import ItemState, WaveState
from diagnostics.remediation.tenant_rules import NO_RULES, TenantRules, rules_of
from diagnostics.remediation.wave_draft import UnfitSelection
from diagnostics.remediation.waves import UnfitWave, WaveOrder, WavePlan, plan_wave
from diagnostics.remediation.waves.rings import UnfitRings
from rooms.drain.line import Line, working

logger = logging.getLogger(__name__)

BATCH: Final = 20
# Somebody else may order for a device of the selection while its plan is made.
TRIES: Final = 3
AFTER_A_FAULT: Final = timedelta(minutes=1)
# A plan keeps other operations off its devices, so it does not wait for a decision for ever.
DECIDED_WITHIN: Final = timedelta(days=7)
UNFIT: Final = (BadParameters, UnknownAction, UnfitRings, UnfitSelection, UnfitWave)
NO_GRANT: Final = "The grant under which it was ordered has ended. Order it again under a new one."
NOBODY: Final = "No device of the selection can take part."
FOUND_NONE: Final = "The selection finds no device."
GRANT_LIVES: Final = "select diagnostics.grant_lives(%s, null, %s, %s)"


def plan_drafts(region: str, seconds: float = 60) -> int:
    """Plan the drafts of a region that are due, as far as the time allows; how many were."""
    until, planned = time.monotonic() + seconds, 0
    with residency.region(region):
        due = Wave.objects.filter(state=WaveState.DRAFT, next_at__lte=clock.now(region))
        for tenant, key in list(
            due.order_by("next_at", "id").values_list("tenant_id", "id")[:BATCH]
        ):
            if time.monotonic() >= until:
                break
            planned += _plan(region, tenant, key)
    return planned


def _plan(region: str, tenant: uuid.UUID, key: uuid.UUID) -> bool:
    """Plan one draft: all of it, or nothing."""
    for _ in range(TRIES):
        try:
            with working(region) as line:
                wave = claim_wave(tenant, key, WaveState.DRAFT)
                if wave is None:
                    return False
                plan_draft(line, wave)
            return True
        except IntegrityError:
            logger.info("A device of a wave got another operation meanwhile; planned once more.")
        except DatabaseError as fault:
            logger.warning("A wave cannot be planned now: %s", fault)
            break
    with transaction.atomic(using=region):
        Wave.objects.filter(tenant_id=tenant, pk=key, state=WaveState.DRAFT).update(
            next_at=clock.now(region) + AFTER_A_FAULT
        )
    return False


def claim_wave(tenant: uuid.UUID, key: uuid.UUID, *states: WaveState) -> Wave | None:
    """The wave's row until the transaction ends; None when others have it, or it has moved."""
    rows = Wave.objects.select_for_update(skip_locked=True)
    return rows.filter(tenant_id=tenant, pk=key, state__in=states).first()


def grant_lives(line: Line, wave: Wave) -> bool:
    """Whether whoever ordered the wave holds a grant for all of the tenant now."""
    values = (wave.tenant_id, wave.requested_by_id, wave.scope)
    return bool(line.rows(GRANT_LIVES, *values)[0][0])


def plan_draft(line: Line, wave: Wave) -> None:
    """Plan a draft whose row is ours, or cancel it with a sentence."""
    now = line.now()
    rules = rules_of([wave.tenant_id]).get(wave.tenant_id, NO_RULES)
    try:
        order = order_of(wave, rules, now)
        if not grant_lives(line, wave):
            raise UnfitWave(NO_GRANT)
        _forget_plan(line, wave)
        chosen = candidates_of(line, wave, order)
        if not chosen.candidates:
            raise UnfitWave(FOUND_NONE)
        plan = plan_wave(order, chosen.candidates)
    except UNFIT as unfit:
        move_wave(line, wave, WaveState.CANCELLED, str(unfit))
        return
    _store(line, wave, order, rules, plan, chosen, now)


def _forget_plan(line: Line, wave: Wave) -> None:
    """Away with an older plan that its requester took back."""
    anew = Step(ItemState.CANCELLED, Reason.WAVE_STOPPED, "It is planned anew.")
    while old := claim_items(wave, Q(state=ItemState.PROPOSED)):
        move_items(line, old, anew)
    for table in (WaveRing, WaveExclusion):
        table.objects.filter(tenant_id=wave.tenant_id, wave_id=wave.pk).delete()


def _store(
    line: Line,
    wave: Wave,
    order: WaveOrder,
    rules: TenantRules,
    plan: WavePlan,
    chosen: Chosen,
    now: datetime,
) -> None:
    """Write all of a plan."""
    insert_exclusions(line, wave, plan.excluded)
    counts: dict[str, Any] = {"devices": len(plan.items), "left_out": len(plan.excluded)}
    detail = {**counts, "excluded": plan.excluded_by}
    if not plan.items:
        move_wave(line, wave, WaveState.CANCELLED, NOBODY, detail=detail, **counts)
        return
    WaveRing.objects.bulk_create(
        WaveRing(
            tenant_id=wave.tenant_id,
            wave_id=wave.pk,
            number=number,
            name=ring.name,
            devices=ring.devices,
            begins_at=ring.begins,
            last_begins_at=ring.last_begins,
            judged_from=ring.judged_from,
        )
        for number, ring in enumerate(plan.rings)
    )
    parameters, exact = json.dumps(wave.parameters), canonical(order.parameters)
    items = [
        NewItem(
            one.device,
            one.room,
            chosen.places[one.device],
            parameters,
            exact,
            one.ring,
            one.place,
            one.pilot,
            one.was,
            one.zone,
            one.window,
        )
        for one in plan.items
    ]
    insert_items(line, Common.of(wave, rules, now), items)
    move_wave(
        line,
        wave,
        WaveState.PLANNED,
        detail={**detail, "digest": plan.digest, "votes_needed": plan.votes},
        digest=plan.digest,
        votes_needed=plan.votes,
        planned_at=now,
        next_at=now + DECIDED_WITHIN,
        **counts,
    )
