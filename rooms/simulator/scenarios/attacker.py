"""A stranger's device tries the device surface: nobody's machine changes by it.

What it tries stands in rooms/simulator/attacks.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from rooms.simulator.condition import Condition
from rooms.simulator.course import Phase
from rooms.simulator.machines import Machine
from rooms.simulator.scenarios.scenario import Scenario


def choose(machines: Sequence[Machine], chance: Random) -> Sequence[Machine]:
    """Nobody falls ill."""
    return []


def change(machine: Machine, condition: Condition, phase: Phase) -> Condition:
    """Nothing."""
    return condition


SCENARIO = Scenario(
    name="attacker",
    tells="a stranger's device forges, replays and tries wrong keys",
    begins=1,
    lasts=60,
    every=600,
    choose=choose,
    change=change,
    signals=frozenset(),
)
