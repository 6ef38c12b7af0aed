"""Move a room's signals on in memory: by a report, or by silence; and its incidents with them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from access.references import new_reference
from rooms.drain.judging import judge
from rooms.drain.telling import Told, read_report
from rooms.drain.world import (
    RECORDED,
    Device,
    Entry,
    Room,
    Signal,
    Trouble,
    new_trouble,
    severity_of,
)
from rooms.health import life
from rooms.health.life import Evaluated, Move, SignalMemory
from rooms.signals.catalogue import SIGNALS
from rooms.signals.reading import FINE, Key, Reading, Value
from rooms.signals.silence import ILL, SILENT, WELL, trips_at
from rooms.states import DeviceState, EntryKind, IncidentState, SignalStatus

FLOOR: Final = "floor_outage"
FLOOR_WELL: Final = Reading(FLOOR, Value.HEALTHY, FINE)
# Where the newest incident of an unhealthy signal stands while a suppression holds the next one.
WAITING: Final = (None, IncidentState.RESOLVED)
MOMENT: Final = timedelta(microseconds=1)
LOST: Final = "Not known while nothing arrives."


def minute() -> timedelta:
    """How long a minute of the catalogue lasts here."""
    return timedelta(seconds=settings.CATALOGUE_MINUTE_SECONDS)


def hear(room: Room, device: Device, told: Told) -> bool:
    """Take in a report. Whether the next one, should it say the same, may be passed over."""
    received = told.taken.received_at
    device.seen, device.heard = max(device.seen or received, received), True
    device.forget = False
    drop_switched_off(room, device)
    close_what_ended(room, received)
    readings = read_report(told.report, device.type, room.policy, device.signals)
    move(room, device, readings, told.taken.at)
    # It is heard when it arrives, however old what it tells; also when we took it for silent just
    # before its report was stored.
    heard = [WELL[code] for code in SILENT if device.type in SIGNALS[code].on]
    if (FLOOR, "") in device.signals:
        heard.append(FLOOR_WELL)
    looked = [_last(device.signals[one.key]) for one in heard if one.key in device.signals]
    move(room, device, heard, max([received, *(at + MOMENT for at in looked)]))
    judge(room, received)
    return all(_settled(device.signals.get(reading.key), reading) for reading in readings)


def move(room: Room, device: Device, readings: Iterable[Reading], at: datetime) -> None:
    """Step all signals that the readings are about, and do what the steps ask for."""
    held = life.held_codes(device.state, room.suppressions(), at)
    memories: dict[Key, SignalMemory] = {}
    for key, signal in device.signals.items():
        memories[key] = _released(signal.memory, key, held)
    wanted = [one for one in readings if one.code not in room.policy.off]
    for evaluated in life.follow(memories, wanted, at, life.paces(device.type, minute()), held):
        _keep(room, device, evaluated, at)


def _released(memory: SignalMemory, key: Key, held: frozenset[str]) -> SignalMemory:
    """What was held and is held no more is due at once."""
    return life.hurried(memory) if _waits(memory, key, held) else memory


def _waits(memory: SignalMemory, key: Key, held: frozenset[str]) -> bool:
    """Whether nothing but the next evaluation keeps a fault from being raised."""
    if memory.state is not SignalStatus.UNHEALTHY or memory.incident not in WAITING:
        return False
    return life.EVERY not in held and key[0] not in held


def waits(room: Room, device: Device, at: datetime) -> bool:
    """Whether the next report is to be evaluated even if it says the same as the last."""
    held = life.held_codes(device.state, room.suppressions(), at)
    return any(_waits(signal.memory, key, held) for key, signal in device.signals.items())


def _keep(room: Room, device: Device, evaluated: Evaluated, at: datetime) -> None:
    """Remember one signal, and open, reopen, resolve or close its incident."""
    reading, memory, moves = evaluated
    signal = device.signals.get(reading.key)
    if memory.faulty_since is not None and (signal is None or signal.memory.faulty_since is None):
        room.faults_begun.append(at)
    if signal is None:
        severity = severity_of(reading.code, device.type)
        signal = device.signals[reading.key] = Signal(memory, reading.sentence, severity)
    signal.memory, signal.sentence = memory, reading.sentence
    trouble = room.troubles.get((device.id, *reading.key))
    for done in moves:
        trouble = _done(room, device, reading.key, signal, trouble, done, at)
    bad = reading.value is Value.UNHEALTHY and memory.incident == IncidentState.ACTIVE
    if trouble is not None and bad and trouble.sentence != reading.sentence:
        trouble.sentence = reading.sentence
        room.touched[trouble.id] = trouble


def _done(
    room: Room,
    device: Device,
    key: Key,
    signal: Signal,
    trouble: Trouble | None,
    done: Move,
    at: datetime,
) -> Trouble | None:
    """What one move of a signal means for its incident."""
    if done == Move.ACTIVATED:
        trouble = new_trouble(device, key, signal, at, new_reference("INC"))
        room.troubles[trouble.signal] = trouble
        _tell(room, trouble, at, EntryKind.OPENED, signal.sentence)
    elif trouble is None:
        return None
    elif done == Move.REOPENED:
        trouble.state, trouble.activated_at, trouble.resolved_at = IncidentState.ACTIVE, at, None
        trouble.activations += 1
        _tell(room, trouble, at, EntryKind.REOPENED, signal.sentence)
    elif done == Move.RESOLVED:
        trouble.state, trouble.resolved_at = IncidentState.RESOLVED, at
        _tell(room, trouble, at, EntryKind.RESOLVED, signal.sentence)
    elif done == Move.CLOSED:
        close(room, trouble, at, "Well for seven days.")
    return trouble


def close(room: Room, trouble: Trouble, at: datetime, why: str) -> None:
    """End an incident for good."""
    trouble.state, trouble.closed_at = IncidentState.CLOSED, at
    _tell(room, trouble, at, EntryKind.CLOSED, why)


def _tell(room: Room, trouble: Trouble, at: datetime, kind: EntryKind, text: str) -> None:
    """Have the incident written, with a line in its timeline."""
    room.touched[trouble.id] = trouble
    room.entries.append(Entry(trouble, at, kind, text))


def _settled(signal: Signal | None, reading: Reading) -> bool:
    """Whether the same reading would change nothing by itself, however often it comes."""
    return signal is None or signal.memory.state.value == reading.value.value


# -- What happens without a report ----------------------------------------------------------------


def fall_silent(room: Room, now: datetime, heard_until: datetime) -> set[uuid.UUID]:
    """Judge by when devices were last heard; the devices whose silence has just become a fault.

    `heard_until` is how far the inbox is drained: what waits there may be anybody's word.
    """
    due = [
        (trips_at(code, device.type, device.seen, minute()), code, device)
        for device in room.devices.values()
        if device.monitored and device.seen is not None
        for code in SILENT
        if device.type in SIGNALS[code].on and code not in room.policy.off
    ]
    fallen = set()
    for trips, code, device in sorted(due, key=lambda one: one[:2]):
        signal = device.signals.get((code, ""))
        known = signal is not None and signal.memory.state == SignalStatus.UNHEALTHY
        if trips > heard_until or (known and signal and signal.memory.incident is not None):
            continue
        # Dated back to when it tripped, however late we look; but what was held counts from now.
        at = now if known or (signal and trips <= _last(signal)) else trips
        move(room, device, [ILL[code]], at)
        if not known:
            fallen.add(device.id)
            lose(device, at)
            judge(room, at)
    return fallen


def _last(signal: Signal) -> datetime:
    """When the signal was last evaluated."""
    return signal.memory.last_evaluated_at or signal.memory.since


def lose(device: Device, at: datetime) -> None:
    """All that only reports tell is unknown now."""
    device.forget = True
    for (code, _), signal in device.signals.items():
        if code not in SILENT and code != FLOOR and signal.memory.state != SignalStatus.UNKNOWN:
            signal.memory, signal.sentence = life.lost(signal.memory, at), LOST


def drop_switched_off(room: Room, device: Device) -> None:
    """Forget signals that the tenant has switched off, and all of a device that left.

    Their incidents end; one that was closed like this does not come back.
    """
    left = device.state == DeviceState.UNENROLLED
    for key in [key for key in device.signals if left or key[0] in room.policy.off]:
        del device.signals[key]
        room.gone.append((device.id, *key))


def close_what_ended(room: Room, now: datetime) -> None:
    """Close incidents of switched-off signals and of devices that left."""
    for trouble in room.troubles.values():
        if trouble.state == IncidentState.CLOSED or trouble.code == RECORDED:
            continue
        device = room.devices.get(trouble.device_id) if trouble.device_id else None
        if trouble.code in room.policy.off:
            close(room, trouble, now, "The signal is switched off.")
        elif device is None or device.state == DeviceState.UNENROLLED:
            close(room, trouble, now, "The device is not enrolled any more.")
