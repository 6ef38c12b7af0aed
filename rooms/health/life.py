"""The life of one signal of one device: unknown, healthy, watching, unhealthy, and its incident.

Each step is a pure function of what is remembered and of what was read. Times are the service's:
give the earlier of when a report was read and when it arrived, so that a device whose clock runs
ahead cannot put its later reports out of order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Final, NamedTuple

from rooms.signals.catalogue import SIGNALS, DeviceType, Watch
from rooms.signals.reading import Key, Reading, Value
from rooms.signals.silence import SILENT
from rooms.states import DeviceState, IncidentState, SignalStatus

MINUTES_TO_CLOSE: Final = 7 * 24 * 60  # published: seven consecutive healthy days
EVERY: Final = ""  # among held codes: all of them, as an empty code of a suppression means

ACTIVE, RESOLVED, CLOSED = IncidentState.ACTIVE, IncidentState.RESOLVED, IncidentState.CLOSED
HEALTHY, UNKNOWN = SignalStatus.HEALTHY, SignalStatus.UNKNOWN
WATCHING, UNHEALTHY = SignalStatus.WATCHING, SignalStatus.UNHEALTHY


class Move(StrEnum):
    """What a step did that others have to know."""

    WATCHING = "watching"  # a fault was seen, and is watched before it counts
    CLEARED = "cleared"  # the fault went away and no incident was active
    ACTIVATED = "activated"  # opens an incident
    REOPENED = "reopened"  # the resolved incident is active again
    RESOLVED = "resolved"  # the active incident is resolved
    CLOSED = "closed"  # the resolved incident is closed for good


class SignalMemory(NamedTuple):
    """What is remembered of a signal between reports.

    `state` is what is shown. Under an unknown one the fault is not forgotten: `faulty_since` is
    when the present run of bad readings began, `well_since` that of good ones; unknown readings
    end only the latter. `incident` is where its newest incident stands; see `counted`.
    """

    state: SignalStatus
    since: datetime
    faulty_since: datetime | None = None
    well_since: datetime | None = None
    last_evaluated_at: datetime | None = None
    next_evaluation_at: datetime | None = None
    incident: IncidentState | None = None

    @property
    def watching_since(self) -> datetime | None:
        """When watching began, while it lasts."""
        return self.faulty_since if self.state == WATCHING else None


Moves = tuple[Move, ...]


class Step(NamedTuple):
    """What is remembered from now on, and what has to be done. The same memory: not evaluated."""

    memory: SignalMemory
    moves: Moves = ()


class Evaluated(NamedTuple):
    """A signal of a device that a report moved on."""

    reading: Reading
    memory: SignalMemory
    moves: Moves


# Their own constructors take twice as long, and a report makes dozens of each.
_remembered = partial(tuple.__new__, SignalMemory)
_evaluated = partial(tuple.__new__, Evaluated)


class Pace(NamedTuple):
    """How a signal is followed, in real time: worked out once, as it is asked for all the time."""

    poll: timedelta
    watch: timedelta
    close: timedelta
    early: timedelta

    @classmethod
    def of(cls, watch: Watch, minute: timedelta) -> Pace:
        """The catalogue's minutes, where each lasts `minute`."""
        return cls(watch.poll * minute, watch.watch * minute, MINUTES_TO_CLOSE * minute, minute / 2)


@lru_cache(maxsize=64)
def paces(device: DeviceType, minute: timedelta) -> Mapping[str, Pace]:
    """The pace of each signal that a type of device has, by code.

    Silence is read when its poll and watch are over already, so it has neither here.
    """
    made = {}
    for code, signal in SIGNALS.items():
        if (watch := signal.on.get(device)) is not None:
            made[code] = Pace.of(Watch(watch.severity, 0, 0) if code in SILENT else watch, minute)
    return MappingProxyType(made)


def step(
    memory: SignalMemory | None,
    reading: Reading,
    at: datetime,
    pace: Pace,
    *,
    held: bool = False,
) -> Step:
    """Move a signal on by one reading. `held`: suppressed or onboarding, so nothing is raised.

    Nothing changes when the signal is not due yet, nor by a reading that is not newer than the
    last: reports may come twice and in any order. Half a minute early is on time, or a report
    every five minutes would miss every other poll of five.
    """
    if memory is None:
        memory = SignalMemory(UNKNOWN, at)
    elif not _is_due(memory, at, pace):
        return Step(memory)
    return Step(*_moved(memory, reading.value, at, pace, held))


def _is_due(memory: SignalMemory, at: datetime, pace: Pace) -> bool:
    """Whether a reading of that moment counts."""
    last, due = memory.last_evaluated_at, memory.next_evaluation_at
    return last is None or (at > last and (due is None or at + pace.early >= due))


def _moved(
    memory: SignalMemory, value: Value, at: datetime, pace: Pace, held: bool
) -> tuple[SignalMemory, Moves]:
    """The memory after a reading that counts, and the moves that it made."""
    if value is Value.HEALTHY:
        return _well(memory, at, pace)
    if value is Value.UNHEALTHY:
        return _ill(memory, at, pace, held)
    _, since, faulty_since, _, _, _, incident = memory
    if memory.state != UNKNOWN:
        since = at
    due = _next(faulty_since, incident, at, pace)
    return _remembered((UNKNOWN, since, faulty_since, None, at, due, incident)), ()


def _well(memory: SignalMemory, at: datetime, pace: Pace) -> tuple[SignalMemory, Moves]:
    """Resolve what was active; close what has been well for seven days."""
    state, since, faulty_since, well_since, _, _, incident = memory
    moves: Moves = ()
    if well_since is None:
        well_since = at
    if state != HEALTHY:
        since = at
    if incident == ACTIVE:
        incident, well_since, moves = RESOLVED, at, (Move.RESOLVED,)
    elif faulty_since is not None:
        moves = (Move.CLEARED,)
    elif incident == RESOLVED and at - well_since >= pace.close:
        incident, moves = CLOSED, (Move.CLOSED,)
    return _remembered((HEALTHY, since, None, well_since, at, at + pace.poll, incident)), moves


def _ill(memory: SignalMemory, at: datetime, pace: Pace, held: bool) -> tuple[SignalMemory, Moves]:
    """Watch, then raise: a new incident, or again the one that was resolved and not yet closed."""
    before, since, begun, _, _, _, incident = memory
    moves: Moves = ()
    state = UNHEALTHY
    faulty_since = begun or (since if before == UNHEALTHY else at)
    if begun is None and incident == CLOSED:
        incident = None  # closed before this run of bad readings: it does not come back
    if incident == ACTIVE:
        pass
    elif at - faulty_since < pace.watch:
        state = WATCHING
        moves = (Move.WATCHING,) if begun is None else ()
    elif incident == CLOSED or held:
        pass  # a false alarm stays quiet until it was well once; what is held waits
    else:
        moves = (Move.REOPENED if incident == RESOLVED else Move.ACTIVATED,)
        incident = ACTIVE
    if before != state:
        since = at
    due = _next(faulty_since, incident, at, pace)
    return _remembered((state, since, faulty_since, None, at, due, incident)), moves


def _next(
    faulty_since: datetime | None, incident: IncidentState | None, at: datetime, pace: Pace
) -> datetime:
    """After the poll, or earlier: when the watch is over."""
    due = at + pace.poll
    if faulty_since is not None and incident != ACTIVE:
        over = faulty_since + pace.watch
        if at < over < due:
            return over
    return due


def follow(
    memories: Mapping[Key, SignalMemory],
    readings: Iterable[Reading],
    at: datetime,
    of: Mapping[str, Pace],
    held: frozenset[str] = frozenset(),
) -> list[Evaluated]:
    """Move all signals of a device on by one report; only those that were due are in the answer.

    `of` is what `paces` says for the device, `held` what `held_codes` says. A signal that
    the device type does not have is left out.
    """
    everything = EVERY in held
    evaluated = []
    for reading in readings:
        code = reading.code
        if (pace := of.get(code)) is None:
            continue
        memory = memories.get((code, reading.instance))
        if memory is None:
            memory = SignalMemory(UNKNOWN, at)
        elif not _is_due(memory, at, pace):
            continue
        after, moves = _moved(memory, reading.value, at, pace, everything or code in held)
        evaluated.append(_evaluated((reading, after, moves)))
    return evaluated


def held_codes(
    state: DeviceState, suppressions: Iterable[tuple[str, datetime, datetime]], at: datetime
) -> frozenset[str]:
    """What raises nothing now: everything unless monitored; else (code, begin, end) that last."""
    if state != DeviceState.MONITORED:
        return frozenset({EVERY})
    return frozenset(code for code, begin, end in suppressions if begin <= at < end)


def lost(memory: SignalMemory, at: datetime) -> SignalMemory:
    """Nothing arrives any more: shown as unknown, and due with the next report."""
    since = memory.since if memory.state == UNKNOWN else at
    return memory._replace(
        state=UNKNOWN, since=since, well_since=None, next_evaluation_at=memory.last_evaluated_at
    )


def hurried(memory: SignalMemory) -> SignalMemory:
    """Due with the next report: the device was just enrolled, or a suppression has ended."""
    return memory._replace(next_evaluation_at=memory.last_evaluated_at)


def resolved_by_hand(memory: SignalMemory, at: datetime) -> SignalMemory:
    """A person says it is mended. The next report says more; a fault is watched anew."""
    return lost(memory, at)._replace(faulty_since=None, incident=RESOLVED)


def dismissed(memory: SignalMemory) -> SignalMemory:
    """A false alarm: closed, and quiet until the signal was healthy once."""
    return memory._replace(incident=CLOSED)


def counted(
    state: IncidentState | None, closed_at: datetime | None, faulty_since: datetime | None
) -> IncidentState | None:
    """Where the newest incident stands, as `SignalMemory.incident` wants it.

    A closed one counts only while the run of bad readings lasts in which it was closed.
    """
    if state != CLOSED:
        return state
    if closed_at is None or faulty_since is None or closed_at < faulty_since:
        return None
    return state
