"""Load rooms whole, however many, in six statements. Their rows of health are locked already."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, Final

from rooms.drain.known import Key, policies
from rooms.drain.line import Line
from rooms.drain.world import Device, Room, Signal, Spell, Trouble, severity_of
from rooms.health import life
from rooms.health.life import SignalMemory
from rooms.signals.read import device_type
from rooms.states import DeviceState, IncidentState, Severity, SignalStatus

STATUSES: Final = {status.value: status for status in SignalStatus}
GIVEN: Final = "unnest(%s::uuid[], %s::uuid[]) as g(tenant_id, room_id)"

ROOMS: Final = f"""
    select r.tenant_id, r.id, r.reference, coalesce(p.reference, ''), r.site_id, r.floor,
           s.time_zone, h.status, h.since, h.last_evaluated_at, h.history_from, h.in_use,
           h.suppressed_until
    from {GIVEN}
    join rooms_room r on r.tenant_id = g.tenant_id and r.id = g.room_id
    join rooms_site s on s.tenant_id = r.tenant_id and s.id = r.site_id
    join rooms_roomhealth h on h.tenant_id = r.tenant_id and h.room_id = r.id
    left join rooms_tenantprofile p on p.tenant_id = r.tenant_id
"""  # noqa: S608 - ours
DEVICES: Final = f"""
    select d.tenant_id, d.room_id, d.id, d.reference, d.platform, d.kind,
           case when p.left_at <= lock.now() then 'unenrolled' else d.state end,
           coalesce(d.last_seen_at, d.enrolled_at), d.last_seen_at is not null
    from {GIVEN}
    join rooms_device d on d.tenant_id = g.tenant_id and d.room_id = g.room_id
    left join rooms_tenantprofile p on p.tenant_id = d.tenant_id
"""  # noqa: S608 - ours
SIGNALS: Final = f"""
    select s.tenant_id, s.room_id, s.device_id, s.code, s.instance, s.sentence, s.state, s.since,
           s.faulty_since, s.well_since, s.last_evaluated_at, s.next_evaluation_at
    from {GIVEN}
    join rooms_signalstate s on s.tenant_id = g.tenant_id and s.room_id = g.room_id
"""  # noqa: S608 - ours
# A closed incident counts while the fault lasts under which it was closed: a false alarm.
INCIDENTS: Final = f"""
    select i.tenant_id, i.room_id, i.id, i.reference, i.device_id, i.code, i.instance, i.severity,
           i.sentence, i.state, i.assignment, i.opened_at, i.activated_at, i.activations,
           i.resolved_at, i.closed_at
    from {GIVEN}
    join rooms_incident i on i.tenant_id = g.tenant_id and i.room_id = g.room_id
    where i.state <> 'closed' or exists (
        select from rooms_signalstate s where s.tenant_id = i.tenant_id
          and s.device_id = i.device_id and s.code = i.code and s.instance = i.instance
          and s.faulty_since <= i.closed_at)
    order by i.id for no key update of i
"""  # noqa: S608 - ours
SUPPRESSIONS: Final = f"""
    select s.tenant_id, s.room_id, s.code, s.begins_at, coalesce(s.ended_at, s.ends_at)
    from {GIVEN}
    join rooms_suppression s on s.tenant_id = g.tenant_id and s.room_id = g.room_id
    where coalesce(s.ended_at, s.ends_at) > lock.now()
"""  # noqa: S608 - ours


def load_rooms(line: Line, keys: Iterable[Key]) -> dict[Key, Room]:
    """These rooms with all that belongs to them. A room that does not exist is left out."""
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    given = tuple(list(part) for part in zip(*wanted, strict=True))
    # First, for it waits for people who are just working on an incident.
    incidents = line.rows(INCIDENTS, *given)
    rooms = {(row[0], row[1]): Room(*row) for row in line.rows(ROOMS, *given)}
    set_by = policies(line, (tenant for tenant, _ in rooms))
    for room in rooms.values():
        if room.tenant_id in set_by:
            room.policy = set_by[room.tenant_id]
    for tenant, room_id, *rest in line.rows(DEVICES, *given):
        _add_device(rooms[tenant, room_id], rest)
    for tenant, room_id, code, begins, ends in line.rows(SUPPRESSIONS, *given):
        rooms[tenant, room_id].spells.append(Spell(code, begins, ends))
    for tenant, room_id, *rest in sorted(incidents, key=lambda row: (row[11], row[2])):
        _add_trouble(rooms[tenant, room_id], rest)
    for tenant, room_id, device_id, *rest in line.rows(SIGNALS, *given):
        _add_signal(rooms[tenant, room_id], device_id, rest)
    return rooms


def _add_device(room: Room, row: list[Any]) -> None:
    device_id, reference, platform, kind, state, seen, heard = row
    room.devices[device_id] = Device(
        device_id, reference, device_type(platform, kind), DeviceState(state), seen, heard
    )


def _add_trouble(room: Room, row: list[Any]) -> None:
    """The newest of a signal stands; recorded ones stand apart by their instance."""
    row[5], row[7] = Severity(row[5]), IncidentState(row[7])
    trouble = Trouble(*row)
    room.troubles[trouble.signal] = trouble


def _add_signal(room: Room, device_id: uuid.UUID, row: list[Any]) -> None:
    device = room.devices.get(device_id)
    if device is None:
        return
    code, instance, sentence, state, since, faulty, well, last, due = row
    trouble = room.troubles.get((device_id, code, instance))
    stored = SignalMemory(STATUSES[state], since, faulty, well, last, due)
    memory = stored
    if trouble is not None:
        incident = life.counted(trouble.state, trouble.closed_at, faulty)
        memory = memory._replace(incident=incident)
        mended = trouble.resolved_at if incident == IncidentState.RESOLVED else None
        if mended is not None and faulty is not None and faulty <= mended:
            # Only a person resolves what is still bad.
            memory = life.resolved_by_hand(memory, mended)
            device.forget = True
    severity = severity_of(code, device.type)
    device.signals[code, instance] = Signal(memory, sentence, severity, stored, sentence)
