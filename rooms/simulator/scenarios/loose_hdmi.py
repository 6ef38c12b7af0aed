"""A loose HDMI cable: one display goes dark, comes back for a while, and goes dark again."""

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

SHARE: Final = 0.01
# The cable holds again for the last minutes of each turn.
TURN: Final = 90.0
DARK: Final = 60.0
LASTS: Final = 240


def choose(machines: Sequence[Machine], chance: Random) -> Sequence[Machine]:
    """One room in a hundred."""
    return some(ordinary(machines), chance, SHARE)


def change(machine: Machine, condition: Condition, phase: Phase) -> Condition:
    """The last display falls out for an hour of each hour and a half."""
    turns = int(min(phase.minutes, LASTS) // TURN)
    last = [part for part in machine.parts if part.kind == PeripheralKind.FRONT_DISPLAY][-1]

    def loose(part: Part) -> bool:
        return part.instance == last.instance

    links = 2 * turns + 1
    if phase.lasts and phase.minutes % TURN < DARK:
        return condition.unplug(loose, links)
    return condition.change(loose, link_changes=links)


SCENARIO = Scenario(
    name="loose_hdmi",
    tells="a loose HDMI cable darkens one display",
    begins=2,
    lasts=LASTS,
    every=480,
    choose=choose,
    change=change,
    signals=frozenset({"display_front"}),
)
