"""What counting the rooms of a region for the dashboards costs, as the region grows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest
from django.utils import timezone

from rooms.drain.counts import count
from tests.bench import report
from tests.bench.fleet import SCALE, grow, load

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

LARGE = int(1_000_000 * SCALE)
SMALL = LARGE // 10
TENANTS = max(int(500 * SCALE), 20)
TIMES = 3
# The next count begins a minute later (portal/celery.py).
MOST_SECONDS = 60
HEAD = """# What counting the rooms costs

Written by `make bench`. The count of all rooms of a region, each minute, from which the dashboards
are drawn, by the worker's own task in one transaction: by status, signal, category, ring, site,
model and version, for each tenant and for the region. One device a room, three versions a device,
one room in twelve unhealthy. The first count after a full hour is kept twice, the others replace
the one before. Most seconds: {most}, for then the next one is due.

"""
VERSIONS = """
    insert into rooms_softwareversion (id, tenant_id, room_id, device_id, component, installed,
        available, behind_by, observed_at)
    select gen_random_uuid(), d.tenant_id, d.room_id, d.id, c.name,
           '4.' || (hashtext(d.id::text || c.name) & 3) || '.0', '', 0, now()
    from rooms_device d, (values ('teams_rooms_app'), ('windows'), ('firmware')) c (name)
    where not exists (select from rooms_softwareversion v
                      where v.tenant_id = d.tenant_id and v.device_id = d.id)
"""


@dataclass
class Size:
    """How long each count took (seconds) at one size of the region, and how many rows it has."""

    rooms: int
    tenants: int
    seconds: list[float]
    rows: int


def measured(behind: psycopg.Connection, tenants: int) -> Size:
    """Count as often as is to be measured."""
    with behind.transaction():
        behind.execute("set local session_replication_role = replica")
        behind.execute(VERSIONS)
    behind.execute("vacuum (analyze) rooms_softwareversion")
    rooms = behind.execute("select count(*) from rooms_roomhealth").fetchone()[0]
    seconds, rows = [], 0
    for _ in range(TIMES):
        begun = time.perf_counter()
        counted = count("eu")
        seconds.append(time.perf_counter() - begun)
        assert not counted.busy
        rows = counted.tenants
    return Size(rooms, tenants, seconds, rows)


def test_rooms_are_counted_before_the_next_count_is_due(
    db: None,
    superuser: dict[str, psycopg.Connection],
    as_worker: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    behind = superuser["eu"]
    fewer = TENANTS // 10
    load(behind, rooms=SMALL, tenants=fewer, mine=SMALL // fewer, grants=100)
    as_worker()
    sizes = [measured(behind, fewer)]
    grow(behind, rooms=LARGE - SMALL, tenants=TENANTS - fewer, grants=100)
    sizes.append(measured(behind, TENANTS))
    text = section(sizes)
    with capsys.disabled():
        print(f"\n{text}")
    if SCALE >= 0.1:
        report.write(text)
    status = behind.execute(
        "select sum(rooms) from rooms_fleetcount where status <> '' and as_of ="
        " (select max(as_of) from rooms_fleetcount)"
    ).fetchone()[0]
    assert status == sizes[-1].rooms, "every room is counted, and once"
    assert max(sizes[-1].seconds) < MOST_SECONDS


def section(sizes: list[Size]) -> str:
    """The part of docs/bench.md."""
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    lines = [
        HEAD.format(most=MOST_SECONDS),
        f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC, {os.cpu_count()} CPUs, load averages"
        f" {loads}.\n\n",
        "| Rooms | Tenants | First count, s | Next counts, s | Rows of a count"
        " | Microseconds a room |\n|--:|--:|--:|--:|--:|--:|\n",
    ]
    for size in sizes:
        later = ", ".join(f"{one:.1f}" for one in size.seconds[1:])
        lines.append(
            f"| {size.rooms:,} | {size.tenants} | {size.seconds[0]:.1f} | {later} | {size.rows:,}"
            f" | {min(size.seconds) / size.rooms * 1e6:.0f} |\n"
        )
    return "".join(lines)
