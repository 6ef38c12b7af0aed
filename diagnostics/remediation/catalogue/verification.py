"""Whether an action helped: what the reports after it show, whatever the device claimed.

An effect is read from one report; `verify` weighs effects and signals of all reports that count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from diagnostics.remediation.catalogue.parameters import Parameters
from diagnostics.states import CollectionState
from rooms.reports.schema import Report
from rooms.signals import SIGNALS, DeviceType
from rooms.signals.read import read_all
from rooms.signals.reading import Key, Reading, Value
from rooms.signals.thresholds import DEFAULTS, Thresholds

# Uptime is told in whole minutes, and the device's idea of service time may be seconds off.
CLOCK_ERROR: Final = timedelta(seconds=30)


class Outcome(StrEnum):
    """What the reports show. Unknown is never fixed; at the time-out it counts as failed."""

    FIXED = "fixed"
    NOT_FIXED = "not fixed"
    UNKNOWN = "unknown"


class Finding(NamedTuple):
    """What is known of an action's success, in one sentence."""

    outcome: Outcome
    sentence: str


class Shown(NamedTuple):
    """What one report shows of an effect: yes, no, or nothing (None)."""

    value: bool | None
    sentence: str


@dataclass(frozen=True)
class Evidence:
    """All that success is read from.

    `sent_at` is when the command left us, in service time; reports read before `sent_at` plus
    `settle` do not count. `sought` are the (code, instance) of the signals that the action was
    to mend. `collection` is the state of the collection that was ordered, if one was.
    """

    device: DeviceType
    sent_at: datetime
    settle: timedelta
    before: Report | None
    after: tuple[Report, ...]
    sought: frozenset[Key] = frozenset()
    collection: str = ""
    limits: Thresholds = DEFAULTS

    @property
    def counting(self) -> list[Report]:
        """The reports that count, oldest first, each once however often it came."""
        since = self.sent_at + self.settle
        seen = {report.report_id: report for report in self.after if report.observed_at >= since}
        return sorted(seen.values(), key=lambda report: report.observed_at)


Effect = Callable[[Evidence, Report, Parameters], Shown]

NOTHING_YET: Final = Finding(Outcome.UNKNOWN, "No report has come since that would tell.")


def verify(effect: Effect, told: Parameters, evidence: Evidence, settled: int = 1) -> Finding:
    """Whether the newest reports show the effect and the sought signals as healthy.

    `settled` is how many reports in a row must agree, for links that come and go. One report that
    shows the contrary is enough for "not fixed": the caller waits for a better one until the
    time-out, so a device that is slow to start is not given up.
    """
    if evidence.collection:
        return of_collection(evidence.collection)
    reports = evidence.counting
    if not reports:
        return NOTHING_YET
    found = [_judge(effect, told, evidence, report) for report in reports[-settled:]]
    if found[-1].outcome is not Outcome.FIXED:
        return found[-1]
    if any(one.outcome is not Outcome.FIXED for one in found):
        return Finding(Outcome.UNKNOWN, "It was shown, but not yet in a row.")
    if len(reports) < settled:
        missing = settled - len(reports)
        return Finding(Outcome.UNKNOWN, f"It is shown; {missing} more such report must follow.")
    return found[-1]


def _judge(effect: Effect, told: Parameters, evidence: Evidence, report: Report) -> Finding:
    shown = effect(evidence, report, told)
    if shown.value is False:
        return Finding(Outcome.NOT_FIXED, shown.sentence)
    signals = _sought(evidence, report)
    if signals.outcome is Outcome.NOT_FIXED:
        return signals
    if shown.value is None:
        return Finding(Outcome.UNKNOWN, shown.sentence)
    if evidence.sought and signals.outcome is Outcome.UNKNOWN:
        return signals
    return Finding(Outcome.FIXED, shown.sentence)


def _sought(evidence: Evidence, report: Report) -> Finding:
    """How the signals that were to be mended are read now."""
    read = {one.key: one for one in _readings(evidence, report)}
    unclear = ""
    for key in sorted(evidence.sought):
        reading = read.get(key)
        if reading is None or reading.value is Value.UNKNOWN:
            unclear = unclear or f"{title_of(key[0])}: the device does not tell."
        elif reading.value is Value.UNHEALTHY:
            return Finding(Outcome.NOT_FIXED, reading.sentence)
    if unclear:
        return Finding(Outcome.UNKNOWN, unclear)
    names = ", ".join(title_of(code) for code, _ in sorted(evidence.sought))
    return Finding(Outcome.FIXED, f"Healthy again: {names}.")


def _readings(evidence: Evidence, report: Report) -> list[Reading]:
    return read_all(report, evidence.device, evidence.limits, evidence.sought)


def title_of(code: str) -> str:
    """A signal's title; the code itself for one that the catalogue has lost."""
    return SIGNALS[code].title if code in SIGNALS else code


def new_faults(evidence: Evidence) -> tuple[Reading, ...]:
    """Faults in the newest report that the one before the action did not show.

    What a wave's circuit breaker counts as harm; nothing when either report is missing.
    """
    reports = evidence.counting
    if evidence.before is None or not reports:
        return ()
    before = read_all(evidence.before, evidence.device, evidence.limits)
    ill = {one.key for one in before if one.value is Value.UNHEALTHY}
    now = read_all(reports[-1], evidence.device, evidence.limits)
    return tuple(one for one in now if one.value is Value.UNHEALTHY and one.key not in ill)


def of_collection(state: str) -> Finding:
    """Whether the ordered logs came: a collection says so itself."""
    if state == CollectionState.READY or state == CollectionState.DESTROYED:
        return Finding(Outcome.FIXED, "The logs were collected.")
    if state in (CollectionState.REFUSED, CollectionState.FAILED, CollectionState.EXPIRED):
        label = str(CollectionState(state).label).lower()
        return Finding(Outcome.NOT_FIXED, f"The collection is {label}.")
    return Finding(Outcome.UNKNOWN, "The logs are still on their way.")
