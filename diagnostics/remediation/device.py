"""A device as the queue judges it: plain facts that whoever calls has read a moment ago."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rooms.kinds import DeviceKind, Platform
from rooms.reports.schema import Report
from rooms.signals import DeviceType
from rooms.signals.read import device_type
from rooms.states import DeviceState


class Standing(Protocol):
    """What of a device says whether it can be worked on at all; rows of a wave have it too."""

    @property
    def platform(self) -> Platform: ...
    @property
    def state(self) -> DeviceState: ...
    @property
    def heard(self) -> bool: ...


@dataclass(frozen=True)
class DeviceNow:
    """One device now. References are the public ones; `zone` is the room's IANA zone.

    `heard` says whether reports still arrive, `in_use` whether somebody meets (None: nobody can
    tell, which counts as yes). `report` is the newest one, None when there has been none.
    """

    reference: str
    tenant: str
    region: str
    room: str
    platform: Platform
    kind: DeviceKind
    state: DeviceState
    zone: str
    heard: bool
    in_use: bool | None
    report: Report | None = None

    @property
    def type(self) -> DeviceType:
        """What the severity of its signals depends on."""
        return device_type(self.platform, self.kind)
