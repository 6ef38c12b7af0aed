"""The emergency stop of the queue: for a tenant, an action, or everything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from access.verdict import Allowed, Denied, Verdict


class StopLevel(StrEnum):
    """What a stop holds."""

    EVERYTHING = "everything"
    TENANT = "tenant"
    ACTION = "action"


@dataclass(frozen=True)
class Stop:
    """A stop that stands. `target` is the tenant's reference or the action's code."""

    level: StopLevel
    target: str
    reference: str

    def holds(self, tenant: str, action: str) -> bool:
        """Whether it holds that action in that tenant."""
        if self.level == StopLevel.EVERYTHING:
            return True
        return self.target == (tenant if self.level == StopLevel.TENANT else action)


def not_stopped(stops: Iterable[Stop], tenant: str, action: str) -> Verdict:
    """Whether no stop holds it; the widest stop is named."""
    holding = [stop for stop in stops if stop.holds(tenant, action)]
    if not holding:
        return Allowed()
    widest = min(holding, key=lambda stop: (list(StopLevel).index(stop.level), stop.reference))
    what = {
        StopLevel.EVERYTHING: "of all remediation",
        StopLevel.TENANT: f"of {tenant}",
        StopLevel.ACTION: "of this action",
    }[widest.level]
    return Denied(
        f"An emergency stop {what} is in force ({widest.reference}).",
        "Two people release it.",
        "stopped",
        stale=True,
    )
