"""Rolling a wave back: each device that was touched gets back what it ran before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from diagnostics.remediation.catalogue.parameters import Parameters, ToVersion
from diagnostics.remediation.catalogue.releases import KnownReleases
from diagnostics.remediation.catalogue.roll_back import back_to
from diagnostics.remediation.states import NOT_SENT, ItemState


class Touched(NamedTuple):
    """One item of the wave as it stands now; `was` are the versions that the device ran.

    `sent`: whether it ever left us, for what left may have run, whatever its state says.
    """

    device: str
    platform: str
    place: int
    state: ItemState
    sent: bool
    was: tuple[str, ...]


class RollBackStep(NamedTuple):
    """One device that goes back: the same action with these parameters."""

    device: str
    parameters: ToVersion


class NotRolledBack(NamedTuple):
    """One device that stays as it is, and why."""

    device: str
    reason: str


class RollBack(NamedTuple):
    """The plan of rolling back: whose item is cancelled, who goes back, who cannot."""

    cancel: tuple[str, ...]
    steps: tuple[RollBackStep, ...]
    left: tuple[NotRolledBack, ...]


def plan_roll_back(told: Parameters, items: Iterable[Touched], releases: KnownReleases) -> RollBack:
    """What rolling back would do, in the order in which the wave reached the devices.

    What was sent may have run, whatever came back, so it goes back too. Devices that ran several
    versions side by side are left to a person. An item that waits for its retry is cancelled by
    the caller and goes back as well.
    """
    cancel, steps, left = [], [], []
    for one in sorted(items, key=lambda item: (item.place, item.device)):
        if one.state in NOT_SENT and not one.sent:
            cancel.append(one.device)
        elif not one.sent:
            left.append(NotRolledBack(one.device, "It never ran."))
        elif len(one.was) != 1:
            left.append(NotRolledBack(one.device, "It did not run one known version before."))
        elif (back := back_to(told, one.platform, one.was[0], releases)) is None:
            left.append(NotRolledBack(one.device, "There is no way back to what it ran."))
        else:
            steps.append(RollBackStep(one.device, back))
    return RollBack(tuple(cancel), tuple(steps), tuple(left))
