"""What a scenario is: whom it strikes, what it does to them, when it begins and is mended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from rooms.simulator.condition import Condition
from rooms.simulator.course import Phase
from rooms.simulator.machines import Machine

Choose = Callable[[Sequence[Machine], Random], Sequence[Machine]]
Change = Callable[[Machine, Condition, Phase], Condition]


@dataclass(frozen=True)
class Scenario:
    """One kind of trouble. Times are minutes of the course (rooms/simulator/course.py).

    `choose` picks the machines of one round out of all; `change` turns the condition of a chosen
    machine into the one it has in that phase, also after the mend, where traces may stay. Rounds
    begin `every` so many minutes, with other machines each time. `signals` are the codes of the
    catalogue that trip on a machine that is struck and was well before.
    """

    name: str
    tells: str
    begins: float
    lasts: float
    every: float
    choose: Choose
    change: Change
    signals: frozenset[str]


def some(machines: Sequence[Machine], chance: Random, share: float) -> Sequence[Machine]:
    """That share of the machines, at least one if there is one."""
    count = min(len(machines), max(1, round(len(machines) * share)))
    return chance.sample(list(machines), count)


def ordinary(machines: Sequence[Machine]) -> list[Machine]:
    """The Windows computers, without that of the story's room, whose trouble is its own."""
    return [machine for machine in machines if machine.windows and not machine.room.shown]
