"""Write a room's event log as the meeting app would: one JSON line an event, quirks included."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tests.fleet.descriptions import Component
from tests.fleet.events import CHANNEL, SHAPES, SOURCE, EventId

EVERY: Final = timedelta(minutes=5)
HEARTBEAT_PARTS: Final = (
    Component.NETWORK,
    Component.EXCHANGE,
    Component.SKYPE_SIGN_IN,
    Component.TEAMS_SIGN_IN,
)


@dataclass(frozen=True)
class Fault:
    """A component that is not well for a while. `word` is its status, with any free text."""

    component: Component
    word: str
    begun: datetime
    ended: datetime | None = None
    displays_left: int = 0

    def active(self, moment: datetime) -> bool:
        """Whether it shows at the moment."""
        return self.begun <= moment and (self.ended is None or moment < self.ended)


@dataclass(frozen=True)
class Machine:
    """What every record of a room repeats."""

    name: str
    os_version: str
    app_version: str
    alias: str
    display_name: str
    ipv4: str
    ipv6: str
    displays: int
    parts: tuple[Component, ...]
    colon: str = " : "
    skype_leg: str = "NotApplicable"


def log_of(
    machine: Machine,
    faults: Iterable[Fault],
    *,
    first: datetime,
    last: datetime,
    restarts: Iterable[datetime] = (),
    every_error_since: datetime | None = None,
) -> list[str]:
    """An excerpt: the first and the last look, every change, and recent errors every 5 minutes."""
    faults = [fault for fault in faults if fault.begun <= last]
    changes = {first, last}
    for fault in faults:
        changes |= {
            moment for moment in (fault.begun, fault.ended) if moment and first <= moment <= last
        }
    lines: dict[tuple[datetime, EventId], str] = {}
    for moment in changes:
        for line_of in (heartbeat, hardware):
            event, line = line_of(machine, moment, faults)
            lines[moment, event] = line
    for moment in _while_ill(machine, faults, every_error_since or last, last):
        for line_of in (heartbeat, hardware):
            event, line = line_of(machine, moment, faults)
            if SHAPES[event][2] == "Fail":
                lines[moment, event] = line
    for restart in restarts:
        lines[restart, EventId.RESTARTED] = _line(
            machine, restart, EventId.RESTARTED, "App restarted.", named=True
        )
    return [lines[key] for key in sorted(lines)]


def _while_ill(
    machine: Machine, faults: Iterable[Fault], since: datetime, last: datetime
) -> set[datetime]:
    """The five-minute looks at which something was wrong, counted back from the last one."""
    looks = set()
    moment = last
    while moment > since:
        if machine.skype_leg == "Unhealthy" or any(fault.active(moment) for fault in faults):
            looks.add(moment)
        moment -= EVERY
    return looks


def heartbeat(machine: Machine, at: datetime, faults: Iterable[Fault]) -> tuple[EventId, str]:
    """Event 2000 or 2001: network, Exchange, and the two sign-ins."""
    words = {fault.component: fault.word for fault in faults if fault.active(at)}
    well = {
        Component.NETWORK: "Healthy",
        Component.EXCHANGE: "Connected",
        Component.SKYPE_SIGN_IN: machine.skype_leg,
        Component.TEAMS_SIGN_IN: "Healthy",
    }
    # The app writes the two sign-ins without the space before the colon.
    colons = [machine.colon, machine.colon, ": ", ": "]
    text = " ".join(
        f"{part} status{colon}{words.get(part, well[part])}."
        for part, colon in zip(HEARTBEAT_PARTS, colons, strict=True)
    )
    failed = machine.skype_leg == "Unhealthy" or any(part in words for part in HEARTBEAT_PARTS)
    event = EventId.HEARTBEAT_FAILED if failed else EventId.HEARTBEAT_PASSED
    signed_in = Component.TEAMS_SIGN_IN not in words
    return event, _line(machine, at, event, text, named=signed_in)


def hardware(machine: Machine, at: datetime, faults: Iterable[Fault]) -> tuple[EventId, str]:
    """Event 3000 or 3001: everything that is plugged in."""
    active = {fault.component: fault for fault in faults if fault.active(at)}
    sentences = []
    for part in machine.parts:
        fault = active.get(part)
        word = fault.word if fault else "Healthy"
        sentences.append(f"{part} status{machine.colon}{word}.")
        if fault and part == Component.FRONT_DISPLAY:
            sentences.append(
                f"Configured display count is {machine.displays}."
                f" Real display count is {fault.displays_left}."
            )
    failed = any(part in active for part in machine.parts)
    event = EventId.HARDWARE_FAILED if failed else EventId.HARDWARE_PASSED
    return event, _line(machine, at, event, " ".join(sentences), named=True)


def _line(machine: Machine, at: datetime, event: EventId, text: str, *, named: bool) -> str:
    level, operation, result = SHAPES[event]
    message = {
        "Description": text,
        "ResourceState": "Unhealthy" if result == "Fail" else "Healthy",
        "OperationName": operation,
        "OperationResult": result,
        "OS": "Windows 10",
        "OSVersion": machine.os_version,
        "Alias": machine.alias if named else "",
        "DisplayName": machine.display_name if named else "",
        "AppVersion": machine.app_version,
        "IPv4Address": machine.ipv4,
        "IPv6Address": machine.ipv6,
    }
    return json.dumps(
        {
            "TimeCreated": at.isoformat(),
            "Id": int(event),
            "LevelDisplayName": level,
            "LogName": CHANNEL,
            "ProviderName": SOURCE,
            "MachineName": machine.name,
            "Message": json.dumps(message, ensure_ascii=False),
        },
        ensure_ascii=False,
    )
