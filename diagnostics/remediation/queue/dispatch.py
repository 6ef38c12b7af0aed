"""From approved to sent: what is due is judged once more, and leaves or goes elsewhere.

One dispatcher works in a region at a time, so that no cap is passed by two that count at once;
whatever dies in the middle has sent nothing, for command, state and record are one transaction.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from typing import Any, Final

from django.db import DatabaseError, OperationalError
from django.db.models import Q

from access import residency
from diagnostics.models import Remediation
from diagnostics.remediation.catalogue import Action, ActionCode, Channel
from diagnostics.remediation.catalogue.parameters import Parameters
from diagnostics.remediation.queue import agent
from diagnostics.remediation.queue.deciding import Decision, decide
from diagnostics.remediation.queue.facts import Facts, Rights, gather, rights_of
from diagnostics.remediation.queue.moves import Moves, forget_reports, refused
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.sending import Step
from diagnostics.remediation.states import ItemState
from rooms.command_keys import NoCommandKey, key_ring
from rooms.commands import BadKeys, KeyRing, Malformed
from rooms.drain.line import Line, working
from rooms.drain.moving import minute

logger = logging.getLogger(__name__)

BATCH: Final = 200
# The key of the advisory lock that a dispatcher of a region holds for one transaction.
DISPATCHES: Final = 0x0D15BA7C
ALONE: Final = "select pg_try_advisory_xact_lock(%s)"
LATER: Final = """
    update diagnostics_remediation i set next_at = lock.now() + interval '5 minutes'
    where i.tenant_id = %s and i.id = %s
"""
S = ItemState
# Which states are left by a right to be sent.
ASKS: Final = frozenset({S.SCHEDULED, S.WAITING_FOR_GRANT})
NO_RIGHTS: Final = Rights(covered=False, grant_lives=False)
DUE: Final = (
    Q(state__in=[S.APPROVED, S.SCHEDULED, S.WAITING_FOR_GRANT])
    | Q(state=S.PAUSED, reason_code__in=[Reason.EMERGENCY_STOP, Reason.WAVE_PAUSED])
    | Q(state=S.PROPOSED, wave=None)
)


def dispatch_due(region: str, most: int = BATCH) -> int:
    """Move on up to `most` items of a region that are due; how many were looked at.

    Zero also while another process dispatches there. What the database refuses fails its batch;
    then each is tried by itself, so that one that is at fault holds up no other.
    """
    try:
        return _dispatch(region, most)
    except OperationalError as down:
        if _waited_too_long(down):
            return 0  # a person is at one of its rows; the next wake-up finds it
        raise
    except DatabaseError as refusal:
        logger.warning("A batch is not sent (%s); trying one by one", type(refusal).__name__)
    return sum(_dispatch_one(region, key) for key in _due_keys(region, most))


def _waited_too_long(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == "55P03"


def _due_keys(region: str, most: int) -> list[tuple[uuid.UUID, uuid.UUID]]:
    with residency.region(region), working(region) as line:
        due = Remediation.objects.filter(DUE, next_at__lte=line.now())
        return list(due.order_by("next_at", "place", "id").values_list("tenant_id", "id")[:most])


def _dispatch_one(region: str, key: tuple[uuid.UUID, uuid.UUID]) -> int:
    try:
        return _dispatch(region, 1, key)
    except OperationalError:
        raise
    except DatabaseError:
        logger.exception("An item is not moved, and looked at again later.")
    with residency.region(region), working(region) as line:
        line.run(LATER, *key)
    return 0


def _dispatch(region: str, most: int, only: tuple[uuid.UUID, uuid.UUID] | None = None) -> int:
    with residency.region(region), working(region) as line:
        if not line.rows(ALONE, DISPATCHES)[0][0]:
            return 0
        due = Remediation.objects.filter(DUE, next_at__lte=line.now())
        if only:
            due = due.filter(tenant_id=only[0], pk=only[1])
        rows = due.order_by("next_at", "place", "id").select_for_update(
            skip_locked=True, of=("self",)
        )
        items = list(rows[:most])
        if items:
            asked = [item for item in items if item.state == S.SCHEDULED]
            _Batch(line, gather(region, items, asked=asked), items).run()
        return len(items)


class _Batch:
    """One transaction: everything is judged with the same facts and counted as it is decided."""

    def __init__(self, line: Line, facts: Facts, items: Sequence[Remediation]) -> None:
        self.line = line
        self.facts = facts
        self.items = items
        self.moves = Moves(line, facts.at)
        self.leaving: list[agent.Leaving] = []
        self.sent: list[Remediation] = []
        self.unread: list[Remediation] = []
        self.ring: KeyRing | None = None

    def run(self) -> None:
        """Decide on each, in order, and write it all."""
        self.moves.know(self.items)
        asked = [item for item in self.items if item.state in ASKS]
        rights = rights_of(self.line, asked)
        for item in self.items:
            right = rights.get(item.pk, NO_RIGHTS)
            decision = decide(item, self.facts, right, self.moves.wave_of(item))
            if decision.send is None:
                self._put(item, decision)
            else:
                self._send(item, *decision.send)
        agent.hand_over(self.line, self.leaving)
        self.moves.keep()
        # What the device tells as it fetches the command is what it was like before.
        forget_reports(self.line, [*self.sent, *self.unread])

    def _put(self, item: Remediation, decision: Decision) -> None:
        if decision.window is not None:
            item.window_begins_at, item.window_ends_at = decision.window
        self.moves.go(item, decision.step, next_at=decision.next_at)
        device = self.facts.devices.get((item.tenant_id, item.device_id))
        if decision.step.reason is Reason.PENDING_CONNECTION and device and device.report is None:
            self.unread.append(item)  # its last whole report may be too old to be kept

    def _send(self, item: Remediation, action: Action, told: Parameters) -> None:
        at = self.facts.at
        if by_graph(item, action):
            item.command_id = agent.command_id_of(item)
            item.operation, item.operations_known = "", None
            next_at = at
        else:
            try:
                self.leaving.append(agent.leave(self._keys(), item, action, told, at))
            except (BadKeys, NoCommandKey) as error:
                logger.error("Nothing is sent in %s: %s", self.line.region, error)
                item.command_id = None
                waits = Step(S.SCHEDULED, Reason.CHANNEL_BUSY, "There is no key to sign it with.")
                self.moves.go(item, waits, next_at=at + minute())
                return
            except Malformed as error:
                item.command_id = None
                self.moves.go(item, refused(Reason.BAD_PARAMETERS, str(error)))
                return
            next_at = at + action.time_outs.scaled(minute()).deliver
        item.sent_at, item.accepted_at, item.running_at = at, None, None
        item.answered_at, item.observed_at, item.outcome, item.detail_code = None, None, "", ""
        window = [item.window_begins_at.isoformat(), item.window_ends_at.isoformat()]
        extra: dict[str, Any] = {"collection": item.operation} if item.operation else {}
        self.moves.go(
            item,
            Step(S.DISPATCHED, Reason.IN_PROGRESS),
            next_at=next_at,
            window=window,
            urgent=item.urgent,
            **extra,
        )
        self._count(item)

    def _count(self, item: Remediation) -> None:
        """It counts for all that follow it in the batch."""
        self.sent.append(item)
        self.facts.sent.add(item)
        key = (item.tenant_id, item.device_id)
        others = self.facts.open.setdefault(key, [])
        self.facts.open[key] = [
            one._replace(state=S.DISPATCHED) if one.id == item.pk else one for one in others
        ]

    def _keys(self) -> KeyRing:
        if self.ring is None:
            self.ring = key_ring(self.line.region)
        return self.ring


def by_graph(item: Remediation, action: Action) -> bool:
    """Whether Microsoft Graph carries it; logs that we are to keep come by the agent only."""
    return (
        item.channel == Channel.GRAPH
        and Channel.GRAPH in action.channels
        and action.code is not ActionCode.COLLECT_LOG
    )
