"""Rooms as they are judged: their devices, signals, incidents and suppressions, in memory."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from rooms.drain.known import STANDARD, Policy
from rooms.drain.known import Key as Named
from rooms.health.life import SignalMemory
from rooms.health.room import RoomVerdict
from rooms.signals.catalogue import SIGNALS, DeviceType
from rooms.signals.reading import Key
from rooms.states import (
    Assignment,
    DeviceState,
    EntryKind,
    IncidentState,
    Severity,
)

RECORDED: Final = "recorded_issue"


@dataclass(slots=True)
class Signal:
    """One signal of a device. `stored` is what the table says, to see whether to write."""

    memory: SignalMemory
    sentence: str
    severity: Severity
    stored: SignalMemory | None = None
    stored_sentence: str = ""

    @property
    def changed(self) -> bool:
        """Whether something changed besides the times of its evaluation."""
        one, other = self.memory, self.stored
        return (
            other is None
            or self.sentence != self.stored_sentence
            or (one.state, one.since, one.faulty_since, one.well_since)
            != (other.state, other.since, other.faulty_since, other.well_since)
        )


@dataclass(slots=True)
class Trouble:
    """An incident. Closed ones are loaded only when they keep a fault quiet that still lasts."""

    id: uuid.UUID
    reference: str
    device_id: uuid.UUID | None
    code: str
    instance: str
    severity: Severity
    sentence: str
    state: IncidentState
    assignment: str
    opened_at: datetime
    activated_at: datetime
    activations: int
    resolved_at: datetime | None
    closed_at: datetime | None

    @property
    def signal(self) -> tuple[uuid.UUID | None, str, str]:
        """What it is about: device, code and instance."""
        return (self.device_id, self.code, self.instance)


@dataclass(slots=True)
class Entry:
    """A line for the timeline of an incident."""

    trouble: Trouble
    at: datetime
    kind: EntryKind
    text: str = ""


@dataclass(slots=True)
class Device:
    """A device of the room. `seen` is when it was last heard, or enrolled if it never was."""

    id: uuid.UUID
    reference: str
    type: DeviceType
    state: DeviceState
    seen: datetime | None
    heard: bool
    signals: dict[Key, Signal] = field(default_factory=dict)
    # After the clock has moved its signals on, the next report is to be evaluated whatever it says.
    forget: bool = False

    @property
    def monitored(self) -> bool:
        """Whether it may raise anything."""
        return self.state == DeviceState.MONITORED


@dataclass(slots=True)
class Spell:
    """A suppression that lasts or is to come: of one signal, or of all when the code is empty."""

    code: str
    begins: datetime
    ends: datetime

    def lasts(self, at: datetime) -> bool:
        """Whether it holds at the moment."""
        return self.begins <= at < self.ends


@dataclass(slots=True)
class Room:
    """A room with everything that decides what it shows."""

    tenant_id: uuid.UUID
    id: uuid.UUID
    reference: str
    tenant_reference: str
    site_id: uuid.UUID
    floor: str
    zone: str
    status: str
    since: datetime
    evaluated: datetime | None
    history_from: date | None
    in_use: bool | None
    quiet_until: datetime | None  # as it was stored
    policy: Policy = STANDARD
    devices: dict[uuid.UUID, Device] = field(default_factory=dict)
    troubles: dict[tuple[uuid.UUID | None, str, str], Trouble] = field(default_factory=dict)
    spells: list[Spell] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    touched: dict[uuid.UUID, Trouble] = field(default_factory=dict)  # incidents to write
    gone: list[tuple[uuid.UUID, str, str]] = field(default_factory=list)  # signals to delete
    faults_begun: list[datetime] = field(default_factory=list)
    verdict: RoomVerdict | None = None
    days: dict[date, Any] = field(default_factory=dict)

    @property
    def key(self) -> Named:
        """What names it."""
        return (self.tenant_id, self.id)

    def signals(self) -> Iterator[tuple[Device, Key, Signal]]:
        """All signals of all its devices."""
        for device in self.devices.values():
            for key, signal in device.signals.items():
                yield device, key, signal

    def suppressions(self) -> Iterable[tuple[str, datetime, datetime]]:
        """As rooms.health.life.held_codes wants them."""
        return [(one.code, one.begins, one.ends) for one in self.spells]

    def suppressed_until(self, at: datetime) -> datetime | None:
        """The end of what keeps the whole room quiet."""
        return max(
            (one.ends for one in self.spells if not one.code and one.lasts(at)), default=None
        )


def new_trouble(device: Device, key: Key, signal: Signal, at: datetime, reference: str) -> Trouble:
    """An incident that opens now."""
    return Trouble(
        id=uuid.uuid4(),
        reference=reference,
        device_id=device.id,
        code=key[0],
        instance=key[1],
        severity=signal.severity,
        sentence=signal.sentence,
        state=IncidentState.ACTIVE,
        assignment=Assignment.PENDING,
        opened_at=at,
        activated_at=at,
        activations=1,
        resolved_at=None,
        closed_at=None,
    )


@cache
def severity_of(code: str, device: DeviceType) -> Severity:
    """How much the signal matters on that device."""
    signal = SIGNALS.get(code)
    return (signal.severity_on(device) if signal else None) or Severity.NOT_RATED
