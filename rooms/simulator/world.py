"""The simulated world: its machines and scenarios, and how each machine is at a given moment.

A function of the seed, of time and of what commands have done; only the last is kept, so a restart
goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rooms.fleet.places import planned_fleet
from rooms.simulator.condition import Condition, well
from rooms.simulator.course import Course, Phase
from rooms.simulator.deeds import Deed, Scene, done
from rooms.simulator.machines import Machine, dice, machines_of
from rooms.simulator.scenarios import SCENARIOS
from rooms.simulator.scenarios.scenario import Scenario
from rooms.simulator.telling import Told, report_of
from rooms.simulator.wear import worn


@dataclass
class World:
    """Machines by name, the scenarios that run, and the course they run on.

    `deeds` are by machine, oldest first.
    """

    seed: int
    course: Course
    machines: dict[str, Machine]
    scenarios: tuple[Scenario, ...] = ()
    deeds: dict[str, list[Deed]] = field(default_factory=dict)
    _before: dict[tuple[str, datetime], Condition] = field(default_factory=dict)
    _struck: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rooms: int, seed: int, course: Course, scenarios: Sequence[str] = ()) -> World:
        """A world of so many rooms. KeyError for an unknown scenario."""
        made = machines_of(planned_fleet(rooms), seed)
        return cls(
            seed=seed,
            course=course,
            machines={machine.name: machine for machine in made},
            scenarios=tuple(SCENARIOS[name] for name in scenarios),
        )

    def round_of(self, scenario: Scenario, moment: datetime) -> tuple[int, Phase] | None:
        """Which round of the scenario the moment is in, and its phase; None before the first."""
        since = self.course.minutes(moment) - scenario.begins
        if since < 0:
            return None
        number = int(since // scenario.every)
        phase = self.course.phase(moment, scenario.begins + number * scenario.every, scenario.lasts)
        return number, phase

    def struck(self, scenario: Scenario, number: int) -> frozenset[str]:
        """The names of the machines that a round of the scenario strikes."""
        key = (scenario.name, number)
        if key not in self._struck:
            chance = dice(self.seed, f"round/{scenario.name}/{number}")
            chosen = scenario.choose(list(self.machines.values()), chance)
            self._struck[key] = frozenset(machine.name for machine in chosen)
        return self._struck[key]

    def condition(self, machine: Machine, moment: datetime) -> Condition:
        """How the machine is: its troubles, and what commands have made of them."""
        bare = condition = self.bare(machine, moment)
        for deed in self.deeds.get(machine.name, ()):
            if deed.at <= moment:
                scene = Scene(machine, deed, moment, self._found(machine, deed), bare)
                condition = done(scene, condition)
        return condition

    def _found(self, machine: Machine, deed: Deed) -> Condition:
        """How a deed found the machine, all other deeds left out."""
        key = (machine.name, deed.at)
        if key not in self._before:
            self._before[key] = self.bare(machine, deed.at)
        return self._before[key]

    def bare(self, machine: Machine, moment: datetime) -> Condition:
        """The machine with its everyday troubles and those of the scenarios, and no deed."""
        minutes = self.course.minutes(moment)
        condition = worn(machine, well(machine, moment), minutes)
        for scenario in self.scenarios:
            found = self.round_of(scenario, moment)
            if found and machine.name in self.struck(scenario, found[0]):
                condition = scenario.change(machine, condition, found[1])
        return condition

    def report(self, machine: Machine, moment: datetime) -> Told | None:
        """What the machine says at the moment; None while it has no power."""
        condition = self.condition(machine, moment)
        return report_of(machine, condition, moment) if condition.powered else None

    def lasting(self, moment: datetime) -> list[tuple[Scenario, Phase]]:
        """The scenarios that last at the moment, and since when."""
        found = ((scenario, self.round_of(scenario, moment)) for scenario in self.scenarios)
        return [(scenario, one[1]) for scenario, one in found if one and one[1].lasts]
