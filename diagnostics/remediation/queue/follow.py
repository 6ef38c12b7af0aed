"""After sending, by the agent channel: what answers and silence make of items.

A command's row is what the device surface has noted of it. Two answers, late ones and those of
another device move nothing; a late one is put on record.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final, NamedTuple

from access import residency
from diagnostics.models import Remediation
from diagnostics.remediation.catalogue import ACTIONS, ActionCode, Channel, TimeOuts
from diagnostics.remediation.following import Answer, after_answer, after_silence
from diagnostics.remediation.queue.incidents import tell_outcomes
from diagnostics.remediation.queue.moves import Moves, forget_reports
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.sending import Step
from diagnostics.remediation.states import ENDED, ItemState, Mover
from rooms.drain.line import Line, working
from rooms.drain.moving import minute

BATCH: Final = 500
# What has moved on since we looked, and what has been silent for too long.
TOLD: Final = """
    select i.id, c.delivered_at, c.accepted_at, c.running_at, c.answered_at, c.outcome,
           c.detail_code, c.expires_at
    from diagnostics_remediation i
    left join rooms_devicecommand c on c.tenant_id = i.tenant_id and c.id = i.command_id
    where i.state in ('dispatched', 'acknowledged', 'running')
      and (i.channel = 'agent' or i.action = 'collect_log')
      and (c.answered_at is not null or i.next_at <= lock.now()
           or (c.running_at is not null and i.state <> 'running')
           or (c.accepted_at is not null and i.state = 'dispatched'))
    order by i.next_at, i.id limit %s for update of i skip locked
"""
# A command is void after a day, so no answer comes later than that.
LATE: Final = """
    select i.id, c.delivered_at, c.accepted_at, c.running_at, c.answered_at, c.outcome,
           c.detail_code, c.expires_at
    from diagnostics_remediation i
    join rooms_devicecommand c on c.tenant_id = i.tenant_id and c.id = i.command_id
    where i.sent_at > lock.now() - interval '2 days' and i.answered_at is null
      and i.state <> all('{dispatched,acknowledged,running}') and c.answered_at is not null
    order by i.sent_at, i.id limit %s for update of i skip locked
"""
ANSWERS: Final = frozenset(answer.value for answer in Answer)
LOST: Final = "The device was given the command, and nobody knows whether it ran."


class Command(NamedTuple):
    """What the device surface has noted of a command."""

    delivered_at: datetime | None
    accepted_at: datetime | None
    running_at: datetime | None
    answered_at: datetime | None
    outcome: str | None
    detail_code: str | None
    expires_at: datetime | None


def follow_due(region: str, most: int = BATCH) -> int:
    """Move on up to `most` items that were sent by the agent channel; how many were looked at."""
    with residency.region(region), working(region) as line:
        told = _commands(line, TOLD, most)
        moves = Moves(line, line.now())
        items = _items(told)
        moves.know(items)
        for item in items:
            _follow(moves, item, told[item.pk])
        moves.keep()
        verifying = [one for one in items if one.state == ItemState.VERIFYING]
        forget_reports(line, verifying)
        tell_outcomes(moves, [one for one in items if one.state in ENDED])
        return len(items)


def note_late(region: str, most: int = BATCH) -> int:
    """Put on record what was answered after an item had gone on; how many answers that were."""
    with residency.region(region), working(region) as line:
        told = _commands(line, LATE, most)
        moves = Moves(line, line.now())
        for item in _items(told):
            _take_over(item, told[item.pk])
            moves.touch(item)
            moves.note(item, "late_answer", outcome=item.outcome, detail_code=item.detail_code)
        return moves.keep()


def _commands(line: Line, statement: str, most: int) -> dict[uuid.UUID, Command]:
    return {row[0]: Command(*row[1:]) for row in line.rows(statement, most)}


def _items(told: dict[uuid.UUID, Command]) -> list[Remediation]:
    """In the order in which they were found; their rows are held already."""
    found = Remediation.objects.in_bulk(list(told)) if told else {}
    return [found[key] for key in told]


def _take_over(item: Remediation, command: Command) -> None:
    """The facts with their own times, whatever they come to."""
    item.accepted_at, item.running_at = command.accepted_at, command.running_at
    item.answered_at = command.answered_at
    item.outcome, item.detail_code = command.outcome or "", command.detail_code or ""


def time_outs_of(item: Remediation) -> TimeOuts:
    """The item's time-outs here; for an action that the catalogue has lost, those of a restart."""
    known = item.action in ACTIONS
    code = ActionCode(item.action) if known else ActionCode.RESTART_DEVICE
    return ACTIONS[code].time_outs.scaled(minute())


def _follow(moves: Moves, item: Remediation, command: Command) -> None:
    now, outs, at = ItemState(item.state), time_outs_of(item), moves.at
    _take_over(item, command)
    step = None
    if command.answered_at is not None and item.outcome in list(Answer):
        step = after_answer(now, Answer(item.outcome), item.detail_code)
    if step is not None:
        extra = {"outcome": item.outcome, "detail_code": item.detail_code}
        moves.go(item, step, next_at=at + outs.settle, by=Mover.DEVICE, **extra)
    elif command.running_at is not None and now is not ItemState.RUNNING:
        working_now = Step(ItemState.RUNNING, Reason.WORKING)
        moves.go(item, working_now, next_at=command.running_at + outs.answer, by=Mover.DEVICE)
    elif command.accepted_at is not None and now is ItemState.DISPATCHED:
        taken = Step(ItemState.ACKNOWLEDGED, Reason.TAKEN)
        moves.go(item, taken, next_at=command.accepted_at + outs.answer, by=Mover.DEVICE)
    else:
        _wait(moves, item, command, outs)


def _wait(moves: Moves, item: Remediation, command: Command, outs: TimeOuts) -> None:
    """Silence. What no device was given is void; what was given may have run."""
    now, at = ItemState(item.state), moves.at
    if now is ItemState.DISPATCHED and command.delivered_at is not None:
        until = command.delivered_at + outs.answer
        step = Step(ItemState.VERIFYING, Reason.ANSWER_LOST, LOST) if at >= until else None
    else:
        since = item.state_at if now is not ItemState.DISPATCHED else item.sent_at or item.state_at
        until = since + (outs.deliver if now is ItemState.DISPATCHED else outs.answer)
        step = after_silence(now, since, outs, at)
        void = command.expires_at is None or command.expires_at <= at
        if step is None and now is ItemState.DISPATCHED and void:
            step = Step(ItemState.EXPIRED, Reason.NOT_FETCHED)
    if step is None:
        item.next_at = max(until, at + minute() / 2)
        moves.touch(item)
    else:
        moves.go(item, step, next_at=at + outs.settle)


def is_by_agent(item: Remediation) -> bool:
    """Whether a command of ours stands for the item."""
    return item.channel == Channel.AGENT or item.action == ActionCode.COLLECT_LOG
