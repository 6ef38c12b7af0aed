"""A loose USB cable: the camera comes and goes, until it stays away for good."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from rooms.kinds import PeripheralKind
from rooms.simulator.condition import Condition
from rooms.simulator.course import Phase
from rooms.simulator.machines import Machine
from rooms.simulator.parts import Part
from rooms.simulator.scenarios.scenario import Scenario, ordinary, some

SHARE: Final = 0.008
LASTS: Final = 200
# How often it has come and gone when we first hear of it, the minutes from one time to the next,
# and how often at most: more would be a port that flaps, which is a signal of its own.
ALREADY: Final = 4
EVERY: Final = 30.0
MOST: Final = 9


def choose(machines: Sequence[Machine], chance: Random) -> Sequence[Machine]:
    """One room in a hundred and twenty, of those with one camera."""
    return some([one for one in ordinary(machines) if _cameras(one) == 1], chance, SHARE)


def change(machine: Machine, condition: Condition, phase: Phase) -> Condition:
    """The camera is away whenever somebody asks; its port has seen it come and go."""

    def camera(part: Part) -> bool:
        return part.kind == PeripheralKind.CAMERA

    times = min(MOST, ALREADY + int(phase.minutes // EVERY))
    if phase.lasts:
        return condition.unplug(camera, link_changes=times)
    return condition.change(camera, link_changes=times)


def _cameras(machine: Machine) -> int:
    return sum(part.kind == PeripheralKind.CAMERA for part in machine.parts)


SCENARIO = Scenario(
    name="loose_usb",
    tells="a loose USB cable takes the camera away",
    begins=4,
    lasts=LASTS,
    every=540,
    choose=choose,
    change=change,
    signals=frozenset({"camera_room"}),
)
