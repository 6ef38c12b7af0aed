"""What this agent can be told to do: how long it takes, who notices, and when it cannot.

The kinds are those of the catalogue of remediations, restated here: a device knows no catalogue. A
test compares both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rooms.simulator.condition import Condition
from rooms.simulator.deeds import at_place
from rooms.simulator.machines import Machine

COLLECT: Final = "collect"


@dataclass(frozen=True)
class Doing:
    """One kind of command. `minutes` are of the course, as those of troubles are.

    `interrupts`: people in the room would notice, so it is not begun in a meeting. `silent`: the
    agent is not there meanwhile. `windows`: no other platform has it.
    """

    minutes: float
    interrupts: bool = False
    silent: bool = False
    windows: bool = True
    needs: tuple[str, ...] = ()


OBEYED: Final[dict[str, Doing]] = {
    "restart_app": Doing(1, interrupts=True, windows=False),
    "restart_device": Doing(3, interrupts=True, silent=True, windows=False),
    "restart_clear_cache": Doing(6, interrupts=True, silent=True, needs=("teams_cache",)),
    "reset_usb": Doing(0.3, interrupts=True, needs=("target", "at")),
    "reenumerate_usb": Doing(0.5, interrupts=True),
    "usb_suspend_off": Doing(0.1),
    "update_app": Doing(6, interrupts=True, windows=False, needs=("version",)),
    "update_os": Doing(20, interrupts=True, silent=True, needs=("version",)),
    "update_driver": Doing(5, interrupts=True, needs=("driver", "version")),
    "update_firmware": Doing(8, interrupts=True, windows=False, needs=("model", "version")),
    "update_agent": Doing(3, silent=True, windows=False, needs=("version",)),
    "reset_windows_update": Doing(5),
    "clean_disk": Doing(5),
    "resync_time": Doing(0.1),
}


def why_not(
    kind: str, parameters: Mapping[str, Any], machine: Machine, condition: Condition
) -> tuple[str, str] | None:
    """Outcome and code of a command that is not begun; None: nothing stands in its way."""
    doing = OBEYED.get(kind)
    if doing is None:
        return "refused", "UNKNOWN_KIND"
    if doing.windows and not machine.windows:
        return "refused", "PLATFORM"
    if set(parameters) != set(doing.needs):
        return "refused", "PARAMETERS"
    if doing.interrupts and condition.in_use and condition.app_running:
        return "failed", "IN_MEETING"
    parts = condition.parts
    if kind == "reset_usb" and not any(at_place(part, parameters) for part in parts):
        return "failed", "USB_NOT_FOUND"
    if kind == "update_firmware":
        model = str(parameters["model"]).casefold()
        if not any(part.name.casefold() == model and part.connected for part in parts):
            return "failed", "MODEL_NOT_CONNECTED"
    return None
