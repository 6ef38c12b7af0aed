"""What becomes due although nothing arrives: silence, the ends of suppressions, closing.

Pages ask for a room to be judged by setting its next_evaluation_at; silence and suppressions
stand there too. A floor on which many fall silent at once is found when one of them does.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from access import audit, residency
from rooms.device_api.pace import REPORT_EVERY_MINUTES
from rooms.drain.judging import judge
from rooms.drain.keeping import keep_rooms, run
from rooms.drain.known import STANDARD, Key, policies
from rooms.drain.line import Line, columns_of, working
from rooms.drain.load import load_rooms
from rooms.drain.moving import (
    FLOOR,
    close_what_ended,
    drop_switched_off,
    fall_silent,
    minute,
    move,
    waits,
)
from rooms.drain.world import RECORDED, Entry, Room
from rooms.health.life import MINUTES_TO_CLOSE
from rooms.signals.silence import FloorOutage, Heard, find_floor_outages
from rooms.states import EntryKind, IncidentState, RoomStatus

BATCH: Final = 500
CLOSE_AT_ONCE: Final = 1000
# Devices report this many times before they count as silent beside one that has tripped.
MISSED_REPORTS: Final = 3

DUE: Final = """
    select tenant_id, room_id from rooms_roomhealth
    where next_evaluation_at <= lock.now()
    order by next_evaluation_at limit %s for no key update skip locked
"""
THESE: Final = """
    select h.tenant_id, h.room_id from rooms_roomhealth h
    where (h.tenant_id, h.room_id) in (select * from unnest(%s::uuid[], %s::uuid[]))
    order by h.tenant_id, h.room_id for no key update
"""
# How far the inbox is drained: what waits there may be anybody's word.
HEARD_UNTIL: Final = """
    select least(lock.now(), (select received_at from rooms_reportinbox order by id limit 1))
"""
FLOORS: Final = """
    select d.tenant_id, d.id, d.room_id, r.site_id, r.floor, d.last_seen_at
    from unnest(%s::uuid[], %s::uuid[], %s::text[]) as g(tenant_id, site_id, floor)
    join rooms_room r on r.tenant_id = g.tenant_id and r.site_id = g.site_id and r.floor = g.floor
    join rooms_device d on d.tenant_id = r.tenant_id and d.room_id = r.id
    where d.state = 'monitored' and d.last_seen_at is not null
"""
# Resolved for seven days, and the signal healthy all the while; one that is gone was healthy.
CLOSE: Final = """
    with due as (
        select i.tenant_id, i.id from rooms_incident i
        left join rooms_signalstate s on s.tenant_id = i.tenant_id and s.device_id = i.device_id
            and s.code = i.code and s.instance = i.instance
        where i.state = 'resolved' and i.resolved_at <= %s
          and (s.id is null or (s.state = 'healthy' and s.well_since <= %s))
        order by i.resolved_at limit %s for no key update of i skip locked)
    update rooms_incident i set state = 'closed', closed_at = lock.now(), updated_at = lock.now()
    from due left join rooms_tenantprofile p on p.tenant_id = due.tenant_id
    where i.tenant_id = due.tenant_id and i.id = due.id
    returning i.tenant_id, coalesce(p.reference, ''), i.room_id, i.id, i.reference, i.code,
              i.severity
"""
ADD_CLOSED: Final = """
    insert into rooms_incidententry (id, tenant_id, room_id, incident_id, at, kind, by_label, text)
    select gen_random_uuid(), v.*, lock.now(), 'closed', '', 'Well for seven days.'
    from unnest(%s::uuid[], %s::uuid[], %s::uuid[]) as v(tenant_id, room_id, incident_id)
"""


@dataclass
class Swept:
    """What a sweep has done."""

    rooms: int = 0
    fallen_silent: int = 0
    floors: int = 0
    closed: int = 0


def sweep(region: str, most: int = BATCH) -> Swept:
    """Judge up to `most` rooms that are due, and close incidents that have been well for long."""
    done = Swept()
    with residency.region(region):
        with working(region) as line:
            floors = _sweep_rooms(line, most, done)
        if floors:
            with working(region) as line:
                done.floors = _sweep_floors(line, floors)
        with working(region) as line:
            done.closed = _close(line)
    return done


Floor = tuple[uuid.UUID, uuid.UUID, str]  # tenant, site, floor


def _sweep_rooms(line: Line, most: int, done: Swept) -> set[Floor]:
    """Rooms that are due; the floors on which a device has just fallen silent."""
    due = [(tenant, room) for tenant, room in line.rows(DUE, most)]
    if not due:
        return set()
    rooms = load_rooms(line, due)
    [(until,)] = line.rows(HEARD_UNTIL)
    now = line.now()
    floors: set[Floor] = set()
    for room in rooms.values():
        fallen = look_again(room, now, until)
        done.fallen_silent += len(fallen)
        if fallen and room.floor:
            floors.add((room.tenant_id, room.site_id, room.floor))
    keep_rooms(line, list(rooms.values()), now)
    done.rooms = len(rooms)
    return floors


def look_again(room: Room, now: datetime, until: datetime) -> set[uuid.UUID]:
    """Judge a room by the clock; the devices that have just fallen silent."""
    was = room.status
    for device in room.devices.values():
        drop_switched_off(room, device)
        device.forget = device.forget or waits(room, device, now)
    close_what_ended(room, now)
    fallen = fall_silent(room, now, until)
    judge(room, now)
    # A person who ends a suppression before its time says so themselves.
    in_time = room.quiet_until is not None and room.quiet_until <= now
    if was == RoomStatus.SUPPRESSED != room.status and in_time:
        for trouble in room.troubles.values():
            if trouble.state == IncidentState.ACTIVE and trouble.code != RECORDED:
                room.entries.append(Entry(trouble, now, EntryKind.RELEASED))
    return fallen


def _sweep_floors(line: Line, floors: Iterable[Floor]) -> int:
    """Say so where a floor fell silent as a whole; how many floors did."""
    rows = line.rows(FLOORS, *columns_of(sorted(floors)))
    homes: dict[str, Key] = {str(device): (tenant, room) for tenant, device, room, *_ in rows}
    outages = find_outages(line, rows)
    rooms_of = {homes[device] for one in outages for device in one.devices}
    if not rooms_of:
        return 0
    line.rows(THESE, *columns_of(rooms_of))
    rooms = load_rooms(line, rooms_of)
    now = line.now()
    for outage in outages:
        for name in outage.devices:
            room = rooms[homes[name]]
            device = room.devices[uuid.UUID(name)]
            if (FLOOR, "") not in device.signals or device.signals[
                FLOOR, ""
            ].memory.incident is None:
                move(room, device, [outage.reading], now)
                judge(room, now)
    keep_rooms(line, [room for room in rooms.values() if room.verdict], now)
    return len(outages)


def find_outages(line: Line, rows: Iterable[tuple[Any, ...]]) -> list[FloorOutage]:
    """Floors that fell silent, judged by each tenant's own limits."""
    missed = MISSED_REPORTS * REPORT_EVERY_MINUTES * minute()
    [(until,)] = line.rows(HEARD_UNTIL)
    heard: dict[uuid.UUID, list[Heard]] = {}
    for tenant, device, _, site, floor, seen in rows:
        silent_since = seen if until - seen >= missed else None
        heard.setdefault(tenant, []).append(Heard(str(device), str(site), floor, silent_since))
    limits = policies(line, heard)
    return [
        outage
        for tenant, devices in heard.items()
        for outage in find_floor_outages(devices, limits.get(tenant, STANDARD).limits, minute())
    ]


def _close(line: Line) -> int:
    """Close incidents whose signals have been healthy for seven days; how many."""
    before = line.now() - MINUTES_TO_CLOSE * minute()
    closed = line.rows(CLOSE, before, before, CLOSE_AT_ONCE)
    run(line, ADD_CLOSED, [(tenant, room, key) for tenant, _, room, key, *_ in closed])
    events = [
        audit.SystemEvent(
            "incident.closed", (tenant, owner), ("incident", reference),
            {"signal": code, "severity": severity},
        )
        for tenant, owner, _, _, reference, code, severity in closed
    ]  # fmt: skip
    audit.record_many_system(events, region=line.region)
    return len(closed)
