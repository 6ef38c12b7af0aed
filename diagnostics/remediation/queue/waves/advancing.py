"""Waves go on: ring by ring through the gates, or they stop by themselves and say why."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q

from access import clock, residency
from access.verdict import Denied, Verdict
from diagnostics.models import Remediation, Wave, WaveCover, WaveRing
from diagnostics.remediation.guardrails import keeps_going
from diagnostics.remediation.queue.waves import holding
from diagnostics.remediation.queue.waves.moves import BATCH as ITEMS
from diagnostics.remediation.queue.waves.moves import (
    LOOK_EVERY,
    look_again,
    move_wave,
    record_wave,
)
from diagnostics.remediation.queue.waves.orders import rings_in
from diagnostics.remediation.queue.waves.planning import UNFIT, claim_wave, grant_lives
from diagnostics.remediation.queue.waves.roll_back import roll_back
from diagnostics.remediation.queue.waves.tallies import Standing, WaveStanding, standing_of
from diagnostics.remediation.states import WaveState
from diagnostics.remediation.tenant_rules import NO_RULES, TenantRules, rules_of
from diagnostics.remediation.waves import RingProgress, may_begin_next
from rooms.drain.line import Line, working

logger = logging.getLogger(__name__)

BATCH: Final = 200
AFTER_A_FAULT: Final = timedelta(minutes=1)
NOW: Final = timedelta()
STOPPED: Final = "select diagnostics.is_stopped(%s, %s)"
NOT_DECIDED: Final = "Nobody decided in time."
NOT_STARTED: Final = "The approval has ended before anybody started it."
APPROVAL_OVER: Final = "The approval has ended. Plan a new wave for what is left."
GRANT_OVER: Final = "The grant under which it was ordered has ended. It goes on with a new one."
HELD: Final = "An emergency stop is in force."
# A batch of items was let go, and there may be others.
MORE: Final = "more"


def advance_waves(region: str, seconds: float = 60) -> int:
    """Look at every wave of a region that is due, as far as the time allows; how many were."""
    until, looked = time.monotonic() + seconds, 0
    with residency.region(region):
        due = Wave.objects.exclude(state__in=[WaveState.DRAFT]).filter(
            next_at__lte=clock.now(region)
        )
        for tenant, key in list(
            due.order_by("next_at", "id").values_list("tenant_id", "id")[:BATCH]
        ):
            if time.monotonic() >= until:
                break
            looked += _advance(region, tenant, key, until)
    return looked


def _advance(region: str, tenant: uuid.UUID, key: uuid.UUID, until: float) -> bool:
    """Look at one wave, a transaction for each batch of its items."""
    more = True
    try:
        while more:
            with working(region) as line:
                wave = claim_wave(tenant, key, *LOOKS)
                if wave is None:
                    return False
                rules = rules_of([tenant]).get(tenant, NO_RULES)
                more = LOOKS[WaveState(wave.state)](line, wave, rules)
                if more and time.monotonic() >= until:
                    look_again(line, wave, NOW)
                    more = False
        return True
    except (DatabaseError, *UNFIT) as fault:
        logger.warning("A wave cannot go on now: %s", fault)
    with transaction.atomic(using=region):
        Wave.objects.filter(tenant_id=tenant, pk=key).update(
            next_at=clock.now(region) + AFTER_A_FAULT
        )
    return False


# -- What each state asks for; whether there is more to do at once --------------------------------


def _planned(line: Line, wave: Wave, rules: TenantRules) -> bool:
    """Looked at when the time for a decision is over."""
    if wave.next_at > line.now():
        return False
    move_wave(line, wave, WaveState.CANCELLED, NOT_DECIDED)
    return True


def _approved(line: Line, wave: Wave, rules: TenantRules) -> bool:
    """Waits for its start, as long as the approval lasts."""
    now = line.now()
    if wave.approval_ends_at is not None and wave.approval_ends_at <= now:
        move_wave(line, wave, WaveState.CANCELLED, NOT_STARTED)
        return True
    look_again(line, wave, wave.approval_ends_at - now if wave.approval_ends_at else None)
    return False


def _running(line: Line, wave: Wave, rules: TenantRules) -> bool:
    """Stops, pauses, ends, or lets the next ones go."""
    now, standing = line.now(), standing_of(line, wave)
    if isinstance(broken := _breaks(wave, rules, standing), Denied):
        return stop(line, wave, broken, standing)
    if standing.whole.over:
        _pass_all(wave, now)
        move_wave(line, wave, WaveState.DONE, detail=standing.counts)
        return False
    if wave.covered_by == WaveCover.GRANT and not grant_lives(line, wave):
        held = holding.hold(line, wave)
        move_wave(line, wave, WaveState.PAUSED, GRANT_OVER, detail={"held": held})
        return True
    if _approval_over(wave, now):
        return stop(line, wave, Denied(APPROVAL_OVER, "", "approval_ended"), standing)
    look_again(line, wave)
    if line.rows(STOPPED, wave.tenant_id, wave.action)[0][0]:
        WaveRing.objects.filter(
            tenant_id=wave.tenant_id, wave_id=wave.pk, passed_at=None, begun_at__isnull=False
        ).update(gate=HELD)
        return False
    if holding.take_up(line, wave, rules) == ITEMS:
        return True
    held_back = _go_on(line, wave, rules, standing, now)
    if held_back is not None and not held_back.stale:
        return stop(line, wave, held_back, standing)
    return held_back is not None and held_back.code == MORE


def _paused(line: Line, wave: Wave, rules: TenantRules) -> bool:
    """Hold what others have scheduled meanwhile, such as a retry."""
    held = holding.hold(line, wave)
    look_again(line, wave)
    return held == ITEMS


def _stopped(line: Line, wave: Wave, rules: TenantRules) -> bool:
    """Call back what can be; what runs is followed to its end, and its retry called back too."""
    called_back = holding.call_back(line, wave, wave.why)
    open_items = Remediation.objects.open().filter(tenant_id=wave.tenant_id, wave_id=wave.pk)
    look_again(line, wave, LOOK_EVERY if open_items.exists() else None)
    return called_back >= ITEMS


def _done(line: Line, wave: Wave, rules: TenantRules) -> bool:
    """Nothing is left to do."""
    look_again(line, wave, None)
    return False


LOOKS: Final[dict[WaveState, Callable[[Line, Wave, TenantRules], bool]]] = {
    WaveState.PLANNED: _planned,
    WaveState.APPROVED: _approved,
    WaveState.RUNNING: _running,
    WaveState.PAUSED: _paused,
    WaveState.STOPPED: _stopped,
    WaveState.CANCELLED: _stopped,
    WaveState.ROLLING_BACK: roll_back,
    WaveState.DONE: _done,
}


# -- The gates ------------------------------------------------------------------------------------


def stop(line: Line, wave: Wave, why: Denied, standing: WaveStanding) -> bool:
    """The wave stops by itself: what was not sent never is, and the sentence stays.

    From here on the database lets nothing of it be sent; what is to be called back follows.
    """
    detail = {"code": why.code, **standing.counts}
    move_wave(line, wave, WaveState.STOPPED, why.reason, detail=detail)
    return True


def _breaks(wave: Wave, rules: TenantRules, standing: WaveStanding) -> Verdict:
    """The breaker, asked of the wave and of each of its rings; the first no decides."""
    for one in (standing.whole, *standing.rings.values(), *standing.pilots.values()):
        if isinstance(broken := keeps_going(one.tally, rules.limits), Denied):
            return broken
    return keeps_going(standing.whole.tally, rules.limits)


def _approval_over(wave: Wave, now: datetime) -> bool:
    return (
        wave.covered_by == WaveCover.APPROVAL
        and wave.approval_ends_at is not None
        and wave.approval_ends_at <= now
    )


def _pass_all(wave: Wave, now: datetime) -> None:
    """Rings whose gate nobody has to ask any more."""
    rows = WaveRing.objects.filter(tenant_id=wave.tenant_id, wave_id=wave.pk, passed_at=None)
    rows.update(passed_at=now, gate="")


def _go_on(
    line: Line, wave: Wave, rules: TenantRules, standing: WaveStanding, now: datetime
) -> Denied | None:
    """Let the next ones go; what holds the others back, for ever unless it is stale."""
    rings = list(
        WaveRing.objects.filter(tenant_id=wave.tenant_id, wave_id=wave.pk).order_by("number")
    )
    tests = {ring.name: ring.test_days for ring in rings_in(wave)}
    for ring in rings:
        if ring.passed_at is not None:
            continue
        last = ring.number == rings[-1].number
        held = _ring(line, wave, rules, ring, standing, now, None if last else tests[ring.name])
        if held is None:
            _keep(ring, passed_at=now, gate="")
            record_wave(line, wave, "ring_passed", {"ring": ring.number})
            continue
        if ring.gate != held.reason[:300]:
            _keep(ring, gate=held.reason[:300])
        return held
    return None


def _keep(ring: WaveRing, **fields: object) -> None:
    WaveRing.objects.filter(tenant_id=ring.tenant_id, pk=ring.pk).update(**fields)


def _ring(
    line: Line,
    wave: Wave,
    rules: TenantRules,
    ring: WaveRing,
    standing: WaveStanding,
    now: datetime,
    test_days: int | None,
) -> Denied | None:
    """One ring: begun, its pilot first, then the rest. What holds the next one back, or None.

    `test_days` is None for the last ring: nothing follows on it.
    """
    if now < ring.begins_at:
        return _waits(f"It begins {ring.begins_at:%d %b %Y %H:%M} UTC.")
    if ring.begun_at is None:
        _keep(ring, begun_at=now)
        record_wave(line, wave, "ring_begun", {"ring": ring.number, "devices": ring.devices})
    whole = standing.rings.get(ring.name, Standing())
    pilot = standing.pilots.get(ring.name)
    if pilot is not None and pilot.proposed:
        gone = holding.let_go(line, wave, rules, Q(ring=ring.name, pilot=True))
        return _waits("The pilot goes first.", gone)
    if pilot is not None and whole.proposed:
        judged = may_begin_next(pilot.progress, 0, rules.limits, now)
        if isinstance(judged, Denied):
            return Denied(f"Pilot: {judged.reason}", judged.remedy, judged.code, judged.stale)
    if whole.proposed:
        gone = holding.let_go(line, wave, rules, Q(ring=ring.name))
        return _waits("Its devices have just begun.", gone)
    if test_days is None:
        return None if whole.over else _waits(f"{whole.ended:,} of {whole.tally.planned:,} ended.")
    gate = may_begin_next(whole.progress, test_days, rules.limits, tested_until(whole, now))
    return gate if isinstance(gate, Denied) else None


def _waits(sentence: str, gone: int = 0) -> Denied:
    return Denied(sentence, "", MORE if gone == ITEMS else "waits", stale=True)


def tested_until(ring: Standing, now: datetime) -> datetime:
    """Now, on the catalogue's clock: where its minutes are shorter, so are the days of a test."""
    progress: RingProgress = ring.progress
    if progress.last_ended_at is None:
        return now
    part = settings.CATALOGUE_MINUTE_SECONDS / 60
    return progress.last_ended_at + (now - progress.last_ended_at) / part
