"""How a machine is at one moment: everything about it that can change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rooms.kinds import PeripheralKind
from rooms.simulator.days import in_use, last_night
from rooms.simulator.machines import Machine
from rooms.simulator.parts import Part

NO_TIME: Final = timedelta()


@dataclass(frozen=True)
class Condition:
    """A machine's changing side. Faults are changes of it; the defaults are a machine that is well.

    `clock_ahead` is how far its own clock runs ahead of the true time. `disk_free` is a share.
    A code of a sign-in is empty while it goes well.
    """

    started_at: datetime
    parts: tuple[Part, ...]
    app: str
    os_build: str
    agent: str
    in_use: bool
    updated_at: datetime
    powered: bool = True
    clock_ahead: timedelta = NO_TIME
    restarts: int = 0
    blue_screens: int = 0
    crashes: int = 0
    connection_errors: int = 0
    complete: bool = True
    app_running: bool = True
    internet: str = "full"
    exchange_code: str = ""
    teams_code: str = ""
    disk_free: float = 0.45
    disk_health: str = "good"
    nightly_restart: bool = True
    bluetooth_on: bool = True
    factory_password: bool = False
    os_activated: bool = True
    usb_suspend: bool = False
    usb_power_drain: bool = False
    cpu_limit: float = 100
    sleep_after: int = 0
    update_service_on: bool = True
    update_reachable: bool = True
    wsus_set: bool = False
    update_rolled_back: bool = False
    update_errors: int = 0
    failing_services: int = 0
    wifi_only: bool = False
    wifi_dbm: float = -52
    paired: bool = True
    drivers: tuple[tuple[str, str], ...] = ()

    def unplug(self, which: Callable[[Part], bool], link_changes: int = 1) -> Condition:
        """The same with some parts gone from their ports."""
        return self.change(which, connected=False, link_changes=link_changes)

    def change(self, which: Callable[[Part], bool], **changes: object) -> Condition:
        """The same with some parts changed."""
        parts = tuple(
            replace(part, **changes) if which(part) else part  # type: ignore[arg-type]  # by name
            for part in self.parts
        )
        return replace(self, parts=parts)

    def connected(self, kind: PeripheralKind) -> int:
        """How many parts of a kind answer."""
        return sum(part.kind == kind and part.connected for part in self.parts)


def well(machine: Machine, moment: datetime) -> Condition:
    """The machine as it should be: all plugged in, signed in, restarted last night."""
    return Condition(
        started_at=last_night(machine.zone, moment),
        parts=machine.parts,
        app=machine.app,
        os_build=machine.os_build,
        agent=machine.agent,
        in_use=in_use(machine.seed, machine.room.key, machine.zone, moment),
        updated_at=last_night(machine.zone, moment - timedelta(days=moment.toordinal() % 7)),
    )
