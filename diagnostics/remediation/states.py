"""The states of an item of the queue and of a wave: who moves them, and who may act on them.

Requested, accepted, running and observed are different facts, so each has a state of its own.
Values are plain text and never database enums, as in rooms/states.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from django.db import models

from access.verdict import Allowed, Denied, Verdict, WrongState


class ItemState(models.TextChoices):
    """Where one action on one device stands."""

    PROPOSED = "proposed", "Proposed"
    APPROVED = "approved", "Approved"
    SCHEDULED = "scheduled", "Scheduled"
    WAITING_FOR_GRANT = "waiting_for_grant", "Waiting for a grant"
    PAUSED = "paused", "Paused"
    DISPATCHED = "dispatched", "Sent"
    ACKNOWLEDGED = "acknowledged", "Taken by the device"
    RUNNING = "running", "Running"
    VERIFYING = "verifying", "Verifying"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"
    REFUSED = "refused", "Refused"


class WaveState(models.TextChoices):
    """Where a wave of items stands."""

    DRAFT = "draft", "Draft"
    PLANNED = "planned", "Planned"
    APPROVED = "approved", "Approved"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    STOPPED = "stopped", "Stopped"
    ROLLING_BACK = "rolling_back", "Rolling back"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class Mover(models.TextChoices):
    """Who makes a move. The system is a worker of ours, a policy that was agreed on included."""

    REQUESTER = "requester", "requester"
    APPROVER = "approver", "approver"
    SYSTEM = "system", "system"
    DEVICE = "device", "device"


class Act(models.TextChoices):
    """What a person may ask of an item or a wave."""

    APPROVE = "approve", "Approve"
    REFUSE = "refuse", "Refuse"
    START = "start", "Start"
    PAUSE = "pause", "Pause"
    RESUME = "resume", "Resume"
    STOP = "stop", "Stop"
    CANCEL = "cancel", "Cancel"
    RETRY = "retry", "Try again"
    ROLL_BACK = "roll_back", "Roll back"


_Item, _Wave = ItemState, WaveState
_REQUESTER = frozenset({Mover.REQUESTER})
_APPROVER = frozenset({Mover.APPROVER})
_SYSTEM = frozenset({Mover.SYSTEM})
_DEVICE = frozenset({Mover.DEVICE})
_PERSON = _REQUESTER | _APPROVER
_ANYBODY = _PERSON | _SYSTEM
_ANSWER = _SYSTEM | _DEVICE

Moves = Mapping[Any, Mapping[Any, frozenset[Mover]]]

# Sent goes back to scheduled only where nothing can have arrived: the channel refused it. What
# the device has taken is never called back: its answer, or silence, leads to verifying. Verifying
# goes back once, for the retry in the next window. A late answer moves nothing that has ended.
ITEM_MOVES: Final[dict[ItemState, dict[ItemState, frozenset[Mover]]]] = {
    _Item.PROPOSED: {
        _Item.APPROVED: _APPROVER | _SYSTEM,
        _Item.REFUSED: _APPROVER | _SYSTEM,
        # by the system: with its wave
        _Item.CANCELLED: _REQUESTER | _SYSTEM,
        _Item.EXPIRED: _SYSTEM,
    },
    _Item.APPROVED: {
        _Item.SCHEDULED: _SYSTEM,
        _Item.CANCELLED: _ANYBODY,
        _Item.EXPIRED: _SYSTEM,
        _Item.REFUSED: _SYSTEM,
    },
    _Item.SCHEDULED: {
        _Item.DISPATCHED: _SYSTEM,
        _Item.WAITING_FOR_GRANT: _SYSTEM,
        _Item.PAUSED: _ANYBODY,
        _Item.CANCELLED: _ANYBODY,
        _Item.EXPIRED: _SYSTEM,
        _Item.REFUSED: _SYSTEM,
    },
    _Item.WAITING_FOR_GRANT: {
        _Item.SCHEDULED: _SYSTEM,
        _Item.PAUSED: _ANYBODY,
        _Item.CANCELLED: _ANYBODY,
        _Item.EXPIRED: _SYSTEM,
        _Item.REFUSED: _SYSTEM,
    },
    _Item.PAUSED: {
        _Item.SCHEDULED: _ANYBODY,
        _Item.CANCELLED: _ANYBODY,
        _Item.EXPIRED: _SYSTEM,
        _Item.REFUSED: _SYSTEM,
    },
    _Item.DISPATCHED: {
        _Item.SCHEDULED: _SYSTEM,
        _Item.ACKNOWLEDGED: _ANSWER,
        _Item.RUNNING: _ANSWER,
        _Item.VERIFYING: _ANSWER,
        _Item.FAILED: _ANSWER,
        _Item.CANCELLED: _ANYBODY,
        _Item.EXPIRED: _SYSTEM,
        _Item.REFUSED: _ANSWER,
    },
    _Item.ACKNOWLEDGED: {
        _Item.RUNNING: _ANSWER,
        _Item.VERIFYING: _ANSWER,
        _Item.FAILED: _ANSWER,
        _Item.REFUSED: _DEVICE,
    },
    _Item.RUNNING: {_Item.VERIFYING: _ANSWER, _Item.FAILED: _ANSWER},
    _Item.VERIFYING: {
        _Item.SCHEDULED: _SYSTEM,
        _Item.SUCCEEDED: _SYSTEM,
        _Item.FAILED: _SYSTEM,
    },
    _Item.SUCCEEDED: {},
    _Item.FAILED: {},
    _Item.CANCELLED: {},
    _Item.EXPIRED: {},
    _Item.REFUSED: {},
}

# What stopped does not go on: it is rolled back, or left, and a new plan is agreed on.
WAVE_MOVES: Final[dict[WaveState, dict[WaveState, frozenset[Mover]]]] = {
    _Wave.DRAFT: {_Wave.PLANNED: _SYSTEM, _Wave.CANCELLED: _REQUESTER | _SYSTEM},
    _Wave.PLANNED: {
        _Wave.DRAFT: _REQUESTER,
        _Wave.APPROVED: _APPROVER,
        _Wave.CANCELLED: _ANYBODY,
    },
    _Wave.APPROVED: {
        _Wave.RUNNING: _REQUESTER | _SYSTEM,
        _Wave.CANCELLED: _ANYBODY,
    },
    _Wave.RUNNING: {
        _Wave.PAUSED: _ANYBODY,
        _Wave.STOPPED: _ANYBODY,
        _Wave.DONE: _SYSTEM,
    },
    _Wave.PAUSED: {_Wave.RUNNING: _PERSON, _Wave.STOPPED: _ANYBODY},
    _Wave.STOPPED: {_Wave.ROLLING_BACK: _APPROVER, _Wave.CANCELLED: _PERSON},
    _Wave.ROLLING_BACK: {_Wave.STOPPED: _ANYBODY, _Wave.DONE: _SYSTEM},
    _Wave.DONE: {_Wave.ROLLING_BACK: _APPROVER},
    _Wave.CANCELLED: {},
}

# What a person may do in each state, and where it leads. Trying again makes a new item that
# names the old one: what ended stays as it ended.
ITEM_ACTS: Final[dict[ItemState, dict[Act, frozenset[Mover]]]] = {
    _Item.PROPOSED: {Act.APPROVE: _APPROVER, Act.REFUSE: _APPROVER, Act.CANCEL: _REQUESTER},
    _Item.APPROVED: {Act.CANCEL: _PERSON},
    _Item.SCHEDULED: {Act.PAUSE: _PERSON, Act.CANCEL: _PERSON},
    _Item.WAITING_FOR_GRANT: {Act.PAUSE: _PERSON, Act.CANCEL: _PERSON},
    _Item.PAUSED: {Act.RESUME: _PERSON, Act.CANCEL: _PERSON},
    _Item.DISPATCHED: {Act.CANCEL: _PERSON},
    _Item.ACKNOWLEDGED: {},
    _Item.RUNNING: {},
    _Item.VERIFYING: {},
    _Item.SUCCEEDED: {},
    _Item.FAILED: {Act.RETRY: _REQUESTER},
    _Item.CANCELLED: {Act.RETRY: _REQUESTER},
    _Item.EXPIRED: {Act.RETRY: _REQUESTER},
    _Item.REFUSED: {},
}

WAVE_ACTS: Final[dict[WaveState, dict[Act, frozenset[Mover]]]] = {
    _Wave.DRAFT: {Act.CANCEL: _REQUESTER},
    _Wave.PLANNED: {Act.APPROVE: _APPROVER, Act.CANCEL: _PERSON},
    _Wave.APPROVED: {Act.START: _REQUESTER, Act.CANCEL: _PERSON},
    _Wave.RUNNING: {Act.PAUSE: _PERSON, Act.STOP: _PERSON},
    _Wave.PAUSED: {Act.RESUME: _PERSON, Act.STOP: _PERSON},
    _Wave.STOPPED: {Act.ROLL_BACK: _APPROVER, Act.CANCEL: _PERSON},
    _Wave.ROLLING_BACK: {Act.STOP: _PERSON},
    _Wave.DONE: {Act.ROLL_BACK: _APPROVER},
    _Wave.CANCELLED: {},
}

# Where each act leads; RETRY leads nowhere, for the new item begins as proposed.
ITEM_ACT_TO: Final[dict[Act, ItemState]] = {
    Act.APPROVE: _Item.APPROVED,
    Act.REFUSE: _Item.REFUSED,
    Act.PAUSE: _Item.PAUSED,
    Act.RESUME: _Item.SCHEDULED,
    Act.CANCEL: _Item.CANCELLED,
}
WAVE_ACT_TO: Final[dict[Act, WaveState]] = {
    Act.APPROVE: _Wave.APPROVED,
    Act.START: _Wave.RUNNING,
    Act.PAUSE: _Wave.PAUSED,
    Act.RESUME: _Wave.RUNNING,
    Act.STOP: _Wave.STOPPED,
    Act.CANCEL: _Wave.CANCELLED,
    Act.ROLL_BACK: _Wave.ROLLING_BACK,
}

ENDED: Final = frozenset(state for state, moves in ITEM_MOVES.items() if not moves)
# What keeps a second operation of the kind from the device.
OPEN: Final = frozenset(ItemState) - ENDED
# Nothing has left us yet: an emergency stop takes hold at once.
NOT_SENT: Final = frozenset(
    {_Item.PROPOSED, _Item.APPROVED, _Item.SCHEDULED, _Item.WAITING_FOR_GRANT, _Item.PAUSED}
)

State = TypeVar("State", ItemState, WaveState)


def move(now: State, to: State, by: Mover) -> State:
    """The state after a move by that kind of mover. Raises WrongState when the table has no such
    move, saying what the thing is now."""
    table: Moves = ITEM_MOVES if isinstance(now, ItemState) else WAVE_MOVES
    movers = table[now].get(to) if type(now) is type(to) else None
    if movers is None:
        raise WrongState(f"It is {str(now.label).lower()} now.")
    if by not in movers:
        whose = " or ".join(one.label for one in Mover if one in movers)
        raise WrongState(f"That step is the {whose}'s, not the {by.label}'s.")
    return to


def may_act(act: Act, now: ItemState | WaveState, by: Mover) -> Verdict:
    """Whether that kind of person may do that to it as it stands now."""
    table: Mapping[Any, Mapping[Act, frozenset[Mover]]] = (
        ITEM_ACTS if isinstance(now, ItemState) else WAVE_ACTS
    )
    movers = table[now].get(act)
    state = str(now.label).lower()
    if movers is None:
        return Denied(f"“{act.label}” is not possible: it is {state}.", "", "state", stale=True)
    if by not in movers:
        whose = " or ".join(one.label for one in Mover if one in movers)
        return Denied(f"“{act.label}” is for the {whose}.", "", "not_yours")
    return Allowed()
