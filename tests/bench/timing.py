"""Interleaved rounds: each way is measured right after the other, so that noise meets both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Way = Callable[[], object]


@dataclass
class Times:
    """What one way took, round by round, in milliseconds."""

    rounds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle round."""
        return statistics.median(self.rounds)

    @property
    def quiet(self) -> float:
        """The round that only one in ten is faster than: what is left when nobody disturbs."""
        return statistics.quantiles(self.rounds, n=10)[0]

    @property
    def p95(self) -> float:
        """The round that 95 of 100 are faster than."""
        return statistics.quantiles(self.rounds, n=20)[-1]


@dataclass
class Pair:
    """The same work with the lock and without it. `budget` is None where there is none."""

    name: str
    about: str
    locked: Times
    plain: Times
    budget: float | None = None

    @property
    def ratio(self) -> float:
        """How many times as long the median takes with the lock."""
        return self.locked.median / self.plain.median

    @property
    def adds(self) -> float:
        """How many milliseconds the lock adds to the median."""
        return self.locked.median - self.plain.median

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        return self.budget is not None and self.ratio <= self.budget

    @property
    def quiet_ratio(self) -> float:
        """The same of the quiet rounds."""
        return self.locked.quiet / self.plain.quiet


def took(way: Way) -> float:
    """Milliseconds of one round."""
    begun = time.perf_counter()
    way()
    return (time.perf_counter() - begun) * 1000


def interleaved(locked: Way, plain: Way, rounds: int) -> tuple[Times, Times]:
    """Both ways in turn, after a few rounds that do not count; which goes first alternates."""
    for _ in range(10):
        locked(), plain()
    one, two = Times(), Times()
    for at in range(rounds):
        if at % 2:
            two.rounds.append(took(plain))
            one.rounds.append(took(locked))
        else:
            one.rounds.append(took(locked))
            two.rounds.append(took(plain))
    return one, two
