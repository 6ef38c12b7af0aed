"""A clock that runs wrong: by minutes first, then, after a dead battery, by a day.

The device still reports: it sets its signatures by the `Date` of the service's answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Final

from rooms.simulator.condition import Condition
from rooms.simulator.course import Phase
from rooms.simulator.machines import Machine
from rooms.simulator.scenarios.scenario import Scenario, ordinary, some

SHARE: Final = 0.01
FIRST: Final = timedelta(minutes=12)
BATTERY_DIES: Final = 60.0
AFTERWARDS: Final = timedelta(days=-1, minutes=7)


def choose(machines: Sequence[Machine], chance: Random) -> Sequence[Machine]:
    """One room in a hundred."""
    return some(ordinary(machines), chance, SHARE)


def change(machine: Machine, condition: Condition, phase: Phase) -> Condition:
    """Ahead by minutes, then behind by a day."""
    if not phase.lasts:
        return condition
    return replace(condition, clock_ahead=FIRST if phase.minutes < BATTERY_DIES else AFTERWARDS)


SCENARIO = Scenario(
    name="clock_drift",
    tells="clocks run wrong, by minutes and then by a day",
    begins=8,
    lasts=240,
    every=720,
    choose=choose,
    change=change,
    signals=frozenset({"time_drift"}),
)
