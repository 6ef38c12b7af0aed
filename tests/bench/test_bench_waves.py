"""What a wave over 10,000 devices costs: its plan, letting its items go, and stopping it."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.utils import timezone

from access.residency import region
from diagnostics.models import Remediation, RemediationVote, Wave
from diagnostics.remediation.queue.waves import advance_waves, plan_drafts
from rooms.releases import APP_RELEASES
from tests.architecture import canaries
from tests.bench import report
from tests.bench.fleet import SCALE, Fleet, load
from tests.diagnostics.waves import OWNER, ring, wave_of

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

MINE = max(int(10_000 * SCALE), 500)
ROOMS, TENANTS, ROUNDS = MINE * 4, 16, 3
# Seconds of work of both processes, for 10,000 devices.
MOST_SECONDS = 5.0
HEAD = """# Remediation: what a wave costs

Written by `make bench`. A wave of app updates over all {mine:,} devices of a tenant, by the
worker's own tasks: the plan in one transaction (facts read, each device placed in its night within
a pace of 500 an hour, all rows stored), then letting all items of the ring go and stopping it, in
transactions of 1,000 items.
Seconds of CPU of the worker's process and of its database backend, which other work on the machine
lengthens less than the clock; the quickest of {rounds}. **Bare**: the same items inserted once more
by one plain statement without trigger, constraint or record. **A tenth**: the same for a tenth of
the devices; the ratio is of the cost of one device there and here. The plan's budget is
{most:.0f} seconds for 10,000 devices.

"""
VERSIONS = """
    insert into rooms_softwareversion (id, tenant_id, room_id, device_id, component, installed,
        available, behind_by, observed_at)
    select gen_random_uuid(), d.tenant_id, d.room_id, d.id, 'Meeting app', %s, '', 1, now()
    from rooms_device d
"""
COPY = "create temp table kept as select * from diagnostics_remediation where wave_id = %s"
BARE = "insert into diagnostics_remediation select * from kept"
TABLES = "diagnostics_remediation, diagnostics_remediationstep, diagnostics_waveexclusion"


@dataclass
class Cost:
    """Seconds by the clock, of Python and of the backend, round by round."""

    clock: list[float] = field(default_factory=list)
    python: list[float] = field(default_factory=list)
    backend: list[float] = field(default_factory=list)

    @property
    def work(self) -> float:
        """Both together in the quickest round."""
        return min(one + other for one, other in zip(self.python, self.backend, strict=True))


def of_backend(pid: int) -> float:
    """Seconds of CPU that a process of this machine has had."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        user, system = stat.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def measured(cost: Cost) -> Iterator[None]:
    """What happens in the block, added as a round."""
    with connections["eu"].cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        pid = cursor.fetchone()[0]
    begun, python, backend = time.perf_counter(), time.process_time(), of_backend(pid)
    yield
    cost.clock.append(time.perf_counter() - begun)
    cost.python.append(time.process_time() - python)
    cost.backend.append(of_backend(pid) - backend)


@dataclass
class Waves:
    """The waves of a fleet, one after the other."""

    fleet: Fleet
    behind: psycopg.Connection

    def draft(self, sites: list[str]) -> Wave:
        """Over all devices, or over those of some sites."""
        grant = canaries.grant_row(
            self.fleet.asha,
            self.fleet.tenant,
            "remediate.update",
            ends=timezone.now() + timedelta(hours=4),
        )
        return wave_of(
            self.fleet.asha,
            self.fleet.tenant,
            action="update_app",
            parameters={"version": APP_RELEASES[0]},
            scope="remediate.update",
            selection={"site": sites} if sites else {"platform": ["windows"]},
            rings=[ring("General")],
            per_hour=500,
            pilot=0,
            covered_by="approval",
            grant_reference=grant.reference,
        )

    def run(self, wave: Wave) -> None:
        """The votes for it, and its start."""
        now = datetime.now(UTC)
        with region("eu"):
            stands = Wave.objects.using(OWNER).get(pk=wave.pk)
            for person in (self.fleet.tenant.pk, wave.pk):
                RemediationVote.objects.using(OWNER).create(
                    tenant_id=wave.tenant_id,
                    subject="wave",
                    subject_id=wave.pk,
                    digest=stands.digest,
                    voter_id=person,
                    voter_person=person,
                    voter_label="Bo",
                    approves=True,
                    step_up_method="totp",
                    voted_at=now,
                )
        self.change(wave, state="running", approval_ends_at=now + timedelta(days=90))
        self.behind.execute("update diagnostics_wavering set begins_at = now()")

    def change(self, wave: Wave, **fields: Any) -> None:
        """Move it, due at once."""
        with region("eu"):
            rows = Wave.objects.using(OWNER).filter(pk=wave.pk)
            rows.update(next_at=timezone.now() - timedelta(minutes=1), **fields)

    def states(self, wave: Wave) -> set[str]:
        """Of its items."""
        with region("eu"):
            rows = Remediation.objects.using(OWNER).filter(wave=wave)
            return set(rows.values_list("state", flat=True))

    def gone(self) -> None:
        """Away with all items, so that their devices are free again."""
        self.behind.execute(f"truncate {TABLES} cascade")


def test_wave_over_ten_thousand_devices_is_planned_in_time(
    db: None,
    superuser: dict[str, psycopg.Connection],
    as_worker: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    behind = superuser["eu"]
    fleet = load(behind, rooms=ROOMS, tenants=TENANTS, mine=MINE, grants=100)
    with behind.transaction():
        behind.execute("set local session_replication_role = replica")
        behind.execute(VERSIONS, [APP_RELEASES[1]])
    behind.execute("vacuum (analyze) rooms_softwareversion, rooms_device")
    sites = behind.execute(
        "select id::text from rooms_site where tenant_id = %s order by name limit 1",
        [fleet.tenant.pk],
    ).fetchall()
    waves = Waves(fleet, behind)
    as_worker()
    plan, part, bare, let_go, stop = (Cost() for _ in range(5))
    for _ in range(ROUNDS):
        waves.draft([site for (site,) in sites])
        with measured(part):
            assert plan_drafts("eu") == 1
        waves.gone()
        wave = waves.draft([])
        with measured(plan):
            assert plan_drafts("eu") == 1
        bare_insert(behind, wave, bare)
        waves.run(wave)
        with measured(let_go):
            assert advance_waves("eu", 600) >= 1
        assert waves.states(wave) == {"approved"}
        waves.change(wave, state="stopped")
        with measured(stop):
            advance_waves("eu", 600)
        assert waves.states(wave) == {"cancelled"}
        waves.gone()
    text = section(plan, part, bare, let_go, stop)
    with capsys.disabled():
        print(f"\n{text}")
    if SCALE >= 1:
        report.write(text)
    assert plan.work < MOST_SECONDS * max(SCALE, 0.1)


def bare_insert(behind: psycopg.Connection, wave: Wave, cost: Cost) -> None:
    """The same rows by one statement, in a transaction that is rolled back."""
    pid = behind.info.backend_pid
    with behind.transaction(force_rollback=True):
        behind.execute("set local session_replication_role = replica")
        behind.execute(COPY, [wave.pk])
        behind.execute("delete from diagnostics_remediation where wave_id = %s", [wave.pk])
        begun, backend = time.perf_counter(), of_backend(pid)
        behind.execute(BARE)
        cost.clock.append(time.perf_counter() - begun)
        cost.python.append(0.0)
        cost.backend.append(of_backend(pid) - backend)


def section(plan: Cost, part: Cost, bare: Cost, let_go: Cost, stop: Cost) -> str:
    """The part of docs/bench.md."""
    busy = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    kept = "kept" if plan.work < MOST_SECONDS else "**missed**"
    lines = [
        HEAD.format(mine=MINE, rounds=ROUNDS, most=MOST_SECONDS),
        f"Measured {timezone.now():%Y-%m-%d %H:%M} UTC: {ROOMS:,} rooms of {TENANTS} tenants,"
        f" Python {platform.python_version()}, {os.cpu_count()} CPUs, load averages {busy}.\n\n",
        "| What | Worker, s | Backend, s | Work, s | By the clock, s | Budget |\n"
        "|---|--:|--:|--:|--:|---|\n",
    ]
    for name, cost, budget in (
        (f"plan of {MINE:,} devices", plan, f"{MOST_SECONDS:.0f} s {kept}"),
        ("plan of a tenth of them", part, ""),
        (f"bare insert of {MINE:,} items", bare, ""),
        (f"letting {MINE:,} items go", let_go, ""),
        (f"stopping: {MINE:,} items cancelled", stop, ""),
    ):
        lines.append(
            f"| {name} | {min(cost.python):.2f} | {min(cost.backend):.2f} | {cost.work:.2f}"
            f" | {min(cost.clock):.2f} | {budget} |\n"
        )
    lines.append(
        f"\nThe plan takes {plan.work / max(bare.work, 0.01):.1f} times as long as the bare insert"
        f" of its rows; a device costs {plan.work / (part.work * 10):.2f} times what it costs in a"
        " plan of a tenth.\n"
    )
    return "".join(lines)
