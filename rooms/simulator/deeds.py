"""What commands have changed of a simulated machine: each deed with its time, kept on disk.

The world without deeds is a function of the seed and of time. A deed mends the troubles that there
were when it was done; one that comes later is new, and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from rooms.fleet.firmware import BAD
from rooms.simulator.condition import NO_TIME, Condition
from rooms.simulator.machines import Machine
from rooms.simulator.parts import Part
from rooms.simulator.scenarios import bad_firmware

# Of a hundred cables, those that hold after a reset; a restart helps fewer of them.
HOLDS: Final = 0.85
HOLDS_AFTER_RESTART: Final = 0.5
# Share of the disk that a clean-up frees.
FREED: Final = 0.22
FULLEST: Final = 0.9
DAY: Final = timedelta(days=1)
# How often the link of a part with bad firmware comes and goes in a day.
BAD_LINKS: Final = 30
# Sign-ins that fail because of what lies in a cache.
CACHED: Final = frozenset({"GeneralError"})


@dataclass(frozen=True)
class Deed:
    """One command that was carried out, and when."""

    kind: str
    at: datetime
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "kind": self.kind,
            "at": self.at.isoformat(),
            "parameters": dict(self.parameters),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Deed:
        """From what was kept."""
        return cls(told["kind"], datetime.fromisoformat(told["at"]), told["parameters"])


@dataclass(frozen=True)
class Scene:
    """A machine without its deeds, when one was done (`before`) and at the `moment` (`bare`)."""

    machine: Machine
    deed: Deed
    moment: datetime
    before: Condition
    bare: Condition

    def mend(self, condition: Condition, **well: object) -> Condition:
        """Make these well, where they are no worse by now than the deed found them."""
        lasting = {
            name: value
            for name, value in well.items()
            if getattr(self.bare, name) == getattr(self.before, name)
        }
        return replace(condition, **lasting)  # type: ignore[arg-type]  # by name

    def mend_parts(self, condition: Condition, which: Callable[[Part], bool]) -> Condition:
        """Find those parts again that were lost then and still are."""
        then = {part.instance: part for part in self.before.parts}
        now = {part.instance: part for part in self.bare.parts}

        def lasting(part: Part) -> bool:
            old, bare = then.get(part.instance), now.get(part.instance)
            lost = old is not None and not old.connected
            return lost and bare is not None and not bare.connected and not is_bad(part)

        return condition.change(
            lambda part: which(part) and lasting(part), connected=True, usable=True
        )


def done(scene: Scene, condition: Condition) -> Condition:
    """The machine with one more deed done."""
    return EFFECTS[scene.deed.kind](scene, condition)


def is_bad(part: Part) -> bool:
    """Whether it runs firmware that costs it its link: no reset helps."""
    return part.firmware == bad_firmware.BAD or (part.name, part.firmware) in BAD


def _cable(machine: Machine, part: Part, share: float) -> bool:
    """Whether the part's cable holds: the same each time, for a real one that is loose stays so."""
    return part.on_usb and machine.chance(f"cable/{part.instance}").random() < share


def _restart_app(scene: Scene, condition: Condition) -> Condition:
    return scene.mend(condition, app_running=True, crashes=0)


def _restarted(scene: Scene, condition: Condition) -> Condition:
    lately = scene.moment - scene.deed.at < DAY
    return replace(
        condition,
        started_at=max(condition.started_at, scene.deed.at),
        restarts=condition.restarts + lately,
    )


def _restart_device(scene: Scene, condition: Condition) -> Condition:
    mended = scene.mend(
        _restarted(scene, condition),
        app_running=True, crashes=0, internet="full", paired=True, bluetooth_on=True,
        nightly_restart=True, complete=True, connection_errors=0,
    )  # fmt: skip
    return scene.mend_parts(mended, lambda part: _cable(scene.machine, part, HOLDS_AFTER_RESTART))


def _restart_clear_cache(scene: Scene, condition: Condition) -> Condition:
    codes = {
        name: ""
        for name in ("teams_code", "exchange_code")
        if getattr(scene.before, name) in CACHED
    }
    return scene.mend(_restart_device(scene, condition), **codes)


def at_place(part: Part, parameters: Mapping[str, Any]) -> bool:
    """Whether a part hangs where a reset is asked for."""
    at = parameters.get("at")
    if parameters.get("target") == "hub":
        return at in (part.parent, part.instance)
    return part.port == at


def _reset_usb(scene: Scene, condition: Condition) -> Condition:
    def here(part: Part) -> bool:
        return at_place(part, scene.deed.parameters) and _cable(scene.machine, part, HOLDS)

    return scene.mend_parts(condition, here)


def _reenumerate_usb(scene: Scene, condition: Condition) -> Condition:
    return scene.mend_parts(condition, lambda part: _cable(scene.machine, part, HOLDS))


def _usb_suspend_off(scene: Scene, condition: Condition) -> Condition:
    return scene.mend(condition, usb_suspend=False, usb_power_drain=False)


def _update_app(scene: Scene, condition: Condition) -> Condition:
    version = str(scene.deed.parameters["version"])
    return replace(_restart_app(scene, condition), app=version)


def _update_os(scene: Scene, condition: Condition) -> Condition:
    version = str(scene.deed.parameters["version"])
    updated_at = max(condition.updated_at, scene.deed.at)
    return replace(_restarted(scene, condition), os_build=version, updated_at=updated_at)


def _update_agent(scene: Scene, condition: Condition) -> Condition:
    version = str(scene.deed.parameters["version"])
    mended = scene.mend(condition, complete=True, connection_errors=0)
    return replace(mended, agent=version)


def _update_driver(scene: Scene, condition: Condition) -> Condition:
    name, version = (str(scene.deed.parameters[word]) for word in ("driver", "version"))
    others = tuple(one for one in condition.drivers if one[0] != name)
    return replace(condition, drivers=(*others, (name, version)))


def _update_firmware(scene: Scene, condition: Condition) -> Condition:
    model, version = (str(scene.deed.parameters[word]) for word in ("model", "version"))
    then = {part.instance: part.firmware for part in scene.before.parts}
    now = {part.instance: part.firmware for part in scene.bare.parts}
    changed: dict[str, Part] = {}
    for part in condition.parts:
        pushed = now.get(part.instance) != then.get(part.instance)
        if part.name.casefold() != model.casefold() or pushed:
            continue  # another model, or somebody has put other firmware on it since
        new = replace(part, firmware=version)
        if is_bad(new):
            new = replace(new, usable=False, link_changes=BAD_LINKS)
        elif is_bad(part):
            new = replace(new, connected=True, usable=True, link_changes=0)
        changed[part.instance] = new
    parts = tuple(changed.get(part.instance, part) for part in condition.parts)
    return replace(condition, parts=parts)


def _reset_windows_update(scene: Scene, condition: Condition) -> Condition:
    mended = scene.mend(
        condition,
        update_service_on=True, update_reachable=True, wsus_set=False, update_rolled_back=False,
        update_errors=0, failing_services=0,
    )  # fmt: skip
    return replace(mended, updated_at=max(condition.updated_at, scene.deed.at))


def _clean_disk(scene: Scene, condition: Condition) -> Condition:
    free = max(condition.disk_free, min(FULLEST, condition.disk_free + FREED))
    return replace(condition, disk_free=free)


def _resync_time(scene: Scene, condition: Condition) -> Condition:
    return scene.mend(condition, clock_ahead=NO_TIME)


EFFECTS: Final[dict[str, Callable[[Scene, Condition], Condition]]] = {
    "restart_app": _restart_app,
    "restart_device": _restart_device,
    "restart_clear_cache": _restart_clear_cache,
    "reset_usb": _reset_usb,
    "reenumerate_usb": _reenumerate_usb,
    "usb_suspend_off": _usb_suspend_off,
    "update_app": _update_app,
    "update_os": _update_os,
    "update_driver": _update_driver,
    "update_firmware": _update_firmware,
    "update_agent": _update_agent,
    "reset_windows_update": _reset_windows_update,
    "clean_disk": _clean_disk,
    "resync_time": _resync_time,
}
