"""The states of a collection, and who moves it from one to the next.

Values are plain text and never database enums: comparing text is leakproof, so an index on it
still serves under row security.
"""

from __future__ import annotations

from django.db import models


class CollectionState(models.TextChoices):
    """Where an ordered collection stands."""

    ORDERED = "ordered", "Ordered"
    WAITING = "waiting", "Waiting for the device"
    COLLECTING = "collecting", "Collecting"
    UPLOADING = "uploading", "Uploading"
    CHECKING = "checking", "Checking"
    READY = "ready", "Ready"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Failed"
    EXPIRED = "expired", "Expired"
    DESTROYED = "destroyed", "Destroyed"


class Mover(models.TextChoices):
    """Who makes a move: the person who ordered, the device, or our own workers."""

    OPERATOR = "operator", "operator"
    DEVICE = "device", "device"
    SYSTEM = "system", "system"


class PartState(models.TextChoices):
    """What came of one ordered part."""

    ORDERED = "ordered", "Ordered"
    KEPT = "kept", "Kept"
    KEPT_OUT = "kept_out", "Kept out"
    LEFT_OUT = "left_out", "Left out by the device"


_DEVICE = frozenset({Mover.DEVICE})
_SYSTEM = frozenset({Mover.SYSTEM})
_EITHER = frozenset({Mover.DEVICE, Mover.SYSTEM})
_OVER = frozenset({Mover.OPERATOR, Mover.SYSTEM})

# Ordered lasts until the device has fetched the order, waiting until it begins: it may be in a
# meeting. A device that tells nothing in between may go straight to what it does. The operator
# withdraws an order by letting it expire at once.
COLLECTION_MOVES: dict[CollectionState, dict[CollectionState, frozenset[Mover]]] = {
    CollectionState.ORDERED: {
        CollectionState.WAITING: _DEVICE,
        CollectionState.COLLECTING: _DEVICE,
        CollectionState.UPLOADING: _DEVICE,
        CollectionState.REFUSED: _DEVICE,
        CollectionState.FAILED: _EITHER,
        CollectionState.EXPIRED: _OVER,
    },
    CollectionState.WAITING: {
        CollectionState.COLLECTING: _DEVICE,
        CollectionState.UPLOADING: _DEVICE,
        CollectionState.REFUSED: _DEVICE,
        CollectionState.FAILED: _EITHER,
        CollectionState.EXPIRED: _OVER,
    },
    CollectionState.COLLECTING: {
        CollectionState.UPLOADING: _DEVICE,
        CollectionState.REFUSED: _DEVICE,
        CollectionState.FAILED: _EITHER,
        CollectionState.EXPIRED: _OVER,
    },
    CollectionState.UPLOADING: {
        CollectionState.CHECKING: _DEVICE,
        CollectionState.FAILED: _EITHER,
        CollectionState.EXPIRED: _OVER,
    },
    CollectionState.CHECKING: {
        CollectionState.READY: _SYSTEM,
        CollectionState.REFUSED: _SYSTEM,
        CollectionState.FAILED: _SYSTEM,
    },
    CollectionState.READY: {CollectionState.DESTROYED: _SYSTEM},
    CollectionState.REFUSED: {},
    CollectionState.FAILED: {},
    CollectionState.EXPIRED: {},
    CollectionState.DESTROYED: {},
}

# Something may still come of these by itself: one of them a device at a time.
OPEN_STATES: tuple[CollectionState, ...] = (
    CollectionState.ORDERED,
    CollectionState.WAITING,
    CollectionState.COLLECTING,
    CollectionState.UPLOADING,
    CollectionState.CHECKING,
)


def may_move_collection(now: str, to: str, mover: Mover) -> bool:
    """Whether that mover may move a collection so. Unknown states move nowhere."""
    if now not in CollectionState.values or to not in CollectionState.values:
        return False
    return mover in COLLECTION_MOVES[CollectionState(now)].get(CollectionState(to), frozenset())
