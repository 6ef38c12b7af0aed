"""The password of a room account expires: it cannot sign in to Teams or Exchange any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Final

from rooms.simulator.condition import Condition
from rooms.simulator.course import Phase
from rooms.simulator.machines import Machine
from rooms.simulator.scenarios.scenario import Scenario, ordinary, some

EXPIRED: Final = "AADSTS50055"
SHARE: Final = 0.01


def choose(machines: Sequence[Machine], chance: Random) -> Sequence[Machine]:
    """One room in a hundred."""
    return some(ordinary(machines), chance, SHARE)


def change(machine: Machine, condition: Condition, phase: Phase) -> Condition:
    """Both sign-ins fail, until somebody sets a new password."""
    if not phase.lasts:
        return condition
    return replace(condition, teams_code=EXPIRED, exchange_code=EXPIRED)


SCENARIO = Scenario(
    name="expired_password",
    tells="room accounts cannot sign in: their password has expired",
    begins=5,
    lasts=210,
    every=600,
    choose=choose,
    change=change,
    signals=frozenset({"sign_in_teams", "sign_in_exchange"}),
)
