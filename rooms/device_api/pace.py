"""How often devices report, and when they are asked to wait."""

from __future__ import annotations

import random
import time
from typing import Final

from django.conf import settings

from rooms.device_api import door
from rooms.device_api.problems import Refused

REPORT_EVERY_MINUTES: Final = 5  # of the catalogue, which most signals are polled by
_BACKLOG: Final = "select waiting, seconds from device.backlog()"
_LOOK_AGAIN_SECONDS: Final = 1.0
# Between reports of one device that are all taken: a fifth of the usual time.
_LEAST_PART: Final = 0.2
# Spread over a minute, or those turned away would come back as one.
_AWAY_SECONDS: Final = (30, 90)

_looked_at: dict[str, tuple[float, bool]] = {}


def report_every_seconds() -> int:
    """The time between two reports that a device is told."""
    return max(1, round(REPORT_EVERY_MINUTES * settings.CATALOGUE_MINUTE_SECONDS))


def least_seconds() -> float:
    """A report that comes sooner after the last one is not taken."""
    return float(report_every_seconds() * _LEAST_PART)


def too_soon() -> Refused:
    """The answer to a device that reports too often."""
    return Refused("slow_down", retry_after=max(1, round(least_seconds())))


def refuse_while_behind(region: str) -> None:
    """Refused: slow_down, while more reports wait for the workers than they should."""
    at, behind = _looked_at.get(region, (0.0, False))
    now = time.monotonic()
    if now - at > _LOOK_AGAIN_SECONDS:
        waiting, seconds = door.ask(region, _BACKLOG, []) or (0, 0.0)
        behind = waiting > settings.DEVICE_BACKLOG_MOST or seconds > settings.DEVICE_BACKLOG_SECONDS
        _looked_at[region] = (now, behind)
    if behind:
        raise Refused(
            "slow_down",
            "The service is catching up. Send again after `Retry-After` seconds.",
            retry_after=random.randint(*_AWAY_SECONDS),  # noqa: S311 - spreads load, hides nothing
        )
