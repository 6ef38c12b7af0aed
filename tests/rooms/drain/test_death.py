"""Workers that die in the middle, and two at once: nothing is lost and nothing doubled."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from rooms.drain.claim import DRAINS
from rooms.states import IncidentState
from tests.outage import wait_until_gone
from tests.plugins.cluster import WorkerCluster
from tests.rooms.drain.house import NO_CAMERA, House

ROOT = Path(__file__).resolve().parents[3]
BOXES = 30
ROUNDS = 5
DEATHS = 6


def start(cluster: WorkerCluster) -> subprocess.Popen[bytes]:
    """A worker process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.rooms.drain.worker"],
        cwd=ROOT,
        env=os.environ | cluster.urls("rooms_worker"),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def killed(process: subprocess.Popen[bytes]) -> None:
    """End it in the middle of whatever it does."""
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def wait_until_noticed(behind: psycopg.Connection) -> None:
    """Until PostgreSQL has ended the sessions of the dead, and what they had begun and locked."""
    connections["eu"].close()
    wait_until_gone(behind)


def fill(house: House) -> None:
    """Rounds of reports: every second camera goes and comes back."""
    boxes = [house.box() for _ in range(BOXES)]
    for number in range(ROUNDS):
        house.later(minutes=10)
        for at, box in enumerate(boxes):
            box.said = {"peripherals": NO_CAMERA} if at % 2 and 0 < number < ROUNDS - 1 else {}
            assert box.says() == "accepted"


def told(house: House) -> dict[str, object]:
    """All that must be the same, however the work was cut into pieces."""
    return {
        "waiting": len(house.rows("rooms_reportinbox", "id")),
        "reports": len(house.rows("rooms_devicereport", "report_id")),
        "incidents": house.incidents(),
        "entries": sorted(house.rows("rooms_incidententry", "kind, at")),
        "opened": house.acts("incident.opened"),
        "resolved": house.acts("incident.resolved"),
        "triage": house.rows("rooms_triageitem"),
        "peripherals": len(house.rows("rooms_peripheral", "id")),
        "minutes": sorted(house.rows("rooms_roomday", "unhealthy_minutes, working_minutes")),
        "events": sorted(house.rows("rooms_roomeventhour", "hour, events")),
        "status": sorted(house.rows("rooms_roomhealth", "status")),
    }


def expected(house: House) -> None:
    """Every second room was ill for as long as its camera was gone, and is well again."""
    ill = BOXES // 2
    found = told(house)
    assert found["waiting"] == 0
    assert found["reports"] == BOXES * ROUNDS
    assert found["incidents"] == [("camera_room", IncidentState.RESOLVED)] * ill
    assert (found["opened"], found["resolved"]) == (ill, ill)
    assert [kind for kind, _ in found["entries"]] == ["opened"] * ill + ["resolved"] * ill
    assert found["triage"] == []
    assert found["peripherals"] == BOXES * 3
    assert [minutes for minutes, _ in found["minutes"]] == [20] * ill
    assert sum(events for _, events in found["events"]) == ill
    assert found["status"] == [("healthy",)] * BOXES


@pytest.mark.parametrize("seed", [1, 2])
def test_worker_killed_in_the_middle_loses_and_doubles_nothing(
    house: House, cluster: WorkerCluster, superuser: dict[str, psycopg.Connection], seed: int
) -> None:
    fill(house)
    chance = random.Random(seed)
    for _ in range(DEATHS):
        process = start(cluster)
        time.sleep(chance.uniform(0.005, 0.12))
        killed(process)
    wait_until_noticed(superuser["eu"])
    while house.drain(most=7).taken:
        pass
    expected(house)


def test_worker_that_dies_lets_go_of_what_it_had_taken(
    house: House, cluster: WorkerCluster, superuser: dict[str, psycopg.Connection]
) -> None:
    """Killed while it waits inside its transaction, after it has taken reports."""
    fill(house)
    with psycopg.connect(cluster.superuser("eu")) as held:
        held.execute("lock table rooms_devicereport in exclusive mode")
        process = start(cluster)
        waiting = "select count(*) from pg_locks where not granted"
        waiting += " and relation = 'rooms_devicereport'::regclass"
        waiting += (
            " and database = (select oid from pg_database where datname = current_database())"
        )
        until = time.monotonic() + 60
        while superuser["eu"].execute(waiting).fetchone() == (0,):
            assert time.monotonic() < until, "the worker never came to the history"
            time.sleep(0.02)
        killed(process)
    wait_until_noticed(superuser["eu"])
    while house.drain().taken:
        pass
    expected(house)


def test_two_drainers_at_once_drain_everything_once(
    house: House, in_threads: Callable[..., None]
) -> None:
    fill(house)

    def drain_until_empty() -> None:
        idle = 0
        while idle < 5:
            done = house.drain(most=5)
            idle = 0 if done.taken else idle + 1
            if not done.taken:
                time.sleep(0.02)

    in_threads(drain_until_empty, drain_until_empty, drain_until_empty)
    expected(house)


def test_drainers_that_disagree_about_shards_lose_order_only(
    house: House, in_threads: Callable[..., None]
) -> None:
    fill(house)

    def drain(shard: int, shards: int) -> None:
        while house.drain(most=5, shard=shard, shards=shards).taken:
            pass

    in_threads(
        lambda: drain(0, 2), lambda: drain(1, 2), lambda: drain(2, 3), lambda: drain(0, 3)
    )  # fmt: skip
    while house.drain().taken:
        pass
    found = told(house)
    assert (found["waiting"], found["reports"]) == (0, BOXES * ROUNDS)
    assert found["status"] == [("healthy",)] * BOXES
    assert found["triage"] == []
    assert len(found["incidents"]) <= BOXES // 2


def test_shard_that_is_being_drained_is_left_alone(
    house: House, superuser: dict[str, psycopg.Connection]
) -> None:
    house.box().says()
    with superuser["eu"].transaction():
        superuser["eu"].execute("select pg_advisory_xact_lock(%s, 0)", [DRAINS])
        done = house.drain()
        assert (done.busy, done.taken) == (True, 0)
    assert house.drain().taken == 1


@pytest.fixture
def in_threads(house: House) -> Callable[..., None]:
    """Do several things at once; each thread has connections of its own. Raises what they raise."""

    def alone(thing: Callable[[], None]) -> None:
        try:
            thing()
        finally:
            connections.close_all()

    def together(*things: Callable[[], None]) -> None:
        with ThreadPoolExecutor(len(things)) as pool:
            for done in [pool.submit(alone, thing) for thing in things]:
                done.result()

    return together
