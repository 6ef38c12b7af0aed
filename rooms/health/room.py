"""What a room shows: the worst of its critical and important incidents, unless overridden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rooms.signals.silence import SILENT
from rooms.states import (
    DECIDING,
    SEVERITY_ORDER,
    DeviceState,
    IncidentState,
    RoomStatus,
    Severity,
    attention_rank,
)

# Published: the factory password never changes the health of a room, however severe.
NEVER_DECIDES: Final = frozenset({"default_credentials"})
SHOWN: Final = frozenset({Severity.WARNING, Severity.RECOMMENDED})


@dataclass(frozen=True, slots=True)
class Standing:
    """One signal of one device of the room, or an incident that a person recorded.

    `device` names the device, empty for what was recorded. `held`: a suppression of this signal
    lasts. What counts is the active incident, not what the last reading showed: a fault that
    became unknown is still a fault.
    """

    device: str
    code: str
    severity: Severity
    incident: IncidentState | None
    active_since: datetime | None
    held: bool = False

    @property
    def active(self) -> bool:
        """Whether an incident is active and nobody keeps it quiet."""
        return self.incident == IncidentState.ACTIVE and not self.held


@dataclass(frozen=True, slots=True)
class RoomVerdict:
    """What the room shows, in the terms of RoomHealth. `since`: when the status last changed."""

    status: RoomStatus
    attention: int
    worst_signal: str
    worst_severity: str
    faults: int
    warnings: int
    since: datetime


def judge_room(
    standings: Iterable[Standing],
    devices: Iterable[DeviceState],
    at: datetime,
    *,
    suppressed: bool = False,
    before: tuple[str, datetime] | None = None,
) -> RoomVerdict:
    """Weigh all signals of a room's monitored devices. `suppressed`: the room is, at the moment.

    `devices` are the states of its devices: until one is monitored the room is onboarding, as
    is a room without any. `before` is the status and the since of the last verdict.
    """
    standings = list(standings)
    active = [standing for standing in standings if standing.active]
    faults = [standing for standing in active if _decides(standing)]
    shown = [one for one in active if one.severity in SHOWN]
    silent = _lost(standings, faults)
    worst = silent or _worst([*faults, *(one for one in shown if one.severity == Severity.WARNING)])
    if DeviceState.MONITORED not in set(devices):
        status = RoomStatus.ONBOARDING
    elif suppressed:
        status = RoomStatus.SUPPRESSED
    elif silent:
        status = RoomStatus.UNMONITORED
    else:
        status = RoomStatus.UNHEALTHY if faults else RoomStatus.HEALTHY
    severity = worst.severity.value if worst else ""
    return RoomVerdict(
        status=status,
        attention=attention_rank(status, severity),
        worst_signal=worst.code if worst else "",
        worst_severity=severity,
        faults=len(faults),
        warnings=len(shown),
        since=before[1] if before and before[0] == status else at,
    )


def _decides(standing: Standing) -> bool:
    return standing.severity in DECIDING and standing.code not in NEVER_DECIDES


def _worst(standings: list[Standing]) -> Standing | None:
    """The most severe; of equals the oldest."""
    return min(
        standings,
        key=lambda one: (SEVERITY_ORDER[one.severity], one.active_since is None, one.active_since),
        default=None,
    )


def _lost(standings: list[Standing], faults: list[Standing]) -> Standing | None:
    """The silence that makes the room unmonitored: that of every device which could be silent.

    While another device still speaks, the silent one is a fault like any other.
    """
    silent = [one for one in faults if one.code in SILENT]
    watched = {one.device for one in standings if one.code in SILENT}
    if not silent or {one.device for one in silent} != watched:
        return None
    return max(silent, key=lambda one: SILENT.index(one.code))
