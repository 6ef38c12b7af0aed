"""What befalls rooms from day to day: most are well, some are warned or ill, some only for a while.

Rolled by machine, so that the same seed makes the same troubles at the same minutes of the course.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from random import Random
from typing import Any, Final

from rooms.fleet.software import APPS, WINDOWS
from rooms.kinds import DeviceKind, PeripheralKind
from rooms.simulator.condition import Condition
from rooms.simulator.machines import Machine
from rooms.simulator.parts import SOUND_IN, SOUND_OUT, Part

# Shares of the Windows computers: warned from the first day on, ill from the first day on.
WARNED: Final = 0.085
ILL: Final = 0.05
# Of each machine, in each quarter of a day: the chance of a fault that passes by itself.
PASSING: Final = 0.012
QUARTER: Final = 6 * 60
PASSES_IN: Final = (25, 150)

# Warnings by weight: what is changed in the condition.
OLD_APPS, OLD_WINDOWS = list(APPS)[2:], list(WINDOWS)[2]
WARNINGS: Final[tuple[tuple[int, Mapping[str, Any]], ...]] = (
    (26, {"app": OLD_APPS[0]}),
    (14, {"app": OLD_APPS[1]}),
    (12, {"os_build": OLD_WINDOWS}),
    (8, {"usb_suspend": True}),
    (4, {"usb_power_drain": True}),
    (6, {"bluetooth_on": False}),
    (6, {"factory_password": True}),
    (5, {"sleep_after": 30}),
    (4, {"cpu_limit": 60.0}),
    (4, {"update_service_on": False}),
    (3, {"update_reachable": False}),
    (4, {"os_activated": False}),
    (6, {"wifi_only": True}),
    (3, {"wifi_only": True, "wifi_dbm": -78.0}),
    (4, {"internet": "limited"}),
    (3, {"complete": False, "connection_errors": 31}),
    (4, {"crashes": 6}),
)

Fault = Callable[[Condition], Condition]


def lost(kinds: frozenset[PeripheralKind]) -> Fault:
    """A fault that takes one kind of thing away."""

    def gone(part: Part) -> bool:
        return part.kind in kinds

    return lambda condition: condition.unplug(gone)


def one_display_dark(condition: Condition) -> Condition:
    """The last display of the room is gone."""
    last = [part for part in condition.parts if part.kind == PeripheralKind.FRONT_DISPLAY][-1]
    return condition.unplug(lambda part: part.instance == last.instance)


def _only(kind: PeripheralKind) -> frozenset[PeripheralKind]:
    return frozenset({kind})


# Faults by weight and by what a machine must have for them; nothing: everybody.
FAULTS: Final[tuple[tuple[int, frozenset[PeripheralKind], Fault], ...]] = (
    (30, _only(PeripheralKind.FRONT_DISPLAY), one_display_dark),
    (13, _only(PeripheralKind.CAMERA), lost(_only(PeripheralKind.CAMERA))),
    (12, SOUND_IN, lost(SOUND_IN)),
    (10, SOUND_OUT, lost(SOUND_OUT)),
    (9, _only(PeripheralKind.HDMI_INGEST), lost(_only(PeripheralKind.HDMI_INGEST))),
    (5, _only(PeripheralKind.CONTENT_CAMERA), lost(_only(PeripheralKind.CONTENT_CAMERA))),
    (4, _only(PeripheralKind.CONSOLE_DISPLAY), lost(_only(PeripheralKind.CONSOLE_DISPLAY))),
    (6, frozenset(), lambda one: replace(one, exchange_code="AADSTS50126")),
    (4, frozenset(), lambda one: replace(one, exchange_code="GeneralError")),
    (6, frozenset(), lambda one: replace(one, teams_code="AADSTS53003")),
    (4, frozenset(), lambda one: replace(one, teams_code="AADSTS50076")),
    (4, frozenset(), lambda one: replace(one, app_running=False, crashes=2)),
    (3, frozenset(), lambda one: replace(one, disk_health="worn")),
)


def worn(machine: Machine, condition: Condition, minutes: float) -> Condition:
    """The condition with the machine's everyday troubles at that minute of the course."""
    if machine.room.shown and machine.kind == DeviceKind.COMPUTE:
        return one_display_dark(condition)
    for trouble in _standing(machine):
        condition = trouble(condition)
    quarter = int(minutes // QUARTER)
    for begun, ended, trouble in _passing(machine, quarter) + _passing(machine, quarter - 1):
        if begun <= minutes < ended:
            condition = trouble(condition)
    return condition


@lru_cache(maxsize=200_000)
def _standing(machine: Machine) -> tuple[Fault, ...]:
    """Troubles that were there before we came."""
    chance = machine.chance("standing")
    rolled = chance.random()
    if machine.windows and rolled < ILL:
        return (_fault(machine, chance),)
    if machine.windows and rolled < ILL + WARNED:
        warning = chance.choices(WARNINGS, [weight for weight, _ in WARNINGS])[0][1]
        return (lambda condition: replace(condition, **warning),)
    if machine.kind == DeviceKind.VIDEO_BAR and rolled < ILL:
        change: dict[str, Any] = chance.choice(({"paired": False}, {"bluetooth_on": False}))
        return (lambda condition: replace(condition, **change),)
    return ()


@lru_cache(maxsize=200_000)
def _passing(machine: Machine, quarter: int) -> tuple[tuple[float, float, Fault], ...]:
    """Troubles that begin in that quarter of a day and pass."""
    if quarter < 0 or not machine.windows:
        return ()
    chance = machine.chance(f"passing/{quarter}")
    if chance.random() >= PASSING:
        return ()
    begun = (quarter + chance.random()) * QUARTER
    return ((begun, begun + chance.randint(*PASSES_IN), _fault(machine, chance)),)


def _fault(machine: Machine, chance: Random) -> Fault:
    """One of the faults that the machine can have."""
    kinds = {part.kind for part in machine.parts}
    possible = [one for one in FAULTS if not one[1] or one[1] & kinds]
    return chance.choices(possible, [weight for weight, _, _ in possible])[0][2]
