"""Write judged rooms back: health, signals, incidents with their record, triage, days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from access import audit
from rooms.drain.judging import Days, Minutes, in_triage
from rooms.drain.known import Key
from rooms.drain.line import Line, Sheet, columns_of, unnested
from rooms.drain.moving import minute
from rooms.drain.world import Room
from rooms.signals.catalogue import SIGNALS
from rooms.signals.silence import SILENT, trips_at
from rooms.states import SEVERITY_ORDER, EntryKind, SignalStatus

LONGEST_SENTENCE: Final = 300

OWNED: Final = {"tenant_id": "uuid", "room_id": "uuid"}
SIGNAL: Final = Sheet(
    "rooms_signalstate",
    OWNED
    | {
        "device_id": "uuid", "code": "text", "instance": "text", "category": "text",
        "severity": "text", "state": "text", "sentence": "text", "since": "timestamptz",
        "faulty_since": "timestamptz", "well_since": "timestamptz",
        "last_evaluated_at": "timestamptz", "next_evaluation_at": "timestamptz",
    },
    key=("tenant_id", "device_id", "code", "instance"),
)  # fmt: skip
INCIDENT: Final = Sheet(
    "rooms_incident",
    {"id": "uuid"}
    | OWNED
    | {
        "reference": "text", "device_id": "uuid", "code": "text", "instance": "text",
        "category": "text", "severity": "text", "severity_rank": "int", "sentence": "text",
        "state": "text", "assignment": "text", "assignee_label": "text", "high_impact": "bool",
        "high_impact_reason": "text", "recorded_by_label": "text", "opened_at": "timestamptz",
        "activated_at": "timestamptz", "activations": "int", "resolved_at": "timestamptz",
        "closed_at": "timestamptz", "cause": "text", "updated_at": "timestamptz",
    },
    key=("tenant_id", "id"),
    # What people write stays as they wrote it.
    kept=("room_id", "reference", "device_id", "code", "instance", "assignment", "assignee_label",
          "high_impact", "high_impact_reason", "recorded_by_label", "opened_at", "cause"),
    made=False,
)  # fmt: skip
ENTRY: Final = OWNED | {
    "incident_id": "uuid", "at": "timestamptz", "kind": "text", "text": "text",
}  # fmt: skip
HEALTH: Final = OWNED | {
    "status": "text", "attention": "int", "worst_signal": "text", "worst_severity": "text",
    "faults": "int", "warnings": "int", "since": "timestamptz", "suppressed_until": "timestamptz",
    "in_use": "bool", "last_evaluated_at": "timestamptz", "next_evaluation_at": "timestamptz",
    "last_seen_at": "timestamptz", "history_from": "date",
}  # fmt: skip
DAY: Final = OWNED | {"day": "date", "unhealthy": "int", "working": "int", "unmonitored": "int"}
HOUR: Final = OWNED | {"hour": "timestamptz", "events": "int"}
TRIAGE: Final = {
    "reference": "text", "tenant_id": "uuid", "tenant_reference": "text", "signal": "text",
    "severity": "text", "severity_rank": "int", "opened_at": "timestamptz",
}  # fmt: skip

UPDATE_HEALTH: Final = (
    "update rooms_roomhealth h set "  # noqa: S608 - ours, as below
    + ", ".join(f"{name} = v.{name}" for name in HEALTH if name not in OWNED)
    + f" from {unnested(HEALTH)} where h.tenant_id = v.tenant_id and h.room_id = v.room_id"
)
ADD_ENTRIES: Final = f"""
    insert into rooms_incidententry (id, by_label, {", ".join(ENTRY)})
    select gen_random_uuid(), '', {", ".join(ENTRY)} from {unnested(ENTRY)}
"""  # noqa: S608
# A day of 25 hours has 1,500 minutes.
ADD_DAYS: Final = f"""
    insert into rooms_roomday as d (id, tenant_id, room_id, day, unhealthy_minutes, working_minutes,
        unmonitored_minutes)
    select gen_random_uuid(), {", ".join(DAY)} from {unnested(DAY)}
    on conflict (tenant_id, room_id, day) do update set
        unhealthy_minutes = least(d.unhealthy_minutes + excluded.unhealthy_minutes, 1500),
        working_minutes = least(d.working_minutes + excluded.working_minutes, 960),
        unmonitored_minutes = least(d.unmonitored_minutes + excluded.unmonitored_minutes, 1500)
"""  # noqa: S608
ADD_HOURS: Final = f"""
    insert into rooms_roomeventhour as h (id, {", ".join(HOUR)})
    select gen_random_uuid(), {", ".join(HOUR)} from {unnested(HOUR)}
    on conflict (tenant_id, room_id, hour) do update set events = h.events + excluded.events
"""  # noqa: S608
DELETE_SIGNALS: Final = """
    delete from rooms_signalstate s
    using unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[])
        as v(tenant_id, device_id, code, instance)
    where s.tenant_id = v.tenant_id and s.device_id = v.device_id and s.code = v.code
      and s.instance = v.instance
"""
ADD_TRIAGE: Final = f"""
    insert into rooms_triageitem (id, {", ".join(TRIAGE)})
    select gen_random_uuid(), {", ".join(TRIAGE)} from {unnested(TRIAGE)}
    on conflict (reference) do update set severity = excluded.severity,
        severity_rank = excluded.severity_rank, opened_at = excluded.opened_at
    where rooms_triageitem.severity <> excluded.severity
       or rooms_triageitem.opened_at <> excluded.opened_at
"""  # noqa: S608
# Also what people have closed meanwhile, and what a suppression keeps quiet.
DROP_TRIAGE: Final = """
    delete from rooms_triageitem t
    using unnest(%s::uuid[], %s::uuid[]) as g(tenant_id, room_id), rooms_incident i
    where i.tenant_id = g.tenant_id and i.room_id = g.room_id and t.tenant_id = i.tenant_id
      and t.reference = i.reference and t.reference <> all(%s::text[])
"""
FORGET: Final = """
    update rooms_device d set last_digest = null
    from unnest(%s::uuid[], %s::uuid[]) as v(tenant_id, id)
    where d.tenant_id = v.tenant_id and d.id = v.id
"""
# Which entries of a timeline are acts for the record, and what they are called there.
RECORDED_AS: Final = {
    EntryKind.OPENED: "incident.opened",
    EntryKind.REOPENED: "incident.reopened",
    EntryKind.RESOLVED: "incident.resolved",
    EntryKind.CLOSED: "incident.closed",
}


def keep_rooms(line: Line, rooms: Sequence[Room], now: datetime) -> None:
    """Everything that judging has changed, in some ten statements however many rooms there are."""
    if not rooms:
        return
    run(line, UPDATE_HEALTH, [health_row(room, now) for room in rooms])
    keep_signals(line, rooms)
    keep_incidents(line, rooms, now)
    keep_triage(line, rooms, now)
    keep_days(line, ((room.key, room.days) for room in rooms))
    hours: Counter[tuple[Any, ...]] = Counter(
        (*room.key, at.replace(minute=0, second=0, microsecond=0))
        for room in rooms
        for at in room.faults_begun
    )
    run(line, ADD_HOURS, [(*key, events) for key, events in sorted(hours.items())])


def run(line: Line, statement: str, rows: Sequence[Sequence[Any]]) -> int:
    """A statement over arrays; none when there is no row."""
    return line.run(statement, *columns_of(rows)) if rows else 0


def health_row(room: Room, now: datetime) -> tuple[Any, ...]:
    """As HEALTH."""
    verdict = room.verdict
    if verdict is None:
        raise ValueError("Judge the room before it is kept.")
    seen = max((one.seen for one in room.devices.values() if one.heard and one.seen), default=None)
    return (
        *room.key, verdict.status, verdict.attention, verdict.worst_signal, verdict.worst_severity,
        verdict.faults, verdict.warnings, verdict.since, room.suppressed_until(now), room.in_use,
        room.evaluated, due_at(room, now), seen, room.history_from,
    )  # fmt: skip


def due_at(room: Room, now: datetime) -> datetime | None:
    """When the room is to be judged although nothing arrives: silence, and suppressions.

    It is not moved on by a report that says nothing new; the sweep then finds the device heard
    and moves it. So this is the latest, not the next, and most reports leave its index alone.
    """
    moments = [moment for spell in room.spells for moment in (spell.begins, spell.ends)]
    late = False
    for device in room.devices.values():
        if not device.monitored or device.seen is None:
            continue
        for code in SILENT:
            signal = device.signals.get((code, ""))
            tripped = signal is not None and signal.memory.state == SignalStatus.UNHEALTHY
            if device.type in SIGNALS[code].on and code not in room.policy.off and not tripped:
                at = trips_at(code, device.type, device.seen, minute())
                moments.append(at)
                late = late or at <= now
    if late:  # its reports may still wait in the inbox
        moments.append(now + minute())
    return min((moment for moment in moments if moment > now), default=None)


def keep_signals(line: Line, rooms: Iterable[Room]) -> None:
    """Signals that changed; those of which only the times moved on are left as they are."""
    changed = [
        (
            *room.key, device.id, *key, SIGNALS[key[0]].category, signal.severity,
            signal.memory.state, signal.sentence[:LONGEST_SENTENCE], signal.memory.since,
            signal.memory.faulty_since, signal.memory.well_since,
            signal.memory.last_evaluated_at, signal.memory.next_evaluation_at,
        )
        for room in rooms
        for device, key, signal in room.signals()
        if signal.changed
    ]  # fmt: skip
    gone = [(room.tenant_id, *key) for room in rooms for key in room.gone]
    run(line, DELETE_SIGNALS, gone)
    SIGNAL.put(line, changed)
    forgotten = [
        (room.tenant_id, device.id)
        for room in rooms
        for device in room.devices.values()
        if device.forget
    ]
    run(line, FORGET, forgotten)


def keep_incidents(line: Line, rooms: Iterable[Room], now: datetime) -> None:
    """Incidents, their timelines, and a system event for each that opened or ended."""
    incidents, entries, events = [], [], []
    for room in rooms:
        for one in room.touched.values():
            incidents.append((
                one.id, *room.key, one.reference, one.device_id, one.code, one.instance,
                SIGNALS[one.code].category, one.severity, SEVERITY_ORDER[one.severity],
                one.sentence[:LONGEST_SENTENCE], one.state, one.assignment, "", False, "", "",
                one.opened_at, one.activated_at, one.activations, one.resolved_at, one.closed_at,
                "", now,
            ))  # fmt: skip
        for entry in room.entries:
            trouble = entry.trouble
            entries.append((*room.key, trouble.id, entry.at, entry.kind, entry.text))
            if entry.kind in RECORDED_AS:
                events.append(
                    audit.SystemEvent(
                        RECORDED_AS[entry.kind],
                        (room.tenant_id, room.tenant_reference),
                        ("incident", trouble.reference),
                        {"signal": trouble.code, "severity": trouble.severity},
                    )
                )
    INCIDENT.put(line, incidents)
    run(line, ADD_ENTRIES, entries)
    audit.record_many_system(events, region=line.region)


def keep_triage(line: Line, rooms: Sequence[Room], now: datetime) -> None:
    """The triage list shows what of these rooms is active and decides; nothing says which room."""
    shown: list[tuple[Any, ...]] = []
    for room in rooms:
        wanted = in_triage(room, now)
        shown += [
            (
                one.reference, room.tenant_id, room.tenant_reference, one.code, one.severity,
                SEVERITY_ORDER[one.severity], one.activated_at,
            )
            for one in room.troubles.values()
            if wanted[one.reference]
        ]  # fmt: skip
    tenants, ids = columns_of(room.key for room in rooms)
    line.run(DROP_TRIAGE, tenants, ids, [row[0] for row in shown])
    run(line, ADD_TRIAGE, shown)


def keep_days(line: Line, days: Iterable[tuple[Key, Days]]) -> None:
    """Add minutes out of order to the rows of rooms and days."""
    sums: dict[tuple[Any, ...], Minutes] = defaultdict(Minutes)
    for key, more in days:
        for day, minutes in more.items():
            sums[(*key, day)] = sums[(*key, day)].plus(minutes)
    run(line, ADD_DAYS, [(*key, *minutes) for key, minutes in sorted(sums.items())])
