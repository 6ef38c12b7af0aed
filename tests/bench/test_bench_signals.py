"""What the evaluation of one report costs: its signals read, and each moved on by its reading."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pydantic
import pytest
from django.utils import timezone

from rooms.health.life import SignalMemory, follow, paces
from rooms.kinds import PeripheralKind
from rooms.reports.schema import MOST_PERIPHERALS, MOST_VERSIONS, Report
from rooms.signals import DeviceType
from rooms.signals.read import read_all
from rooms.signals.reading import Key
from tests.bench import report as page
from tests.rooms.device_api import bodies

pytestmark = pytest.mark.bench

BUDGET = 150.0  # microseconds of CPU
ROUNDS = 200
TIMES = 40
AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WINDOWS = DeviceType.WINDOWS

HEAD = f"""# What the evaluation of a report costs

Written by `make bench`. Microseconds of CPU of one process, without the database. **Evaluated**:
every signal of the device read from the report, and each that is due moved on by its reading
(`rooms.signals.read.read_all`, `rooms.health.life.follow`). **Parsed**: the same bytes through
Pydantic, as the drain does before. All ways ran in turn, {ROUNDS} rounds of {TIMES} each: the
median, the 95th percentile, and the 10th, which other work on the machine disturbs least: CPUs
that share a core take each other's time. The budget is {BUDGET:.0f} for the evaluation; the last
column says whether the median keeps it, and the bench fails when the 10th percentile does not.

"""
TABLE = (
    "| Report | Signals read | Moved on | Evaluated | p95 | p10 | Parsed | p95 | p10"
    " | Evaluated to parsed | Budget |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
)


@dataclass
class Case:
    """A report, what is remembered of its device, and how much later it comes."""

    name: str
    body: bytes
    memories: dict[Key, SignalMemory]
    at: datetime

    def __post_init__(self) -> None:
        self.report = Report.model_validate_json(self.body, strict=True)
        self.evaluated: list[float] = []
        self.parsed: list[float] = []

    def evaluate(self) -> int:
        """All there is to do for a report; how many signals it moved on."""
        readings = read_all(self.report, WINDOWS, known=self.memories)
        return len(follow(self.memories, readings, self.at, paces(WINDOWS, MINUTE)))

    def parse(self) -> Report:
        """What comes before."""
        return Report.model_validate_json(self.body, strict=True)

    def row(self) -> str:
        """One line of the table."""
        figures = [figure for times in (self.evaluated, self.parsed) for figure in spread(times)]
        ratio = statistics.median(self.evaluated) / statistics.median(self.parsed)
        kept = "kept" if statistics.median(self.evaluated) <= BUDGET else "**missed**"
        return (
            f"| {self.name}, {len(self.body) / 1000:.1f} kB | {len(read_all(self.report, WINDOWS))}"
            f" | {self.evaluate()} | {' | '.join(f'{figure:.0f}' for figure in figures)}"
            f" | {ratio:.2f} | {kept} |\n"
        )


def spread(times: list[float]) -> tuple[float, float, float]:
    """The median, the 95th percentile and the 10th."""
    return (
        statistics.median(times),
        statistics.quantiles(times, n=20)[-1],
        statistics.quantiles(times, n=10)[0],
    )


def body(**changes: Any) -> bytes:
    """A report of a well device with changes, as it is sent."""
    return bodies.as_bytes(bodies.report(AT, **changes))


def remembered(sent: bytes) -> dict[Key, SignalMemory]:
    """What a device is remembered by after that report."""
    report = Report.model_validate_json(sent, strict=True)
    followed = follow({}, read_all(report, WINDOWS), AT, paces(WINDOWS, MINUTE))
    return {one.reading.key: one.memory for one in followed}


def largest() -> bytes:
    """As many peripherals and versions as the schema allows, one fault in each part."""
    kinds = [kind.value for kind in PeripheralKind]
    parts = [
        bodies.peripheral(n, kind=kinds[n % len(kinds)], link_changes_24h=n)
        for n in range(MOST_PERIPHERALS)
    ]
    versions = [{"component": f"part {n}", "installed": f"1.{n}"} for n in range(MOST_VERSIONS)]
    return body(peripherals=parts, versions=versions)


def ill() -> bytes:
    """A device of which nearly nothing is well."""
    well = bodies.report(AT)
    wrong = {
        "system": {"os_name": "Windows 10 Pro", "os_activated": False, "uptime_minutes": 9999,
                   "nightly_restart": False, "bluetooth_on": False, "factory_password": True,
                   "disk_free_bytes": 1, "disk_health": "errors", "restarts_24h": 99,
                   "blue_screens_24h": 9},
        "app": {"version": "4.8.31.0", "running": False, "internet": "limited",
                "crashes_24h": 99},
        "displays": {"front_configured": 2, "front_found": 0, "console_found": False},
    }  # fmt: skip
    return body(
        **{part: well[part] | changes for part, changes in wrong.items()},
        power={"usb_selective_suspend": True, "usb_power_drain": True, "cpu_limit_percent": 10,
               "sleep_after_minutes": 5},
        windows_update={"service_on": False, "wsus_set": True, "reachable": False,
                        "last_success_at": "2026-01-01T00:00:00Z", "failing_services": 3},
        sign_in={"exchange": "failed", "teams": "failed", "teams_code": "AADSTS50055"},
        network={"ethernet": False, "wifi": True, "wifi_dbm": -90},
        peripherals=[bodies.peripheral(n, connected=False) for n in range(5)],
        device_clock="2026-11-19T00:00:00Z",
    )  # fmt: skip


def cases() -> Iterator[Case]:
    """Reports as they come, and the worst that may."""
    well = body()
    yield Case("five minutes after the last", well, remembered(well), AT + 5 * MINUTE)
    yield Case("two hours after the last", well, remembered(well), AT + 120 * MINUTE)
    yield Case("of a device never seen", well, {}, AT)
    sick = ill()
    yield Case("all falls ill at once", sick, remembered(well), AT + 120 * MINUTE)
    yield Case("all well again", well, remembered(sick), AT + 120 * MINUTE)
    big = largest()
    yield Case("the largest there is", big, remembered(big), AT + 120 * MINUTE)


def surroundings() -> str:
    """When and on what it was measured."""
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (
        f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC, Python {platform.python_version()},"
        f" Pydantic {pydantic.VERSION}, {os.cpu_count()} CPUs, load averages {busy}.\n"
    )


def took(way: Callable[[], object]) -> float:
    """Microseconds of CPU that one call takes."""
    begun = time.process_time_ns()
    for _ in range(TIMES):
        way()
    return (time.process_time_ns() - begun) / TIMES / 1000


def test_bench_evaluation_of_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    measured = list(cases())
    for at in range(-10, ROUNDS):
        for case in measured:
            one, other = took(case.evaluate), took(case.parse)
            if at >= 0:
                case.evaluated.append(one)
                case.parsed.append(other)
    text = "".join((HEAD, surroundings(), "\n", TABLE, *(case.row() for case in measured)))
    with capsys.disabled():
        print(f"\n{text}")
    page.write(text)
    for case in measured:
        assert spread(case.evaluated)[2] <= BUDGET, case.name
