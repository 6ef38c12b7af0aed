"""What a wave is told: the action, the pace and the rings; and the rows it chooses from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from diagnostics.remediation.catalogue.action import Action, OperationKind
from diagnostics.remediation.catalogue.parameters import Parameters
from diagnostics.remediation.catalogue.releases import PUBLIC, KnownReleases
from diagnostics.remediation.guardrails.limits import DEFAULTS, Limits
from diagnostics.remediation.waves.rings import STANDARD, Ring, in_order
from diagnostics.remediation.windows.calendars import NO_CALENDAR, TenantCalendar
from diagnostics.remediation.windows.intervals import Interval
from rooms.kinds import Platform
from rooms.states import DeviceState

WEDNESDAY: Final = 2


class UnfitWave(ValueError):
    """A wave that cannot be planned as it was told."""


class Candidate(NamedTuple):
    """One device of the selection, as plain facts.

    `installed` are the versions of what the wave updates, empty where the device has no such
    thing; for other actions it does not matter. `open_kinds` are the kinds of its open operations,
    `ran_at` when this action was sent to it lately, `busy` its room's meetings.
    """

    device: str
    tenant: str
    room: str
    platform: Platform
    state: DeviceState
    heard: bool
    zone: str
    ring: str
    installed: tuple[str, ...] = ()
    open_kinds: frozenset[OperationKind] = frozenset()
    ran_at: tuple[datetime, ...] = ()
    busy: tuple[Interval, ...] = ()


@dataclass(frozen=True)
class WaveOrder:
    """One wave in one tenant.

    `pilot` devices of each ring go first and are seen to be well before the rest of it.
    `per_hour` is the pace, never above the tenant's cap. An update starts on a Wednesday, as
    published, unless it is `critical`.
    """

    tenant: str
    action: Action
    parameters: Parameters
    not_before: datetime
    rings: tuple[Ring, ...] = STANDARD
    per_hour: int = DEFAULTS.tenant_per_hour
    pilot: int = 0
    critical: bool = False
    limits: Limits = DEFAULTS
    calendar: TenantCalendar = NO_CALENDAR
    releases: KnownReleases = PUBLIC

    def __post_init__(self) -> None:
        """Raises UnfitWave, or UnfitRings, for what cannot be meant."""
        if self.not_before.tzinfo is None:
            raise UnfitWave("A wave begins at an aware time.")
        if not isinstance(self.parameters, self.action.parameters):
            raise UnfitWave("These are the parameters of another action.")
        if self.per_hour < 1 or self.pilot < 0:
            raise UnfitWave("A wave has a pace of one an hour or more, and no negative pilot.")
        if not self.rings:
            raise UnfitWave("A wave without rings reaches nobody.")
        in_order(self.rings)

    @property
    def pace(self) -> int:
        """How many may begin in an hour, within the caps. 0: a cap lets nothing run at all."""
        limits = self.limits
        if 0 in (limits.room_per_hour, limits.device_per_day):
            return 0
        return min(self.per_hour, limits.tenant_per_hour, limits.region_per_hour)

    @property
    def watched(self) -> timedelta:
        """How long after its beginning an item may still be unverified."""
        waits = self.action.time_outs
        return self.action.needs + waits.deliver + waits.answer + waits.verify
