"""Log files fill a disk, until somebody makes room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Final

from rooms.simulator.condition import Condition
from rooms.simulator.course import Phase
from rooms.simulator.machines import Machine
from rooms.simulator.scenarios.scenario import Scenario, ordinary, some

SHARE: Final = 0.01
# share of the disk that is left, and what one minute takes of it
LEFT: Final = 0.03
A_MINUTE: Final = 0.0001
LEAST: Final = 0.004


def choose(machines: Sequence[Machine], chance: Random) -> Sequence[Machine]:
    """One room in a hundred."""
    return some(ordinary(machines), chance, SHARE)


def change(machine: Machine, condition: Condition, phase: Phase) -> Condition:
    """Less and less is free; never nothing, for the device still starts."""
    if not phase.lasts:
        return condition
    return replace(condition, disk_free=max(LEAST, LEFT - A_MINUTE * phase.minutes))


SCENARIO = Scenario(
    name="low_disk",
    tells="a disk fills up",
    begins=10,
    lasts=300,
    every=720,
    choose=choose,
    change=change,
    signals=frozenset({"disk_space"}),
)
