"""A computer that crashes and starts again, time after time, until its memory is changed."""

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

SHARE: Final = 0.006
# It had crashed that often when we first hear of it; then again every so many minutes.
ALREADY: Final = 8
EVERY: Final = 25.0
MOST: Final = 60
# After the mend, the crashes leave the last 24 hours one by one.
DAY: Final = 24 * 60.0


def choose(machines: Sequence[Machine], chance: Random) -> Sequence[Machine]:
    """One room in two hundred."""
    return some(ordinary(machines), chance, SHARE)


def change(machine: Machine, condition: Condition, phase: Phase) -> Condition:
    """More restarts and blue screens, and never long up."""
    crashes = min(MOST, ALREADY + int(phase.minutes // EVERY))
    if phase.mended is not None:
        crashes = 0 if phase.mended >= DAY / 8 else int(crashes * (1 - 8 * phase.mended / DAY))
        started = max(condition.started_at, phase.mended_at)
    else:
        since = (phase.moment - phase.begun_at) * ((phase.minutes % EVERY) / (phase.minutes or 1))
        started = phase.moment - max(since, timedelta(minutes=1))
    return replace(condition, restarts=crashes, blue_screens=crashes // 2, started_at=started)


SCENARIO = Scenario(
    name="excessive_reboots",
    tells="a computer crashes and restarts time after time",
    begins=3,
    lasts=260,
    every=720,
    choose=choose,
    change=change,
    signals=frozenset({"restarts_excessive", "blue_screens"}),
)
