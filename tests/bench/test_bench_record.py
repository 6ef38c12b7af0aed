"""What the record costs: acts with it and without, the sequencer, proofs in a log of millions."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing.context import ForkProcess
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from access import audit
from access.actions.requests import withdraw_request
from access.audit import proofs, sequencer
from access.audit.merkle import check_inclusion, perfect, root_of
from access.audit.store import REGIONAL_LOG, read_tiles
from access.audit.tiles import HEIGHT, WIDTH, Place, hashes_of, reader
from access.models import Staff, Tenant
from tests import people
from tests.acts import ask, entered
from tests.architecture import canaries
from tests.bench import record_report
from tests.bench.record_report import Figures, Pace

pytestmark = pytest.mark.bench

SCALE = float(os.environ.get("ROOMS_BENCH_SCALE", "1"))
CLIENTS = 16
ROUNDS = max(int(10 * SCALE), 4)
SECONDS = max(4 * SCALE, 1)
EVENTS = int(100_000 * SCALE)
LEAVES = int(10_000_000 * SCALE)
PROOFS = 500
FORK = multiprocessing.get_context("fork")


def processor_seconds(process: int) -> float:
    """How long a process has computed so far, whoever else was busy (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# -- Acts, at sixteen clients ---------------------------------------------------------------------


@contextmanager
def unrecorded() -> Iterator[None]:
    """The same acts, and nothing is written into the record."""
    kept, audit.record = audit.record, lambda *_, **__: None  # type: ignore[assignment]
    try:
        yield
    finally:
        audit.record = kept


def asked_and_withdrawn(person: Staff, tenant: Tenant) -> None:
    """Two acts as the portal does them: each judged by the rules, in its own transaction."""
    request = ask(person, tenant)
    with entered(person, tenant):
        withdraw_request(by=person, request_id=request.pk)


def computed(behind: psycopg.Connection, clients: list[ForkProcess]) -> float:
    """Processor seconds so far: of the clients, and of every database backend that serves them."""
    rows = behind.execute("select pid from pg_stat_activity where usename = 'rooms_web'").fetchall()
    processes = [*(row[0] for row in rows), *(client.pid or 0 for client in clients)]
    return sum(map(processor_seconds, processes))


def pace(act: Callable[[int], int], seconds: float, behind: psycopg.Connection) -> Pace:
    """What all clients do together, each a process. `act` does some for one client, and counts."""
    for connection in connections.all(initialized_only=True):
        connection.close()  # each client makes its own
    start, stop = FORK.Barrier(CLIENTS + 1), FORK.Event()
    done = FORK.Array("q", CLIENTS, lock=False)

    def work(client: int) -> None:
        status = 1
        try:
            act(client)
            start.wait(60)
            while not stop.is_set():
                done[client] += act(client)
            status = 0
        finally:
            os._exit(status)  # what was inherited is not ours to close

    clients = [FORK.Process(target=work, args=(client,)) for client in range(CLIENTS)]
    for client in clients:
        client.start()
    start.wait(60)
    begun, before, computing = time.perf_counter(), sum(done), computed(behind, clients)
    time.sleep(seconds)
    number, took = sum(done) - before, time.perf_counter() - begun
    computing = computed(behind, clients) - computing
    stop.set()
    for client in clients:
        client.join(60)
    assert [client.exitcode for client in clients] == [0] * CLIENTS
    return Pace(number / took, computing / max(number, 1) * 1000)


def in_turn(
    acts: Callable[[bool], Pace], with_it: list[Pace], without: list[Pace], rounds: int
) -> None:
    """Both ways round by round; which one goes first alternates."""
    for at in range(rounds):
        for recorded in (at % 2 == 0, at % 2 == 1):
            (with_it if recorded else without).append(acts(recorded))


def portal_acts(figures: Figures, tenant: Tenant, behind: psycopg.Connection) -> None:
    """Real actions, rules and all, with `record()` and without."""
    askers = [people.person(f"asker{n}", asks=[tenant]) for n in range(CLIENTS)]

    def act(client: int) -> int:
        asked_and_withdrawn(askers[client], tenant)
        return 2

    def both(recorded: bool) -> Pace:
        with nullcontext() if recorded else unrecorded():
            return pace(act, SECONDS, behind)

    in_turn(both, figures.acts_with, figures.acts_without, ROUNDS)


EVENT = (
    "insert into access_auditevent (id, recorded_at, type, outcome, actor_id, actor_label, session,"
    " tenant_id, tenant_reference, scopes, grant_references, purpose, subject_type,"
    " subject_reference, detail) values (gen_random_uuid(), lock.now(), 'request.changed', 'ok',"
    " %s, 'Asha', 'attack', %s, %s, '{inventory.view}', '{}', 'mitigate', 'request', 'AR-B', '{}')"
)


def waiting_acts(
    figures: Figures, tenant: Tenant, asha: Staff, url: str, behind: psycopg.Connection
) -> None:
    """Statements alone: an event, then twenty milliseconds of other work in the transaction."""
    lines: dict[int, tuple[psycopg.Connection, str]] = {}

    def acts(recorded: bool) -> Pace:
        def act(client: int) -> int:
            if client not in lines:
                line = psycopg.connect(url, autocommit=True)
                token = canaries.token_of(asha, tenant, line.info.backend_pid, None)
                lines[client] = line, token.signed()
            line, signed = lines[client]
            with line.transaction():
                line.execute("select set_config('lock.context', %s, true)", [signed])
                if recorded:
                    line.execute(EVENT, [asha.pk, tenant.pk, tenant.reference])
                line.execute("select pg_sleep(0.02), count(*) from access_accessrequest")
            return 1

        return pace(act, SECONDS, behind)

    in_turn(acts, figures.waits_with, figures.waits_without, ROUNDS)


# -- The sequencer --------------------------------------------------------------------------------

STAGED = (
    "insert into access_auditevent (id, recorded_at, type, outcome, actor_id, actor_label, session,"
    " tenant_id, tenant_reference, scopes, grant_references, purpose, subject_type,"
    " subject_reference, detail) select gen_random_uuid(), now(), 'view.room', 'opened', %(actor)s,"
    " 'Asha', '0123456789abcdef', %(tenant)s, %(reference)s, '{inventory.view,health.view}',"
    " array['GR-7TQ2M4XV'], 'mitigate', 'room', 'RM-' || n,"
    ' \'{"query": "", "rooms": 50, "policy_version": 1}\' from generate_series(1, %(number)s) n'
)


def sequencing(figures: Figures, tenant: Tenant, asha: Staff, behind: psycopg.Connection) -> None:
    """Stage events with their disclosures, then give all of them their positions."""
    behind.execute("delete from lock.staged")
    values = {"actor": asha.pk, "tenant": tenant.pk, "reference": tenant.reference}
    behind.execute(STAGED, {**values, "number": EVENTS})
    behind.execute("analyze access_auditevent, access_auditdisclosure, lock.staged")
    connections["eu"].ensure_connection()
    backend = connections["eu"].connection.info.backend_pid
    both = (os.getpid(), backend)
    before, begun, moved = [processor_seconds(one) for one in both], time.perf_counter(), 0
    while batch := sequencer.sequence("eu"):
        moved += batch
    figures.sequenced_by_the_clock = moved / (time.perf_counter() - begun)
    python, database = (processor_seconds(one) - at for one, at in zip(both, before, strict=True))
    assert moved == EVENTS
    figures.sequenced = moved / (python + database)
    figures.sequencer_python = python / (python + database)


# -- Proofs ---------------------------------------------------------------------------------------


def made_tiles() -> Iterator[tuple[Place, bytes]]:
    """All tiles of a log of LEAVES made-up leaf hashes, with true hashes above them."""
    count, level, below = LEAVES, 0, b""
    while count:
        row = below if level else b""
        above = []
        for number in range(-(-count // WIDTH)):
            width = min(WIDTH, count - number * WIDTH)
            begin = number * WIDTH * 32
            tile = row[begin : begin + width * 32] if level else random.randbytes(width * 32)
            if width == WIDTH:
                above.append(perfect(hashes_of(tile)))
            yield Place(level, number), tile
        below, count, level = b"".join(above), count >> HEIGHT, level + 1


def proving(figures: Figures, behind: psycopg.Connection) -> None:
    """Proofs of random events, each by the code that makes them, and checked against the root."""
    begun = time.perf_counter()
    with behind.transaction(), behind.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("delete from access_regionaltile")
        upper: dict[Place, bytes] = {}
        with cursor.copy("copy access_regionaltile (level, number, hashes) from stdin") as copy:
            for place, tile in made_tiles():
                copy.write_row((*place, tile))
                if place.level or place.number == (LEAVES - 1) // WIDTH:
                    upper[place] = tile
    root = root_of(LEAVES, reader(upper))
    behind.execute("vacuum (analyze) access_regionaltile")
    figures.tile_seconds = time.perf_counter() - begun
    with connections["eu"].cursor() as cursor:
        for _ in range(PROOFS):
            index = random.randrange(LEAVES)
            started = time.perf_counter()
            steps = proofs.inclusion(cursor, REGIONAL_LOG, index, LEAVES)
            figures.proof_times.append((time.perf_counter() - started) * 1000)
            [tile] = read_tiles(cursor, REGIONAL_LOG, [Place(0, index // WIDTH)]).values()
            check_inclusion(index, LEAVES, hashes_of(tile)[index % WIDTH], steps, root)
    figures.leaves = LEAVES


@pytest.mark.timeout(1200)
def test_record(
    tenant: Tenant,
    asha: Staff,
    bo: Staff,
    superuser: dict[str, psycopg.Connection],
    cluster: object,
    as_auditor: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Measure, print, and at full size keep it in docs/bench.md."""
    figures = Figures(clients=CLIENTS, events=EVENTS)
    behind = superuser["eu"]
    portal_acts(figures, tenant, behind)
    waiting_acts(figures, tenant, asha, cluster.url("eu", "rooms_web"), behind)  # type: ignore[attr-defined] # the test cluster
    as_auditor()
    sequencing(figures, tenant, asha, behind)
    proving(figures, behind)
    text = record_report.page(figures, behind)
    with capsys.disabled():
        print(f"\n{text}")
    if SCALE >= 1:
        record_report.write(text)
