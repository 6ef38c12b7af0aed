"""The limits of the queue: policy of ours, for none are published. Combining only ever tightens.

The code's defaults are the most that anybody gets. A policy that two people agreed on, or a
tenant's own settings, may lower a limit; a value above the default is refused, not taken over.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Self


class UnfitLimits(ValueError):
    """Settings that name an unknown limit, or a value that would loosen one."""


def _most(default: float, least: float, about: str) -> Any:
    """A limit that tightens downwards: its default is the most there is."""
    return field(default=default, metadata={"least": least, "most": default, "about": about})


def _least(default: float, most: float, about: str) -> Any:
    """A limit that tightens upwards: its default is the least there is."""
    return field(
        default=default, metadata={"least": default, "most": most, "about": about, "upwards": True}
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may run, and when a wave stops by itself. "Most" values are still allowed."""

    # A night has room for a restart, an update and one retry; more is no repair any more.
    device_per_day: int = _most(6, 0, "actions on one device in 24 hours")
    # Two devices of a room at once leave nothing to fall back on.
    room_per_hour: int = _most(2, 0, "actions in one room in an hour")
    # Published for nothing of the kind; 10,000 devices of one tenant take four nights.
    tenant_per_hour: int = _most(500, 0, "actions in one tenant in an hour")
    region_per_hour: int = _most(2_000, 0, "actions in one region in an hour")
    # More than these need a second vote, whatever the scope asks for.
    devices_with_one_vote: int = _most(10, 0, "devices that one vote may release")
    # Fewer than these finished say nothing about a share.
    breaker_sample: int = _most(5, 1, "finished actions before a share is judged")
    breaker_failed_share: float = _most(0.10, 0, "share of failed actions at which a wave stops")
    breaker_harmed_share: float = _most(0.05, 0, "share of devices with new incidents, likewise")
    # Three in a row are no chance: at one bad in ten that is one in a thousand.
    breaker_in_a_row: int = _most(3, 1, "failures in a row at which a wave stops at once")
    # A ring that is not nearly over says little about the next one.
    gate_finished_share: float = _least(0.95, 1.0, "share of a ring that must have ended")

    def __post_init__(self) -> None:
        """Refuse what would loosen a limit. Raises UnfitLimits."""
        for limit in fields(self):
            value = getattr(self, limit.name)
            whole = limit.type == "int"
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                kind = "a whole number" if whole else "a number"
                raise UnfitLimits(f"{limit.name} is to be {kind}.")
            least, most = limit.metadata["least"], limit.metadata["most"]
            if not math.isfinite(value) or not least <= value <= most:
                raise UnfitLimits(
                    f"{limit.name} is to be from {least} to {most} ({limit.metadata['about']})."
                )

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """Limits from a stored document; what is not named stays at the default."""
        known = {limit.name for limit in fields(cls)}
        if unknown := sorted(str(name) for name in settings if name not in known):
            raise UnfitLimits(f"There is no limit called {', '.join(unknown)}.")
        return cls(**settings)


DEFAULTS: Final = Limits()


def combine(*limits: Limits) -> Limits:
    """The stricter value of each limit: the order does not matter, and nothing is raised."""
    everybody = (DEFAULTS, *limits)
    stricter = {
        limit.name: (max if limit.metadata.get("upwards") else min)(
            getattr(one, limit.name) for one in everybody
        )
        for limit in fields(Limits)
    }
    return Limits(**stricter)
