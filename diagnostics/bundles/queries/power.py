"""The power plan, and what it lets sleep."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field
from pydantic.dataclasses import dataclass

from diagnostics.bundles.queries.words import CLOSED, Minutes, Percent, Word


class PowerSource(StrEnum):
    """From where the device has its power."""

    MAINS = "mains"
    BATTERY = "battery"


class LidAction(StrEnum):
    """What closing the lid does."""

    NOTHING = "nothing"
    SLEEP = "sleep"
    HIBERNATE = "hibernate"
    SHUT_DOWN = "shut_down"


@dataclass(frozen=True, config=CLOSED)
class Battery:
    """One battery: how full it is, and how much of its first capacity is left."""

    name: Word
    charge_percent: Percent
    capacity_percent: Percent
    charging: bool


@dataclass(frozen=True, config=CLOSED)
class PowerState:
    """The power plan and what it lets sleep. Minutes after which; 0 is never."""

    made_at: AwareDatetime
    plan: Word
    source: PowerSource
    sleep_after_minutes: Minutes
    display_off_minutes: Minutes
    hibernate_after_minutes: Minutes
    usb_selective_suspend: bool
    cpu_limit_percent: Percent
    lid: LidAction | None
    batteries: Annotated[tuple[Battery, ...], Field(max_length=8)]
