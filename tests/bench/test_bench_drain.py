"""How fast one worker turns accepted reports into health, beside how fast they are accepted."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connections
from django.utils import timezone

from portal.demo.trouble import free_port
from rooms.device_api.profile import raw_signer, sign_request
from rooms.drain.batch import drain_batch
from rooms.drain.counts import count
from rooms.drain.sweep import sweep
from tests.bench import drain_fleet, report
from tests.bench.fleet import SCALE
from tests.bench.surface import raw, served, throw
from tests.plugins.cluster import WorkerCluster

pytestmark = pytest.mark.bench

BUDGET = 2.0
ROOMS = max(int(4000 * SCALE), 400)
EACH = max(int(1000 * SCALE), 200)
ROUNDS = 5
PATH = "/device/v1/reports"
TICK = os.sysconf("SC_CLK_TCK")
HEAD = """# What the drain of reports costs

Written by `make bench`. **Accepted**: signed reports through the real HTTP surface, one granian
worker. **Drained**: the same reports by one worker, until the inbox is empty. Both in turn, round
by round, neither while the other runs; the budget is that draining is {budget:.0f} times as fast.
The other rows are reports put into the inbox at once. Python and backend are the microseconds of
CPU that the worker's process and its database backend spent on each; one after the other, so that
their sum is what one worker needs.

"""
TABLE = """
| What | A second | Python | Backend |
|---|--:|--:|--:|
"""


@dataclass
class Pace:
    """How many a second by the clock, and the microseconds of CPU that each took."""

    number: int
    rate: float
    python: float
    backend: float


def backend_seconds() -> float:
    """The CPU that our database backend has used so far."""
    stat = Path(f"/proc/{connections['eu'].backend_pid}/stat").read_text()
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def pace(work: Callable[[], int]) -> Pace:
    """Do something over and over until it says that it did nothing; how long each took."""
    number, wall = 0, time.perf_counter()
    python, backend = time.process_time(), backend_seconds()
    while done := work():
        number += done
    wall, python = time.perf_counter() - wall, time.process_time() - python
    backend = backend_seconds() - backend
    each = max(number, 1)
    return Pace(number, each / wall, python / each * 1e6, backend / each * 1e6)


def drained() -> Pace:
    """Drain the inbox of the region."""
    return pace(lambda: drain_batch("eu").taken)


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    """One key for all: what it costs to verify does not depend on whose it is."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def port(cluster: WorkerCluster, tmp_path: Path) -> Iterator[int]:
    """The device surface, in a process of its own."""
    env = cluster.urls("rooms_device") | {
        "CATALOGUE_MINUTE_SECONDS": "0.01",  # so that each device may report as often as it can
        "PORTAL_ALLOWED_HOSTS": "127.0.0.1",
        "PORTAL_ENV": "development",
        "PORTAL_DEMO": "1",
    }
    free = free_port()
    with served("portal.device_wsgi:application", free, env, tmp_path / "surface.log"):
        yield free


def signed(port: int, key: ec.EllipticCurvePrivateKey, first: int) -> list[bytes]:
    """Requests of a round, each of another device and with a report of its own."""
    sign = raw_signer(key)
    requests = []
    for number in range(first, first + EACH):
        body = drain_fleet.body(datetime.now(UTC)).encode()
        name = f"eu.DK-{1 + number % ROOMS:08}"
        url = f"http://127.0.0.1:{port}{PATH}"
        headers = sign_request("POST", url, {}, body, name, sign, time.time())
        requests.append(raw(port, PATH, headers, body))
    return requests


def test_bench_drain_keeps_up_with_the_surface(
    db: None,
    key: ec.EllipticCurvePrivateKey,
    port: int,
    superuser: dict[str, psycopg.Connection],
    as_worker: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = superuser["eu"]
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    devices = drain_fleet.make(line, ROOMS, point)
    as_worker()
    connections["eu"].ensure_connection()
    found: dict[str, Pace] = {}
    at = datetime.now(UTC) - timedelta(hours=2)

    def received(name: str, changed: int = 0) -> None:
        nonlocal at
        at += timedelta(minutes=5)
        drain_fleet.receive(line, devices, at, changed)
        line.execute("analyze rooms_signalstate; analyze rooms_reportinbox")
        found[name] = drained()

    received("first report of a device: all is new")
    received("second report: some signals are still watched")
    received("nothing new")
    received("nothing new, once more")
    received("one in fifty lost its camera", changed=ROOMS // 50)
    received("all lose their camera", changed=ROOMS)
    for _ in range(4):
        received("")
    del found[""]
    accepted, worked = [], []
    for number in range(ROUNDS):
        answers = throw(port, signed(port, key, number * EACH))
        assert set(answers.statuses) == {202}
        accepted.append(answers.rate)
        worked.append(drained())
        assert worked[-1].number == EACH, "every report that was accepted is drained"
    line.execute("update rooms_roomhealth set next_evaluation_at = lock.now()")
    found["room judged by the clock alone"] = pace(lambda: sweep("eu").rooms)
    begun = time.perf_counter()
    count("eu")
    counted = time.perf_counter() - begun
    text = section(found, accepted, worked, counted, line)
    with capsys.disabled():
        print(f"\n{text}")
    if SCALE >= 1:
        report.write(text)
    assert ratio(accepted, worked) >= BUDGET


def ratio(accepted: list[float], worked: list[Pace]) -> float:
    """How many times as fast draining is, in the middle round."""
    pairs = zip(worked, accepted, strict=True)
    return statistics.median(one.rate / other for one, other in pairs)


def section(
    found: dict[str, Pace],
    accepted: list[float],
    worked: list[Pace],
    counted: float,
    line: psycopg.Connection,
) -> str:
    """The section of docs/bench.md."""
    version = line.execute("select split_part(version(), ' on ', 1)").fetchone()[0]
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    times = ratio(accepted, worked)
    middle = Pace(
        EACH,
        statistics.median(one.rate for one in worked),
        statistics.median(one.python for one in worked),
        statistics.median(one.backend for one in worked),
    )
    rows = [
        f"| accepted over HTTP | {statistics.median(accepted):,.0f} | | |",
        row("drained, of what was accepted", middle),
        *(row(name, one) for name, one in found.items()),
    ]
    return (
        HEAD.format(budget=BUDGET)
        + f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC: {ROOMS:,} rooms of"
        f" {drain_fleet.TENANTS} tenants, reports of 3 kB, {ROUNDS} rounds of {EACH:,}. {version},"
        f" Python {platform.python_version()}, {os.cpu_count()} CPUs, load averages {busy}.\n\n"
        f"Draining is {times:.1f} times as fast as accepting: {BUDGET:.0f}"
        f" {'kept' if times >= BUDGET else '**missed**'}. Counting all rooms for the dashboards"
        f" took {counted:.2f} s.\n" + TABLE + "\n".join(rows) + "\n"
    )


def row(name: str, one: Pace) -> str:
    """One line of the table."""
    return f"| {name} | {one.rate:,.0f} | {one.python:,.0f} | {one.backend:,.0f} |"
