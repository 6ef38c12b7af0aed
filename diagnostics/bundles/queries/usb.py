"""USB devices, as a tree."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field
from pydantic.dataclasses import dataclass

from diagnostics.bundles.queries.words import CLOSED, Instance, UsbId, Word


class UsbSpeed(StrEnum):
    """How fast a device is connected."""

    LOW = "low"
    FULL = "full"
    HIGH = "high"
    SUPER = "super"
    SUPER_PLUS = "super_plus"
    UNKNOWN = "unknown"


class UsbState(StrEnum):
    """Whether a device works: present and started, present with a problem, or gone."""

    STARTED = "started"
    PROBLEM = "problem"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, config=CLOSED)
class UsbDevice:
    """One device at its port. `parent` is the instance of the hub it hangs on.

    `problem_code` is Windows' own (10: cannot start, 43: reported a problem, 45: not connected).
    """

    instance: Instance
    parent: Instance | None
    vendor_id: UsbId | None
    product_id: UsbId | None
    name: Word
    port: Word
    speed: UsbSpeed
    state: UsbState
    problem_code: Annotated[int, Field(ge=0, le=100)] = 0


@dataclass(frozen=True, config=CLOSED)
class UsbTree:
    """All USB devices that Windows knows, those that are gone as well."""

    made_at: AwareDatetime
    devices: Annotated[tuple[UsbDevice, ...], Field(max_length=512)]
