"""The power of a building fails: everything in it falls silent at once, and comes back at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from rooms.simulator.condition import Condition
from rooms.simulator.course import Phase
from rooms.simulator.machines import Machine
from rooms.simulator.scenarios.scenario import Scenario


def choose(machines: Sequence[Machine], chance: Random) -> Sequence[Machine]:
    """All of one building, but not that of the story."""
    buildings: dict[str, list[Machine]] = defaultdict(list)
    for machine in machines:
        buildings[machine.room.site.key].append(machine)
    dark = [all_of for all_of in buildings.values() if not any(one.room.shown for one in all_of)]
    return chance.choice(dark) if dark else []


def change(machine: Machine, condition: Condition, phase: Phase) -> Condition:
    """Silence; afterwards a fresh start."""
    if phase.lasts:
        return replace(condition, powered=False)
    if condition.started_at >= phase.mended_at:
        return condition
    return replace(condition, started_at=phase.mended_at, restarts=condition.restarts + 1)


SCENARIO = Scenario(
    name="power_loss",
    tells="a building has no power",
    begins=15,
    lasts=270,
    every=900,
    choose=choose,
    change=change,
    signals=frozenset(),
)
