"""Moves of a wave and of many of its items at once, each with its line in the record."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django.db.models import Q

from access import audit
from diagnostics.models import Remediation, Wave
from diagnostics.remediation.queue import notices
from diagnostics.remediation.queue.moves import US, Moves
from diagnostics.remediation.queue.waves.rows import NEVER
from diagnostics.remediation.sending import Step
from diagnostics.remediation.states import ItemState, Mover, WaveState, move
from diagnostics.remediation.windows import Interval
from rooms.drain.line import Line

# How often a wave that goes on is looked at.
LOOK_EVERY: Final = timedelta(seconds=10)
BATCH: Final = 1_000
NOTICES: Final = {
    WaveState.PLANNED: "wave_planned",
    WaveState.STOPPED: "wave_stopped",
    WaveState.DONE: "wave_done",
}
NEW_WINDOW: Final = "Its window was over before its turn came; this is the next one."


def claim_items(wave: Wave, *conditions: Q) -> list[Remediation]:
    """The next items of a wave that fit, locked until the transaction ends, in the plan's order.

    At most a batch, so that nobody waits long for one of them: a full one may have more behind it.
    Whoever sends or follows an item has its row; such a one is left for the next look.
    """
    rows = Remediation.objects.filter(*conditions, tenant_id=wave.tenant_id, wave_id=wave.pk)
    claimed = rows.order_by("place", "id").select_for_update(skip_locked=True, of=("self",))
    return list(claimed[:BATCH])


def move_items(
    line: Line,
    items: Sequence[Remediation],
    step: Step,
    *,
    windows: Mapping[uuid.UUID, Interval] | None = None,
) -> int:
    """Move claimed items, those with another window into that one; how many."""
    if not items:
        return 0
    now = line.now()
    moves = Moves(line, now)
    moves.know(items)
    for item in items:
        its_own = step
        if windows and item.pk in windows:
            item.window_begins_at, item.window_ends_at = windows[item.pk]
            its_own = step._replace(sentence=step.sentence or NEW_WINDOW)
        waits = step.state is ItemState.SCHEDULED
        moves.go(item, its_own, next_at=max(now, item.window_begins_at) if waits else now)
    return moves.keep()


def move_wave(
    line: Line,
    wave: Wave,
    to: WaveState,
    why: str = "",
    *,
    detail: Mapping[str, Any] | None = None,
    **fields: Any,
) -> None:
    """Move a wave whose row is ours, record it, and tell whoever ordered it."""
    move(WaveState(wave.state), to, Mover.SYSTEM)
    next_at = fields.pop("next_at", NEVER if to == WaveState.DONE else line.now())
    Wave.objects.filter(tenant_id=wave.tenant_id, pk=wave.pk).update(
        state=to, mover=Mover.SYSTEM, moved_by_label=US, why=why[:300], next_at=next_at, **fields
    )
    wave.state = to
    said = {"why": why[:300]} if why else {}
    record_wave(line, wave, str(to), said | dict(detail or {}))
    if code := NOTICES.get(to):
        named = (wave.tenant_id, wave.tenant_reference)
        notices.tell(named, wave.reference, code, wave.requested_by_id)


def record_wave(line: Line, wave: Wave, what: str, detail: Mapping[str, Any]) -> None:
    """One event of a wave in the record."""
    audit.record_system(
        f"wave.{what}",
        region=line.region,
        tenant=(wave.tenant_id, wave.tenant_reference),
        subject=("wave", wave.reference),
        scopes=[wave.scope],
        grants=[wave.grant_reference],
        purpose=wave.purpose,
        detail={"action": wave.action, "parameters": wave.parameters, **detail},
    )


def look_again(line: Line, wave: Wave, after: timedelta | None = LOOK_EVERY) -> None:
    """When the wave is looked at next; None: when a person has moved it."""
    next_at = NEVER if after is None else line.now() + after
    Wave.objects.filter(tenant_id=wave.tenant_id, pk=wave.pk).update(next_at=next_at)
