"""How fresh a signal is: when it was read last, and when it will be read next.

A row of a signal is written when something changes. In between, each report of the room reads it
again and finds the same; that moment stands with the room's health, once for all its signals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rooms.models import RoomHealth, SignalState
from rooms.states import SignalStatus


@dataclass(frozen=True)
class Fresh:
    """Last and next reading of a signal, and since when it is watched."""

    last: datetime | None
    next: datetime | None
    due: bool
    watching_since: datetime | None = None


def of_signal(signal: SignalState, health: RoomHealth | None, now: datetime) -> Fresh:
    """A signal, as its room was last evaluated. Unknown ones are not read while nothing arrives."""
    last, following = signal.last_evaluated_at, signal.next_evaluation_at
    evaluated = health.last_evaluated_at if health else None
    if last and evaluated and evaluated > last and signal.state != SignalStatus.UNKNOWN:
        interval = following - last if following else None
        # Without an interval it is read with each report, whenever that comes.
        following = evaluated + interval if interval else None
        last = evaluated
    watching = signal.faulty_since if signal.state == SignalStatus.WATCHING else None
    return Fresh(last, following, following is not None and following <= now, watching)


def of_room(health: RoomHealth | None, signals: list[Fresh], now: datetime) -> Fresh:
    """A room: when it was evaluated, and which of its signals is read next."""
    coming = min((one.next for one in signals if one.next), default=None)
    watching = min((one.watching_since for one in signals if one.watching_since), default=None)
    last = health.last_evaluated_at if health else None
    return Fresh(last, coming, coming is not None and coming <= now, watching)
