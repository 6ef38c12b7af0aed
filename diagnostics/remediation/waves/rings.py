"""Rings: the order in which a tenant's rooms get an update, and how long each ring takes.

Published: Staging, General and Executive, own rings with an order from 1 to 9, each with days
before it starts, of roll-out and of test; all together at most 60 days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

MOST_DAYS: Final = 60
OWN_ORDERS: Final = range(1, 10)
STANDARD_NAMES: Final = ("Staging", "General", "Executive")


class UnfitRings(ValueError):
    """Rings that cannot be put in order, or that take too long; the words say which."""


@dataclass(frozen=True)
class Ring:
    """One ring. `order` is None for the three standard ones, else 1 to 9. Days are whole.

    `rollout_days` of 0 sets no end: as long as it takes. `most` is how many devices of it take
    part, None for all.
    """

    name: str
    order: int | None = None
    deferment_days: int = 0
    rollout_days: int = 0
    test_days: int = 0
    most: int | None = None

    @property
    def deferment(self) -> timedelta:
        """The time before the ring starts."""
        return timedelta(days=self.deferment_days)

    @property
    def test(self) -> timedelta:
        """The time after its last device before the next ring may start."""
        return timedelta(days=self.test_days)


STANDARD: Final = (
    Ring("Staging", test_days=2),
    Ring("General", test_days=3),
    Ring("Executive"),
)


def in_order(rings: Iterable[Ring]) -> tuple[Ring, ...]:
    """The standard rings in their order, then own ones in theirs. Raises UnfitRings."""
    given = tuple(rings)
    for ring in given:
        _check(ring)
    names = [ring.name.casefold() for ring in given]
    if len(set(names)) != len(names):
        raise UnfitRings("Two rings have the same name.")
    own = [ring.order for ring in given if ring.order is not None]
    if len(set(own)) != len(own):
        raise UnfitRings("Two rings have the same place.")
    days = sum(ring.deferment_days + ring.rollout_days + ring.test_days for ring in given)
    if days > MOST_DAYS:
        raise UnfitRings(f"All rings together take {days} days; at most {MOST_DAYS}.")
    return tuple(sorted(given, key=_place))


def _check(ring: Ring) -> None:
    if not ring.name.strip():
        raise UnfitRings("A ring has a name.")
    standard = ring.name in STANDARD_NAMES
    if standard != (ring.order is None):
        raise UnfitRings(f"{ring.name}: only own rings have a place, from 1 to 9.")
    if ring.order is not None and ring.order not in OWN_ORDERS:
        raise UnfitRings(f"{ring.name}: a place is a number from 1 to 9.")
    if min(ring.deferment_days, ring.rollout_days, ring.test_days) < 0:
        raise UnfitRings(f"{ring.name}: days cannot be negative.")
    if ring.most is not None and ring.most < 0:
        raise UnfitRings(f"{ring.name}: its size cannot be negative.")


def _place(ring: Ring) -> int:
    if ring.order is None:
        return STANDARD_NAMES.index(ring.name)
    return len(STANDARD_NAMES) + ring.order
