"""The Graph channel: one call at a time, outside of every transaction, and never twice.

Graph takes no id of ours. What the device had of operations is committed before anything is sent,
so that whoever comes next, after whatever death, finds the operation instead of making another.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connections

from access import residency
from diagnostics.models import Remediation
from diagnostics.remediation.catalogue import ActionCode, BadParameters, Channel, action_of
from diagnostics.remediation.following import after_silence
from diagnostics.remediation.graph import (
    Conflict,
    GraphChannel,
    GraphError,
    NotThere,
    OperationStatus,
    Throttled,
    Unsure,
    Work,
    after_error,
    item_state,
    work_of,
)
from diagnostics.remediation.graph.channel import SETTLE
from diagnostics.remediation.queue.directories import Open, Reach, channel_of
from diagnostics.remediation.queue.facts import parameters_of
from diagnostics.remediation.queue.follow import time_outs_of
from diagnostics.remediation.queue.incidents import tell_outcomes
from diagnostics.remediation.queue.moves import Moves, forget_reports
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.sending import Step
from diagnostics.remediation.states import ENDED, ItemState
from diagnostics.remediation.tenant_rules import rules_of
from rooms.drain.line import working
from rooms.drain.moving import minute

BATCH: Final = 20
# The first half of the advisory lock's key; the item is the second.
CALLS: Final = 0x06A9
# Longer than any call takes; whoever died in one is followed after this.
LEASE: Final = timedelta(minutes=10)
ON_THE_WAY: Final = (ItemState.DISPATCHED, ItemState.ACKNOWLEDGED, ItemState.RUNNING)
ORDER: Final = (*ON_THE_WAY, ItemState.VERIFYING)
SERIAL: Final = "select serial from rooms_device where tenant_id = %s and id = %s"
STOPPED: Final = "select diagnostics.is_stopped(%s, %s)"
LOST: Final = "Nobody knows what became of it."


class TakenBack(Exception):
    """The item has moved on, or is stopped, before anything was sent."""


@dataclass(frozen=True)
class Call:
    """What is to be done at Graph for one item."""

    item: Remediation
    directory: uuid.UUID | None
    serial: str
    work: Work | None


@dataclass(frozen=True)
class Result:
    """What came of it: where the item goes (None: nowhere), and when it is looked at again."""

    step: Step | None
    after: timedelta
    operation: str = ""


def graph_due(region: str, most: int = BATCH, open_channel: Open = channel_of) -> int:
    """Send, find or follow up to `most` items of the Graph channel; how many were looked at."""
    with residency.region(region):
        with working(region) as line:
            due = Remediation.objects.filter(
                state__in=ON_THE_WAY, channel=Channel.GRAPH, next_at__lte=line.now()
            ).exclude(action=ActionCode.COLLECT_LOG)
            keys = list(due.order_by("next_at", "id").values_list("tenant_id", "id")[:most])
        reach = Reach(open_channel)
        return sum(_one(region, key, reach) for key in keys)


def _one(region: str, key: tuple[uuid.UUID, uuid.UUID], reach: Reach) -> bool:
    with _alone(region, key[1]) as ours:
        call = _claim(region, key) if ours else None
        if call is None:
            return False
        try:
            result = _ask(region, call, reach)
        except TakenBack:
            return True
        _keep(region, call.item, result)
        return True


@contextmanager
def _alone(region: str, item: uuid.UUID) -> Iterator[bool]:
    """Whether nobody else is at the item; ours until the block ends, or we do."""
    with connections[region].cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, hashtext(%s))", [CALLS, str(item)])
        (ours,) = cursor.fetchone()
    try:
        yield ours
    finally:
        if ours:
            with connections[region].cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s, hashtext(%s))", [CALLS, str(item)])


def _claim(region: str, key: tuple[uuid.UUID, uuid.UUID]) -> Call | None:
    """The item with its next look put off before the call is made; None: it is not due any more."""
    with working(region) as line:
        item = _held(key, line.now())
        if item is None:
            return None
        moves = Moves(line, line.now())
        item.next_at = moves.at + LEASE
        moves.touch(item)
        moves.keep()
        rows = line.rows(SERIAL, item.tenant_id, item.device_id)
        try:
            action = action_of(item.action)
            work = work_of(action.code, parameters_of(item, action))
        except (LookupError, BadParameters):
            work = None
        directory = rules_of([item.tenant_id])[item.tenant_id].graph
        return Call(item, directory, rows[0][0] if rows else "", work)


def _held(key: tuple[uuid.UUID, uuid.UUID], due: datetime | None = None) -> Remediation | None:
    """The item with its row held, if it is still on the way."""
    rows = Remediation.objects.filter(tenant_id=key[0], pk=key[1], state__in=ON_THE_WAY)
    if due is not None:
        rows = rows.filter(next_at__lte=due)
    return rows.select_for_update(of=("self",)).first()


def _ask(region: str, call: Call, reach: Reach) -> Result:
    """Everything that goes over the network. No transaction is open."""
    item = call.item
    if call.directory is None or call.work is None:
        return Result(
            Step(ItemState.FAILED, Reason.FAILED, "The customer's Graph channel is not set up."),
            timedelta(),
        )
    known = item.operations_known
    try:
        channel = reach.channel(call.directory)
        device = reach.device(call.directory, call.serial)
        if item.operation:
            return _poll(channel, device, item)
        sent = channel.dispatch(
            device, call.work, known=known, remember=lambda ids: _remember(region, item, ids)
        )
    except GraphError as error:
        return _wrong(error, item, sent_before=known is not None or bool(item.operation))
    return Result(None, minute() / 2, sent.operation)


def _remember(region: str, item: Remediation, known: frozenset[str]) -> None:
    """Commit what was there before anything is sent. Raises TakenBack when it is not to be sent."""
    with working(region) as line:
        held = _held((item.tenant_id, item.pk))
        if held is None or held.command_id != item.command_id:
            raise TakenBack
        if line.rows(STOPPED, item.tenant_id, item.action)[0][0]:
            raise TakenBack  # it is cancelled by whoever looks for stops
        held.operations_known = sorted(known)
        moves = Moves(line, line.now())
        moves.touch(held)
        moves.keep()


def _poll(channel: GraphChannel, device: str, item: Remediation) -> Result:
    operation = channel.client.operation(device, item.operation)
    state = item_state(operation)
    if state is ItemState.FAILED:
        cancelled = operation.status is OperationStatus.CANCELLED
        words = "It was cancelled at Microsoft Graph." if cancelled else ""
        said = words or f"Microsoft Graph says: {operation.error_code or 'failed'}."
        return Result(Step(state, Reason.FAILED, said), timedelta(), item.operation)
    later = state is not None and ORDER.index(state) > ORDER.index(ItemState(item.state))
    if state is None or not later:
        return Result(None, minute() / 2, item.operation)
    reason = {
        ItemState.ACKNOWLEDGED: Reason.TAKEN,
        ItemState.RUNNING: Reason.WORKING,
        ItemState.VERIFYING: Reason.WAITS_FOR_REPORT,
    }[state]
    return Result(Step(state, reason), minute() / 2, item.operation)


def _wrong(error: GraphError, item: Remediation, *, sent_before: bool) -> Result:
    """What an error makes of it. Once something may have been sent, no error says it was not."""
    wait = error.after if isinstance(error, Throttled) else minute()
    if isinstance(error, Unsure):
        wait = SETTLE
    if sent_before:
        gone = isinstance(error, NotThere) and bool(item.operation)
        lost = Step(ItemState.VERIFYING, Reason.ANSWER_LOST, LOST) if gone else None
        return Result(lost, max(wait, SETTLE if not item.operation else wait), item.operation)
    step = after_error(error)
    if isinstance(error, Conflict):
        wait = 5 * minute()
    return Result(step, wait)


def _keep(region: str, item: Remediation, result: Result) -> None:
    """Write what came of a call, unless the item has moved on meanwhile."""
    with working(region) as line:
        held = _held((item.tenant_id, item.pk))
        if held is None or held.command_id != item.command_id:
            return
        moves = Moves(line, line.now())
        moves.know([held])
        held.operation = result.operation or held.operation
        step = result.step or _silence(held, moves.at)
        extra: dict[str, Any] = {"operation": held.operation} if held.operation else {}
        if step is None:
            held.next_at = moves.at + result.after
            moves.touch(held)
        else:
            _go(moves, held, step, result, extra)
        moves.keep()
        if held.state == ItemState.VERIFYING:
            forget_reports(line, [held])
        tell_outcomes(moves, [held] if held.state in ENDED else [])


def _go(moves: Moves, item: Remediation, step: Step, result: Result, extra: dict[str, Any]) -> None:
    """With the times that Graph lets us see: when we saw it."""
    if step.state is ItemState.SCHEDULED:  # nothing arrived: as if it was never sent
        item.sent_at, item.operation, item.operations_known = None, "", None
    elif step.state is ItemState.ACKNOWLEDGED:
        item.accepted_at = moves.at
    elif step.state is ItemState.RUNNING:
        item.running_at = moves.at
    elif step.reason in (Reason.WAITS_FOR_REPORT, Reason.FAILED):
        item.answered_at = moves.at
        item.outcome = "done" if step.state is ItemState.VERIFYING else "failed"
    moves.go(item, step, next_at=moves.at + result.after, **extra)


def _silence(item: Remediation, at: datetime) -> Step | None:
    """What Graph has for too long: it may have run, so the reports decide."""
    state = ItemState(item.state)
    since = item.state_at if state is not ItemState.DISPATCHED else item.sent_at or item.state_at
    if after_silence(state, since, time_outs_of(item), at) is None:
        return None
    return Step(ItemState.VERIFYING, Reason.ANSWER_LOST, LOST)
