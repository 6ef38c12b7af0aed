"""From a room's event records to the states of its signals and of the room.

Pure: no database and no clock; the moment to judge for is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from rooms.health.day import Spell
from rooms.releases import app_standing, windows_standing
from rooms.signals import SIGNALS, DeviceType, Watch
from rooms.states import DECIDING, SEVERITY_ORDER, DeviceState, RoomStatus, Severity, SignalStatus
from tests.fleet.descriptions import Component, DisplayCount, Reading
from tests.fleet.events import EventRecord

# The dead Skype for Business leg is left out: rooms that work in Teams would look ill by it.
# The motion sensor is no signal of the catalogue; it only shows as a link.
SIGNAL_OF: Final[dict[Component, str]] = {
    Component.NETWORK: "network",
    Component.EXCHANGE: "sign_in_exchange",
    Component.TEAMS_SIGN_IN: "sign_in_teams",
    Component.MICROPHONE: "microphone",
    Component.SPEAKER: "speaker",
    Component.DEFAULT_SPEAKER: "speaker_default",
    Component.CAMERA: "camera_room",
    Component.FRONT_DISPLAY: "display_front",
    Component.HDMI_INGEST: "hdmi_ingest",
    Component.CONTENT_CAMERA: "camera_content",
}
WHY: Final[dict[str, str]] = {
    "AADSTS50076": "a second factor is demanded",
    "AADSTS50079": "a second factor is demanded",
    "AADSTS53003": "a Conditional Access policy refuses it",
    "AADSTS50055": "the password has expired",
    "AADSTS50126": "wrong user name or password",
}
FINE: Final = "No fault seen."
SILENT: Final = ("monitoring", "offline")

Key = tuple[str, str]


@dataclass(frozen=True)
class Finding:
    """Where one signal stands, ready to be stored."""

    code: str
    instance: str
    severity: Severity
    state: SignalStatus
    sentence: str
    since: datetime
    last_evaluated_at: datetime
    next_evaluation_at: datetime

    @property
    def decides(self) -> bool:
        """Whether it makes the room unhealthy."""
        return self.state == SignalStatus.UNHEALTHY and self.severity in DECIDING


@dataclass(frozen=True)
class Verdict:
    """What the room shows, and why."""

    status: RoomStatus
    worst: Finding | None
    faults: int
    warnings: int
    since: datetime


@dataclass
class Course:
    """How one signal went: well or not, since when, and the spells that are over."""

    well: bool
    begun: datetime
    seen: datetime
    sentence: str
    spells: list[Spell] = field(default_factory=list)


@dataclass(frozen=True)
class Told:
    """What one record says of one signal."""

    key: Key
    well: bool
    sentence: str


def follow(records: Iterable[EventRecord], displays: int) -> dict[Key, Course]:
    """Go through the records in the order of time, signal by signal."""
    courses: dict[Key, Course] = {}
    for record in records:
        for told in told_by(record, displays):
            course = courses.get(told.key)
            at = record.written_at
            if course is None:
                courses[told.key] = Course(told.well, at, at, told.sentence)
                continue
            if told.well != course.well:
                if told.well and (spell := _spell(told.key, course.begun, at)):
                    course.spells.append(spell)
                course.well, course.begun = told.well, at
            course.seen, course.sentence = at, told.sentence
    return courses


def _spell(key: Key, begun: datetime, ended: datetime | None) -> Spell | None:
    """The spell after the watching time, if the fault lasted that long."""
    active = begun + timedelta(minutes=_watch(key[0]).watch)
    return Spell(active, ended) if ended is None or active < ended else None


def told_by(record: EventRecord, displays: int) -> list[Told]:
    """Everything one record says of signals; a status that says neither yes nor no is left out."""
    told = [Told(("app_heartbeat", ""), True, FINE)]
    for reading in record.description.readings:
        code = SIGNAL_OF.get(reading.component)
        if code is None or reading.well is None:
            continue
        if reading.component == Component.FRONT_DISPLAY:
            told += _displays(reading, record.description.displays, displays)
        else:
            told.append(Told((code, ""), reading.well, _sentence(code, reading)))
    app, windows = app_standing(record.app_version), windows_standing(record.os_version)
    if app.supported is not None:
        words = f"{record.app_version} is {app.behind} releases behind."
        told.append(Told(("app_version", ""), app.supported, FINE if app.supported else words))
    if windows.supported is not None:
        words = f"Windows {record.os_version} is not supported any more."
        told.append(
            Told(("os_version", ""), windows.supported, FINE if windows.supported else words)
        )
    return told


def _displays(reading: Reading, count: DisplayCount | None, displays: int) -> list[Told]:
    """One for each front of room display. Which of two is missing nobody says: the last one."""
    configured = count.configured if count else max(displays, 1)
    real = configured if reading.well else (count.real if count else 0)
    told = []
    for number in range(1, configured + 1):
        instance = f"display {number}" if configured > 1 else ""
        found = f"{real} of {configured} front of room displays found."
        there = number <= real
        told.append(Told(("display_front", instance), there, FINE if there else found))
    return told


def _sentence(code: str, reading: Reading) -> str:
    """In our words, with the code of a refused sign-in and what it means."""
    if reading.well:
        return FINE
    fault = SIGNALS[code].fault
    if reading.code:
        meaning = WHY.get(reading.code, "see the sign-in log of the tenant")
        return f"{fault.rstrip('.')} ({reading.code}: {meaning})."
    if reading.component == Component.EXCHANGE:
        return f"{fault.rstrip('.')} ({reading.word})."
    return fault


def find(courses: dict[Key, Course], last_seen: datetime, at: datetime) -> list[Finding]:
    """Where every signal stands at the moment, silence included."""
    silent = [_silence(code, last_seen, at) for code in SILENT]
    if any(finding.state == SignalStatus.UNHEALTHY for finding in silent):
        lost = last_seen + timedelta(minutes=_watch("monitoring").latency)
        return [*silent, *(_unknown(key, course, lost) for key, course in courses.items())]
    return [*silent, *(_finding(key, course, at) for key, course in courses.items())]


def _silence(code: str, last_seen: datetime, at: datetime) -> Finding:
    """Monitoring and offline: unhealthy once nothing has arrived for long enough."""
    watch = _watch(code)
    trips = last_seen + timedelta(minutes=watch.latency)
    tripped = at >= trips
    return Finding(
        code=code,
        instance="",
        severity=watch.severity,
        state=SignalStatus.UNHEALTHY if tripped else SignalStatus.HEALTHY,
        sentence=SIGNALS[code].fault if tripped else FINE,
        since=trips if tripped else last_seen,
        last_evaluated_at=at,
        next_evaluation_at=at + timedelta(minutes=watch.poll),
    )


def _unknown(key: Key, course: Course, lost: datetime) -> Finding:
    watch = _watch(key[0])
    sentence = "Not known while nothing arrives."
    return Finding(
        *key, watch.severity, SignalStatus.UNKNOWN, sentence, lost, course.seen,
        course.seen + timedelta(minutes=watch.poll),
    )  # fmt: skip


def _finding(key: Key, course: Course, at: datetime) -> Finding:
    """Healthy, watching or unhealthy, by how long it has been so."""
    watch = _watch(key[0])
    since, state = course.begun, SignalStatus.HEALTHY
    if not course.well:
        active = course.begun + timedelta(minutes=watch.watch)
        state = SignalStatus.UNHEALTHY if at >= active else SignalStatus.WATCHING
        since = active if state == SignalStatus.UNHEALTHY else course.begun
    return Finding(
        *key, watch.severity, state, course.sentence, since, course.seen,
        course.seen + timedelta(minutes=watch.poll),
    )  # fmt: skip


def judge(
    findings: list[Finding],
    state: DeviceState,
    *,
    at: datetime,
    well_since: datetime,
    suppressed_from: datetime | None = None,
    suppressed_until: datetime | None = None,
) -> Verdict:
    """What the room shows. Onboarding, then suppression, then silence override the worst fault."""
    faults = [finding for finding in findings if finding.decides]
    shown = [
        finding
        for finding in findings
        if finding.state == SignalStatus.UNHEALTHY and not finding.decides
    ]
    worst = min(
        [*faults, *(finding for finding in shown if finding.severity == Severity.WARNING)],
        key=lambda finding: (SEVERITY_ORDER[finding.severity], finding.since),
        default=None,
    )
    silent = [finding for finding in faults if finding.code in SILENT]
    if state == DeviceState.ONBOARDING:
        status, since = RoomStatus.ONBOARDING, well_since
    elif suppressed_until is not None and at < suppressed_until:
        status, since = RoomStatus.SUPPRESSED, suppressed_from or well_since
    elif silent:
        status, since = RoomStatus.UNMONITORED, min(finding.since for finding in silent)
        worst = silent[-1]
    elif faults:
        status, since = RoomStatus.UNHEALTHY, min(finding.since for finding in faults)
    else:
        status, since = RoomStatus.HEALTHY, well_since
    return Verdict(status, worst, len(faults), len(shown), since)


def deciding_spells(courses: dict[Key, Course]) -> list[Spell]:
    """The times in which some critical or important signal was unhealthy, merged, in order."""
    spells: list[Spell] = []
    for key, course in courses.items():
        if _watch(key[0]).severity not in DECIDING:
            continue
        spells += course.spells
        if not course.well and (spell := _spell(key, course.begun, None)):
            spells.append(spell)
    merged: list[Spell] = []
    for spell in sorted(spells, key=lambda spell: spell.begun):
        last = merged[-1] if merged else None
        if last is None or (last.ended is not None and last.ended < spell.begun):
            merged.append(spell)
        elif last.ended is not None:
            ended = None if spell.ended is None else max(last.ended, spell.ended)
            merged[-1] = Spell(last.begun, ended)
    return merged


def _watch(code: str) -> Watch:
    """How Windows devices are watched for a signal; only they write these records."""
    return SIGNALS[code].on[DeviceType.WINDOWS]
