"""What is known of the devices of a batch before their reports are read."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rooms.drain.line import Line
from rooms.signals.catalogue import DeviceType
from rooms.signals.read import device_type
from rooms.signals.thresholds import DEFAULTS, Thresholds, UnfitThresholds
from rooms.states import DeviceState

logger = logging.getLogger(__name__)

Key = tuple[uuid.UUID, uuid.UUID]  # the tenant, and what the row is called in it

# Rooms before anything else, in one order for everybody: two drainers, or a drainer and the
# sweep, wait for each other here and read afterwards what the other has written.
MAKE_HEALTH: Final = """
    insert into rooms_roomhealth (id, tenant_id, room_id, status, attention, worst_signal,
        worst_severity, faults, warnings, since)
    select gen_random_uuid(), g.tenant_id, g.room_id, 'onboarding', 5, '', '', 0, 0, lock.now()
    from (select distinct d.tenant_id, d.room_id
          from unnest(%s::uuid[], %s::uuid[]) as g(tenant_id, id)
          join rooms_device d on d.tenant_id = g.tenant_id and d.id = g.id) g
    where not exists (select from rooms_roomhealth h
                      where h.tenant_id = g.tenant_id and h.room_id = g.room_id)
    order by g.tenant_id, g.room_id
    on conflict (tenant_id, room_id) do nothing
"""
LOCK_ROOMS: Final = """
    select h.room_id from rooms_roomhealth h
    where (h.tenant_id, h.room_id) in (
        select d.tenant_id, d.room_id from unnest(%s::uuid[], %s::uuid[]) as g(tenant_id, id)
        join rooms_device d on d.tenant_id = g.tenant_id and d.id = g.id)
    order by h.tenant_id, h.room_id for no key update
"""
DEVICES: Final = """
    select d.tenant_id, d.id, d.room_id, d.reference, p.reference, d.platform, d.kind,
           case when p.left_at <= lock.now() then 'unenrolled' else d.state end, d.os_name,
           d.os_build, d.last_seen_at, d.last_observed_at, d.last_digest, h.status,
           h.last_evaluated_at, d.time_zone, h.in_use
    from unnest(%s::uuid[], %s::uuid[]) as g(tenant_id, id)
    join rooms_device d on d.tenant_id = g.tenant_id and d.id = g.id
    join rooms_roomhealth h on h.tenant_id = d.tenant_id and h.room_id = d.room_id
    left join rooms_tenantprofile p on p.tenant_id = d.tenant_id
"""
LIMITS: Final = (
    "select tenant_id, limits::text from rooms_signalthresholds where tenant_id = any(%s)"
)
OFF: Final = (
    "select tenant_id, code from rooms_signalsetting where not enabled and tenant_id = any(%s)"
)


@dataclass(slots=True)
class Known:
    """A device whose reports wait. What a batch learns of it is written into the last fields."""

    tenant_id: uuid.UUID
    device_id: uuid.UUID
    room_id: uuid.UUID
    reference: str
    tenant_reference: str
    type: DeviceType
    state: DeviceState
    os_name: str
    os_build: str
    last_seen_at: datetime | None
    last_observed_at: datetime | None
    digest: bytes | None
    status: str
    evaluated_at: datetime | None
    time_zone: str
    in_use: bool | None

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Known:
        """From a row of DEVICES."""
        tenant, device, room, reference, owner, platform, kind, state, *rest = row
        os_name, os_build, seen, observed, digest, status, evaluated, zone, in_use = rest
        return cls(
            tenant, device, room, reference, owner or "", device_type(platform, kind),
            DeviceState(state), os_name, os_build, seen, observed,
            bytes(digest) if digest is not None else None, status, evaluated, zone, in_use,
        )  # fmt: skip

    @property
    def key(self) -> Key:
        """What names the device."""
        return (self.tenant_id, self.device_id)

    @property
    def room(self) -> Key:
        """What names its room."""
        return (self.tenant_id, self.room_id)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a tenant has set: its limits, and the signals that it has switched off."""

    limits: Thresholds = DEFAULTS
    off: frozenset[str] = frozenset()


STANDARD: Final = Policy()


def known_devices(line: Line, keys: Iterable[Key]) -> dict[Key, Known]:
    """The devices of these keys, their rooms locked. One that is gone is not in the answer."""
    tenants, devices = (list(part) for part in zip(*keys, strict=True))
    line.run(MAKE_HEALTH, tenants, devices)
    line.run(LOCK_ROOMS, tenants, devices)
    known = (Known.of(row) for row in line.rows(DEVICES, tenants, devices))
    return {one.key: one for one in known}


def policies(line: Line, tenants: Iterable[uuid.UUID]) -> dict[uuid.UUID, Policy]:
    """What these tenants have set; one that has set nothing is not in the answer."""
    wanted = list(set(tenants))
    limits = {tenant: _limits(tenant, text) for tenant, text in line.rows(LIMITS, wanted)}
    off: dict[uuid.UUID, set[str]] = {}
    for tenant, code in line.rows(OFF, wanted):
        off.setdefault(tenant, set()).add(code)
    return {
        tenant: Policy(limits.get(tenant, DEFAULTS), frozenset(off.get(tenant, ())))
        for tenant in limits.keys() | off.keys()
    }


def _limits(tenant: uuid.UUID, text: str) -> Thresholds:
    """A tenant's limits. What does not fit any more, after an update of ours, is left out."""
    try:
        return Thresholds.from_settings(json.loads(text))
    except UnfitThresholds as unfit:
        logger.error("The limits of tenant %s are not used: %s", tenant, unfit)
        return DEFAULTS
