"""Devices as they are now: inventory, the newest report, and whether the room is in use."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from diagnostics.remediation.device import DeviceNow
from rooms.drain.line import Line, columns_of
from rooms.drain.moving import minute
from rooms.kinds import DeviceKind, Platform
from rooms.reports.schema import Report
from rooms.signals import SIGNALS
from rooms.signals.read import device_type
from rooms.signals.silence import SILENT, trips_at
from rooms.states import DeviceState

logger = logging.getLogger(__name__)

Key = tuple[uuid.UUID, uuid.UUID]  # the tenant, and what the row is called in it

GIVEN: Final = "unnest(%s::uuid[], %s::uuid[]) as g(tenant_id, id)"
DEVICES: Final = f"""
    select d.tenant_id, d.id, d.reference, coalesce(p.reference, ''), r.reference, d.platform,
           d.kind, case when p.left_at <= lock.now() then 'unenrolled' else d.state end,
           s.time_zone, d.last_seen_at, h.in_use
    from {GIVEN}
    join rooms_device d on d.tenant_id = g.tenant_id and d.id = g.id
    join rooms_room r on r.tenant_id = d.tenant_id and r.id = d.room_id
    join rooms_site s on s.tenant_id = r.tenant_id and s.id = r.site_id
    left join rooms_roomhealth h on h.tenant_id = d.tenant_id and h.room_id = d.room_id
    left join rooms_tenantprofile p on p.tenant_id = d.tenant_id
"""  # noqa: S608 - ours, as below
REPORTS: Final = "select tenant_id, device_id, body from diagnostics.newest_reports(%s, %s)"


def read_report(body: str, device: object = "") -> Report | None:
    """A stored report; None for one that does not fit the schema any more."""
    try:
        return Report.model_validate_json(body, strict=True)
    except ValidationError as unfit:
        logger.error("A stored report of %s is not read: %s", device, type(unfit).__name__)
        return None


def devices_now(
    line: Line, keys: Iterable[Key], *, reports: Collection[Key] | None = None
) -> dict[Key, DeviceNow]:
    """These devices as they are now, in two statements; one that is gone, or closed, is left out.

    `reports` are those whose newest report is wanted, which takes time to read; None: all.
    Whether the room is in use is the room's own newest word, not the report's.
    """
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    now = line.now()
    told = wanted if reports is None else [key for key in wanted if key in reports]
    bodies: dict[Key, str] = {}
    if told:
        bodies = {(row[0], row[1]): row[2] for row in line.rows(REPORTS, *columns_of(told))}
    found: dict[Key, DeviceNow] = {}
    for row in line.rows(DEVICES, *columns_of(wanted)):
        tenant_id, device_id, reference, tenant, room, platform, kind, state, zone, *rest = row
        seen, in_use = rest
        key = (tenant_id, device_id)
        found[key] = DeviceNow(
            reference=reference,
            tenant=tenant,
            region=line.region,
            room=room,
            platform=Platform(platform),
            kind=DeviceKind(kind),
            state=DeviceState(state),
            zone=zone,
            heard=is_heard(platform, kind, seen, now),
            in_use=in_use,
            report=read_report(bodies[key], reference) if key in bodies else None,
        )
    return found


def is_heard(platform: str, kind: str, seen: datetime | None, now: datetime) -> bool:
    """Whether reports still arrive: none of the signals of silence has tripped."""
    if seen is None:
        return False
    type_ = device_type(Platform(platform), DeviceKind(kind))
    return all(
        now < trips_at(code, type_, seen, minute()) for code in SILENT if type_ in SIGNALS[code].on
    )
