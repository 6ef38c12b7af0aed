"""From a room's event records to rows: what the device runs, where it stands, how the room is.

Rows are made without a database; `store` writes those of many rooms with one statement a table.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import models

from rooms.health.day import Spell
from rooms.models import (
    DeviceAddress,
    PeripheralKind,
    RoomAccount,
    RoomDay,
    RoomEventHour,
    RoomHealth,
    SignalState,
    SoftwareVersion,
)
from rooms.releases import APP_RELEASES, NEWEST_WINDOWS, app_standing, windows_standing
from rooms.signals import SIGNALS
from rooms.states import DeviceState, RoomStatus, attention_rank
from tests.fleet import records as health
from tests.fleet.events import EventRecord, MalformedRecord, parse_line
from tests.fleet.links import Link, follow_links
from tests.fleet.records import Finding, Verdict

HISTORY_DAYS: Final = 90
WORKING_DAY: Final = (time(5), time(21))
BATCH: Final = 2000


@dataclass(frozen=True)
class RoomFacts:
    """What the inventory knows of the room and its compute device before any record is read."""

    tenant_id: uuid.UUID
    room_id: uuid.UUID
    device_id: uuid.UUID
    time_zone: str
    front_displays: int
    state: DeviceState
    mac: str = ""
    suppressed_from: datetime | None = None
    suppressed_until: datetime | None = None


@dataclass
class RoomRows:
    """Everything that the records of one room say, as rows not yet stored."""

    rows: dict[type[models.Model], list[models.Model]]
    verdict: Verdict
    findings: list[Finding]
    spells: list[Spell]
    last: EventRecord
    lost_at: datetime
    links: dict[tuple[PeripheralKind, int], Link] = field(default_factory=dict)

    def status_at(self, moment: datetime) -> RoomStatus:
        """What the room showed at an earlier moment of the records."""
        if self.verdict.status in (RoomStatus.ONBOARDING, RoomStatus.SUPPRESSED):
            return self.verdict.status
        if moment >= self.lost_at:
            return RoomStatus.UNMONITORED
        ill = any(
            spell.begun <= moment and (spell.ended is None or moment < spell.ended)
            for spell in self.spells
        )
        return RoomStatus.UNHEALTHY if ill else RoomStatus.HEALTHY


class NoRecords(LookupError):
    """A room without a single readable record has no health to speak of."""


def read_lines(lines: Iterable[str]) -> tuple[list[EventRecord], list[str]]:
    """The records of an exported log in the order of time, and why other lines were left out."""
    records: list[EventRecord] = []
    left_out: list[str] = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(parse_line(line))
        except MalformedRecord as error:
            left_out.append(f"line {number}: {error}")
    records.sort(key=lambda record: record.written_at)
    return records, left_out


def rows_of(facts: RoomFacts, records: Sequence[EventRecord], at: datetime) -> RoomRows:
    """The rows of one room as of a moment. NoRecords when there is nothing to go by."""
    if not records:
        raise NoRecords("No event record of this room could be read.")
    last = records[-1]
    courses = health.follow(records, facts.front_displays)
    findings = health.find(courses, last.written_at, at)
    lost_at = last.written_at + timedelta(minutes=61)
    spells = [
        Spell(spell.begun, min(at, lost_at)) if spell.ended is None and lost_at <= at else spell
        for spell in health.deciding_spells(courses)
        if spell.begun < at
    ]
    recovered = [spell.ended for spell in spells if spell.ended is not None]
    verdict = health.judge(
        findings,
        facts.state,
        at=at,
        well_since=max(recovered, default=records[0].written_at),
        suppressed_from=facts.suppressed_from,
        suppressed_until=facts.suppressed_until,
    )
    made = RoomRows(
        {}, verdict, findings, spells, last, lost_at, follow_links(records, facts.front_displays)
    )
    rows: list[models.Model] = [
        _health(facts, made, records[0].written_at, at),
        *(_signal(facts, finding) for finding in findings),
        *_days(facts, made, at),
        *_event_hours(facts, records, at),
        *_versions(facts, last),
        *_identity(facts, records),
    ]
    by_model: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    for row in rows:
        by_model[type(row)].append(row)
    made.rows = dict(by_model)
    return made


def store(rooms: Iterable[RoomRows], using: str) -> None:
    """Write the rows of many rooms, a table at a time."""
    gathered: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    for room in rooms:
        for model, rows in room.rows.items():
            gathered[model] += rows
    for model, rows in gathered.items():
        model._default_manager.using(using).bulk_create(rows, batch_size=BATCH)


def _owned(facts: RoomFacts) -> dict[str, uuid.UUID]:
    return {"tenant_id": facts.tenant_id, "room_id": facts.room_id}


def _health(facts: RoomFacts, made: RoomRows, first: datetime, at: datetime) -> RoomHealth:
    verdict, worst = made.verdict, made.verdict.worst
    severity = worst.severity.value if worst else ""
    zone = ZoneInfo(facts.time_zone)
    earliest = max(first, at - timedelta(days=HISTORY_DAYS - 1))
    return RoomHealth(
        **_owned(facts),
        status=verdict.status,
        attention=attention_rank(verdict.status, severity),
        worst_signal=worst.code if worst else "",
        worst_severity=severity,
        faults=verdict.faults,
        warnings=verdict.warnings,
        since=verdict.since,
        suppressed_until=facts.suppressed_until,
        last_evaluated_at=max(finding.last_evaluated_at for finding in made.findings),
        next_evaluation_at=min(
            (f.next_evaluation_at for f in made.findings if f.next_evaluation_at > at),
            default=None,
        ),
        last_seen_at=made.last.written_at,
        history_from=earliest.astimezone(zone).date(),
    )


def _signal(facts: RoomFacts, finding: Finding) -> SignalState:
    return SignalState(
        **_owned(facts),
        device_id=facts.device_id,
        code=finding.code,
        instance=finding.instance,
        category=SIGNALS[finding.code].category,
        severity=finding.severity,
        state=finding.state,
        sentence=finding.sentence,
        since=finding.since,
        last_evaluated_at=finding.last_evaluated_at,
        next_evaluation_at=finding.next_evaluation_at,
    )


def _days(facts: RoomFacts, made: RoomRows, at: datetime) -> list[RoomDay]:
    """One row for each room-local day that was not healthy throughout."""
    days: dict[date, RoomDay] = {}
    zone = ZoneInfo(facts.time_zone)

    def day_row(day: date) -> RoomDay:
        return days.setdefault(day, RoomDay(**_owned(facts), day=day))

    for spell in made.spells:
        for begun, ended in _by_day(spell.begun, spell.ended or at, zone, at):
            row = day_row(begun.date())
            row.unhealthy_minutes += _minutes(begun, ended)
            row.working_minutes += _minutes(
                max(begun, begun.replace(hour=WORKING_DAY[0].hour, minute=0, second=0)),
                min(ended, begun.replace(hour=WORKING_DAY[1].hour, minute=0, second=0)),
            )
    for begun, ended in _by_day(made.lost_at, at, zone, at):
        day_row(begun.date()).unmonitored_minutes += _minutes(begun, ended)
    return list(days.values())


def _by_day(
    begun: datetime, ended: datetime, zone: ZoneInfo, at: datetime
) -> Iterable[tuple[datetime, datetime]]:
    """A time cut at local midnights, from the first day of history on."""
    begun = max(begun, at - timedelta(days=HISTORY_DAYS - 1))
    while begun < ended:
        local = begun.astimezone(zone)
        midnight = datetime.combine(local.date() + timedelta(days=1), time.min, tzinfo=zone)
        piece = min(ended, midnight.astimezone(UTC))
        yield local, piece.astimezone(zone)
        begun = piece


def _minutes(begun: datetime, ended: datetime) -> int:
    """Whole minutes between two moments, none when they are the wrong way round."""
    return max(0, int((ended.astimezone(UTC) - begun.astimezone(UTC)).total_seconds() // 60))


def _event_hours(
    facts: RoomFacts, records: Sequence[EventRecord], at: datetime
) -> list[RoomEventHour]:
    """How many errors the room wrote in each hour of the last day."""
    hours = Counter(
        record.written_at.replace(minute=0, second=0, microsecond=0)
        for record in records
        if record.is_error and record.written_at > at - timedelta(hours=24)
    )
    return [
        RoomEventHour(**_owned(facts), hour=hour, events=count) for hour, count in hours.items()
    ]


def _versions(facts: RoomFacts, last: EventRecord) -> list[SoftwareVersion]:
    """The meeting app and Windows, as the last record gives them."""
    return [
        SoftwareVersion(
            **_owned(facts),
            device_id=facts.device_id,
            component=component,
            installed=installed,
            available=available,
            behind_by=behind,
            observed_at=last.written_at,
        )
        for component, installed, available, behind in (
            ("Meeting app", last.app_version, APP_RELEASES[0],
             app_standing(last.app_version).behind),
            ("Windows", last.os_version, NEWEST_WINDOWS,
             windows_standing(last.os_version).behind),
        )
    ]  # fmt: skip


def _identity(facts: RoomFacts, records: Sequence[EventRecord]) -> list[models.Model]:
    """The account the room last named, and its addresses. A room signed out names none."""
    last = records[-1]
    named = next((record for record in reversed(records) if record.alias), None)
    rows: list[models.Model] = [
        DeviceAddress(
            **_owned(facts),
            device_id=facts.device_id,
            ipv4=str(last.ipv4) if last.ipv4 else None,
            ipv4_second=str(last.ipv4_second) if last.ipv4_second else None,
            ipv6=str(last.ipv6) if last.ipv6 else None,
            mac=facts.mac,
            observed_at=last.written_at,
        )
    ]
    if named:
        rows.append(
            RoomAccount(**_owned(facts), upn=named.alias, display_name=named.display_name[:120])
        )
    return rows
