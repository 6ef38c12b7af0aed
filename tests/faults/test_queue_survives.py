"""Nothing is done twice and nothing is lost, whatever is killed: on each broker that we name.

A few hundred operations by default; ROOMS_FAULTS=10000 is the figure of docs/bench.md.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from access.models import Staff, Tenant
from access.scopes import Scope
from diagnostics.remediation.states import ENDED
from rooms.commands import TrustedKeys
from rooms.models import Device
from tests.acts import granted
from tests.conftest import HeldClock
from tests.diagnostics.remediation.queue.place import Place
from tests.faults.brokers import (
    Broker,
    find_rabbit,
    find_redis,
    run_rabbit,
    run_redis,
    run_valkey,
)
from tests.faults.crowd import IDENTITIES, KEYS, Crowd, Manner
from tests.faults.workers import Bell, Killer, Workers
from tests.plugins.cluster import WorkerCluster
from tests.rooms.signing import held, private

# Minutes of kills by chance are no part of `make test`: `make faults` runs them.
pytestmark = pytest.mark.bench
OPERATIONS: Final = int(os.environ.get("ROOMS_FAULTS", "150"))
# A test hangs for minutes before it gives up: how long it takes is not what it is about.
LONGEST_SECONDS: Final = 150 + OPERATIONS * 0.25
MINUTE: Final = "0.1"
# What keeps the fleet heard of.
ALIVE: Final = "update rooms_device set last_seen_at = lock.now()"
# The next night comes at once for what is tried again in it.
NEXT_NIGHT: Final = """
    update diagnostics_remediation set next_at = lock.now(),
        window_begins_at = lock.now() - interval '1 minute',
        window_ends_at = lock.now() + interval '2 hours'
    where reason_code = 'retry_in_next_window' and next_at > lock.now()
"""
# What moves those that have ended out of the hour and the day that the caps look at.
LONG_AGO: Final = """
    update diagnostics_remediation set sent_at = sent_at - interval '2 days'
    where state = any(%s) and sent_at > lock.now() - interval '1 day'
"""
STANDS: Final = """
    select state, reason_code, count(*) from diagnostics_remediation group by 1, 2 order by 1, 2
"""
ITEMS: Final = "select id, state, attempt, reference from diagnostics_remediation"
ATTEMPTS: Final = """
    select subject_reference, detail ->> 'command', count(*) from access_auditevent
    where type = 'remediation.dispatched' group by 1, 2
"""
ENDINGS: Final = """
    select subject_reference, count(*) from access_auditevent
    where type = any(%s) group by 1
"""
LAST_STEPS: Final = """
    select distinct on (item_id) item_id, state from diagnostics_remediationstep
    order by item_id, id desc
"""
RUN: Final = {"valkey": run_valkey, "redis": run_redis, "rabbitmq": run_rabbit}
FIND: Final = {"valkey": lambda: "its wheel", "redis": find_redis, "rabbitmq": find_rabbit}


@pytest.fixture(params=sorted(RUN))
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """A broker of our own, of each kind in turn."""
    if not FIND[request.param]() and os.environ.get("CI") != "true":
        pytest.skip(f"{request.param} is missing (apt-get install {request.param}-server)")
    folder = tmp_path / "broker"
    folder.mkdir()
    start: Callable[[Path], AbstractContextManager[Broker]] = RUN[request.param]
    with start(folder) as running:
        yield running


@pytest.fixture
def line(cluster: WorkerCluster) -> Iterator[Callable[[str], psycopg.Connection]]:
    """Connections of our own, for each thread one: `line(role)`."""
    opened: list[psycopg.Connection] = []

    def connect(role: str) -> psycopg.Connection:
        url = cluster.superuser("eu") if role == "super" else cluster.url("eu", role)
        opened.append(psycopg.connect(url, autocommit=True))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


@pytest.fixture
def devices(
    tenant: Tenant,
    asha: Staff,
    bo: Staff,
    held_clock: HeldClock,
    superuser: dict[str, psycopg.Connection],
) -> list[Device]:
    """So many devices in the night, each with an item that asha has ordered; the clock runs."""
    built = Place(tenant, held_clock).build()
    granted(asha, tenant, [bo], Scope.REMEDIATE_RESTART)
    devices = built.devices(OPERATIONS)
    built.items(devices, "restart_app", by=asha)
    for statement in (IDENTITIES, KEYS):
        superuser["eu"].execute(statement)
    held_clock.shift(built.at - datetime.now(UTC))
    return devices


@pytest.mark.timeout(3600)
def test_nothing_is_doubled_and_nothing_is_lost(
    broker: Broker, devices: list[Device], line: Any, cluster: WorkerCluster, tmp_path: Path
) -> None:
    seed = int(os.environ.get("ROOMS_FAULTS_SEED", time.time_ns() % 10_000))
    dice = random.Random(seed)
    crowd = Crowd.of(
        devices,
        trusted=TrustedKeys.from_json(held("eu").listed),
        inside=line("super"),
        surface=line("rooms_device"),
        dice=random.Random(seed),
    )
    environment = os.environ | cluster.urls("rooms_worker") | {
        "CELERY_BROKER_URL": broker.url, "CATALOGUE_MINUTE_SECONDS": MINUTE,
    } | {f"COMMAND_KEYS_{name.upper()}": key for name, key in private().items()}  # fmt: skip
    workers = Workers(environment, tmp_path)
    bell = Bell(broker)
    killer = Killer(workers, broker, line("super"), dice)
    begun = time.monotonic()
    threads = [threading.Thread(target=one) for one in (crowd.live, bell.ring, killer.work)]
    workers.start()
    try:
        for thread in threads:
            thread.start()
        stands = _until_all_have_ended(line("super"), crowd, killer)
    finally:
        for one in (crowd, bell, killer):
            one.over.set()
        for thread in threads:
            if thread.ident:
                thread.join()
        workers.stop()
    took = time.monotonic() - begun
    for error in (*crowd.trouble, *killer.trouble):
        raise error
    print(f"{OPERATIONS} in {took:.0f} s, seed {seed}: {stands}, {dict(killer.done)}, "
          f"{sum(crowd.ran.values())} runs", file=sys.stderr)  # fmt: skip
    _check(line("super"), crowd)
    assert killer.done["worker killed"] > 0


def _until_all_have_ended(
    inside: psycopg.Connection, crowd: Crowd, killer: Killer
) -> list[tuple[str, str, int]]:
    """How many items ended how; AssertionError when it takes far too long."""
    until = time.monotonic() + LONGEST_SECONDS
    ended = [state.value for state in ENDED]
    inside.execute("set session_replication_role = replica")  # the guard keeps times as they are
    while True:
        inside.execute(ALIVE)
        inside.execute(LONG_AGO, [ended])
        inside.execute(NEXT_NIGHT)
        stands = inside.execute(STANDS).fetchall()
        if not {state for state, *_ in stands} - set(ended):
            return stands
        if trouble := [*crowd.trouble, *killer.trouble]:
            raise trouble[0]
        assert time.monotonic() < until, f"not all have ended: {stands}, {dict(killer.done)}"
        time.sleep(0.5)


def _check(inside: psycopg.Connection, crowd: Crowd) -> None:
    """Every item ended once, nothing ran twice, what succeeded ran, and the record is whole."""
    items = {row[0]: row[1:] for row in inside.execute(ITEMS).fetchall()}
    assert len(items) == OPERATIONS
    assert max(crowd.ran.values()) == 1
    commands = {
        uuid.uuid5(key, f"attempt {number}"): key
        for key, (_, attempts, _) in items.items()
        for number in range(1, attempts + 1)
    }
    assert set(crowd.ran) <= set(commands)
    ran = {commands[command] for command in crowd.ran}
    assert {key for key, (state, *_) in items.items() if state == "succeeded"} <= ran
    assert Counter(state for state, *_ in items.values())["succeeded"] > OPERATIONS * 0.8
    sent = inside.execute(ATTEMPTS).fetchall()
    assert {count for *_, count in sent} == {1}
    assert {uuid.UUID(command) for _, command, _ in sent} >= set(crowd.ran)
    ends = [f"remediation.{state.value}" for state in ENDED]
    endings = dict(inside.execute(ENDINGS, [ends]).fetchall())
    assert endings == {reference: 1 for *_, reference in items.values()}
    steps = dict(inside.execute(LAST_STEPS).fetchall())
    assert steps == {key: state for key, (state, *_) in items.items()}
    assert set(crowd.manners.values()) >= {Manner.WELL}
