"""The limits that nobody has published: policy of ours, each with a default and its reason.

A tenant may have its own; what is not set stands at the default. Limits that are published, such
as two days without a restart, are not here but in the functions that use them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self


class UnfitThresholds(ValueError):
    """Settings that name an unknown limit, or give one a value that cannot be meant."""


def _limit(default: float, least: float, most: float, about: str) -> Any:
    """A limit with its bounds; `about` is shown where the policy is edited."""
    return field(default=default, metadata={"least": least, "most": most, "about": about})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a measured value counts as a fault. "Most" values are still well; above is not."""

    # Kerberos and sign-in tokens bear five minutes; the warning is to come well before.
    most_drift_seconds: float = _limit(120, 1, 3600, "seconds between the two clocks")
    # Windows has a monthly update, four or five weeks apart, and a few nights to install it.
    most_days_without_update: float = _limit(40, 7, 365, "days since the last update")
    # A failed search is tried again a few times a day; more than that is not the network's mood.
    most_update_errors: int = _limit(20, 1, 10_000, "errors of Windows Update in 24 hours")
    # What a monthly update of Windows unpacks, with room for the logs of a day.
    least_free_gib: float = _limit(10, 0.5, 200, "GiB free on the system drive")
    # Planning guides aim at -67 dBm for real-time media; three below that is no longer chance.
    least_wifi_dbm: float = _limit(-70, -95, -40, "dBm of the Wi-Fi signal")
    # One each night, and a night with updates may take three.
    most_restarts: int = _limit(4, 1, 100, "restarts in 24 hours")
    # The app is restarted automatically; what that mends three times a day it does not mend.
    most_app_crashes: int = _limit(3, 0, 1000, "crashes of the meeting app in 24 hours")
    # One may be chance. It also takes the room down for minutes, so the second one counts.
    most_blue_screens: int = _limit(1, 0, 100, "blue screens in 24 hours")
    # A restart loses and finds each device: two changes. Ten is more than allowed restarts make.
    most_link_changes: int = _limit(10, 2, 10_000, "times a device came or went in 24 hours")
    # Two rooms may be switched off by hand, three at once hardly.
    least_floor_devices: int = _limit(3, 2, 1000, "devices of a floor that are silent together")
    # More than half: a switch that feeds part of a floor is found, two free rooms are not.
    least_floor_share: float = _limit(0.6, 0.1, 1, "share of the devices of the floor")
    # Devices report every five minutes: three reports are enough to miss the same moment.
    most_floor_minutes: float = _limit(15, 1, 120, "catalogue minutes in which they fell silent")

    def __post_init__(self) -> None:
        """Refuse what cannot be meant. Raises UnfitThresholds."""
        for limit in fields(self):
            value = getattr(self, limit.name)
            least, most = limit.metadata["least"], limit.metadata["most"]
            whole = limit.type == "int"
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                kind = "a whole number" if whole else "a number"
                raise UnfitThresholds(f"{limit.name} is to be {kind}.")
            if not math.isfinite(value) or not least <= value <= most:
                raise UnfitThresholds(
                    f"{limit.name} is to be from {least} to {most} ({limit.metadata['about']})."
                )

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """The limits of a tenant, from its stored settings. Raises UnfitThresholds."""
        known = {limit.name for limit in fields(cls)}
        if unknown := sorted(str(name) for name in settings if name not in known):
            raise UnfitThresholds(f"There is no limit called {', '.join(unknown)}.")
        return cls(**settings)


DEFAULTS = Thresholds()
