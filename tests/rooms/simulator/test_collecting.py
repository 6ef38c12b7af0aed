"""A simulated device gets an order: it makes the bundle, sends it, and says how it went."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb

from access.residency import region
from diagnostics.bundles.bundle import open_bundle
from diagnostics.bundles.entries import Entry, KeptOut
from diagnostics.bundles.refusal import RefusedBundle
from diagnostics.intake.chunks import Chunk, UploadReader
from diagnostics.kinds import PartKind
from rooms.simulator.agent import Agent
from rooms.simulator.collecting import Manner, manner_of
from rooms.simulator.world import World
from tests.rooms.simulator.conftest import Rows
from tests.rooms.simulator.runs import Runs

PARTS = [
    {"kind": "event_log", "channel": "System"},
    {"kind": "query_usb"},
    {"kind": "query_time"},
    {"kind": "teams_log"},
]
REFERENCE = "COL-TEST2345"
# Small, so that a small bundle takes many.
CHUNK = 1000
COLLECTION = """
    insert into diagnostics_collection (id, tenant_id, reference, tenant_reference, room_id,
        device_id, room_reference, device_reference, begins_at, ends_at, purpose, reason,
        grant_reference, ordered_by_id, ordered_by_label, ordered_at, deadline_at, state, state_at,
        percent, command_id, why_code, why, bundle_bytes, entries, cuts, masks, files_kept_out,
        checks)
    select %(id)s, d.tenant_id, %(reference)s, 'TN-TEST', d.room_id, d.id, 'RM-TEST', d.reference,
        %(begin)s, %(end)s, 'mitigate', 'A dark display', 'GR-TEST', d.tenant_id, 'Asha', now(),
        now() + interval '1 hour', 'ordered', now(), 0, null, '', '', 0, 0, 0, 0, 0, 0
    from rooms_device d where d.serial = %(serial)s
"""
COMMAND = """
    insert into rooms_devicecommand (id, tenant_id, device_id, room_id, kind, parameters, made_at,
        expires_at, outcome, detail_code)
    select %(command)s, tenant_id, id, room_id, 'collect', %(order)s, now(),
        now() + interval '1 hour', '', '' from rooms_device where serial = %(serial)s
"""


class Desk:
    """Orders from the portal's side, and what came of them."""

    def __init__(self, rows: Rows, line: psycopg.Connection, sign: Callable[[], int]) -> None:
        self.rows, self.line, self.sign, self.command = rows, line, sign, uuid.uuid4()

    def order(self, agent: Agent, **changed: Any) -> None:
        """Order something of the last three hours from an agent's device."""
        end = datetime.now(UTC)
        begin = end - timedelta(hours=3)
        told = {
            "collection": REFERENCE,
            "parts": PARTS,
            "from": begin.isoformat(),
            "to": end.isoformat(),
            "upload": {"bytes_most": 10_000_000, "chunk_bytes": CHUNK},
        }
        values = {
            "id": uuid.uuid4(), "reference": REFERENCE, "begin": begin, "end": end,
            "serial": agent.machine.serial, "command": self.command,
            "order": Jsonb(told | changed),
        }  # fmt: skip
        self.line.execute(COLLECTION, values)
        self.line.execute(COMMAND, values)
        assert self.sign() == 1

    def state(self) -> tuple[str, str]:
        [found] = self.rows("select state, why_code from diagnostics_collection")
        return found  # type: ignore[return-value]  # two columns

    def answer(self) -> tuple[str, str]:
        sql = "select outcome, detail_code from rooms_devicecommand where id = %s"
        [found] = self.rows(sql, (self.command,))
        return found  # type: ignore[return-value]  # two columns

    def chunks(self) -> list[Chunk]:
        sql = 'select number, "offset", bytes, stored_as from diagnostics_uploadpart order by 1'
        return [Chunk(*row) for row in self.rows(sql)]

    def bundle(self) -> UploadReader:
        """What arrived, opened as a worker opens it."""
        [(name,)] = self.rows("select name from diagnostics_upload")
        return UploadReader("eu", name, self.chunks())


@pytest.fixture
def desk(
    rows: Rows,
    superuser: dict[str, psycopg.Connection],
    settings: Any,
    intake_keys: dict[str, tuple[str, str]],
    bundles_dir: Path,
    sign: Callable[[], int],
) -> Desk:
    settings.VAULT_INTAKE_PRIVATE = {name: pair[0] for name, pair in intake_keys.items()}
    settings.VAULT_INTAKE_PUBLIC = {name: pair[1] for name, pair in intake_keys.items()}
    settings.STORAGES = settings.STORAGES | {
        f"bundles_{name}": settings.STORAGES[f"bundles_{name}"]
        | {"OPTIONS": {"location": str(bundles_dir / name)}}
        for name in intake_keys
    }
    return Desk(rows, superuser["eu"], sign)


Act = Callable[[Agent], Awaitable[None]]


async def step(agent: Agent) -> None:
    """One step in which a report is taken: a busy machine may turn one away, and says when."""
    before = agent.tally.reports
    for _ in range(20):
        await agent.step()
        if agent.tally.reports > before:
            return
        await asyncio.sleep(0.3)
    raise AssertionError(str(agent.tally))


@pytest.fixture
def collect(runs: Runs, desk: Desk) -> Callable[..., Agent]:
    """Let an agent of a manner get an order and take steps until it has none in the works."""

    def go(manner: Manner = Manner.GOOD, steps: int = 1, then: Act | None = None, **order: Any):
        seen: list[Agent] = []

        async def act(agent: Agent) -> None:
            seen.append(agent)
            agent.collector.manner = manner
            await step(agent)
            desk.order(agent, **order)
            if then is not None:
                await then(agent)
            for _ in range(steps):
                await asyncio.sleep(0.3)
                await step(agent)

        runs.with_agent(act)
        return seen[0]

    return go


def test_order_is_fulfilled(collect: Callable[..., Agent], desk: Desk):
    agent = collect()
    assert desk.state() == ("checking", "")
    assert desk.answer() == ("done", "")
    assert len(desk.chunks()) > 2
    assert agent.tally.collections == 1
    assert not agent.tally.refusals
    assert list(agent.collector.folder.iterdir()) == []
    with region("eu"):
        bundle = open_bundle(desk.bundle())
        assert bundle.manifest.collection == REFERENCE
        assert bundle.manifest.device == agent.kept.identities[agent.name].reference
        assert [file.kind for file in bundle.files] == [
            PartKind.EVENT_LOG,
            PartKind.QUERY_USB,
            PartKind.QUERY_TIME,
            PartKind.TEAMS_LOG,
        ]
        told = list(bundle.entries(bundle.files[0]))
    assert len(told) > 50
    assert all(isinstance(one, Entry) for one in told)


def test_line_that_drops_is_gone_on_from_where_it_was(collect: Callable[..., Agent], desk: Desk):
    agent = collect(Manner.DROPS, steps=1)
    assert agent.tally.away == 1
    before = desk.chunks()
    assert desk.state() == ("uploading", "")
    assert agent.collector.job is not None
    path = agent.collector.job.path
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    assert 0 < sum(chunk.bytes for chunk in before) < path.stat().st_size


def test_dropped_upload_arrives_whole(collect: Callable[..., Agent], desk: Desk):
    agent = collect(Manner.DROPS, steps=2)
    assert agent.tally.away == 1
    assert desk.state() == ("checking", "")
    assert desk.answer() == ("done", "")
    with region("eu"):
        open_bundle(desk.bundle())


def test_slow_device_sends_a_chunk_at_a_time(collect: Callable[..., Agent], desk: Desk):
    agent = collect(Manner.SLOW, steps=3)
    assert desk.state() == ("uploading", "")
    assert len(desk.chunks()) == 3
    assert agent.collector.job is not None


def test_sleeping_device_refuses(collect: Callable[..., Agent], desk: Desk):
    agent = collect(Manner.ASLEEP)
    assert desk.state() == ("refused", "ASLEEP")
    assert desk.answer() == ("refused", "ASLEEP")
    assert agent.collector.job is None


def test_corrupt_event_log_arrives_with_the_rest(collect: Callable[..., Agent], desk: Desk):
    collect(Manner.CORRUPT)
    with region("eu"):
        bundle = open_bundle(desk.bundle())
        kept_out = [one for one in bundle.entries(bundle.files[0]) if isinstance(one, KeptOut)]
        assert kept_out
        assert len(list(bundle.entries(bundle.files[3]))) > 30


def test_encrypted_bundle_arrives_and_is_refused(collect: Callable[..., Agent], desk: Desk):
    collect(Manner.ENCRYPTED)
    with region("eu"), pytest.raises(RefusedBundle):
        open_bundle(desk.bundle())


def test_bundle_that_is_too_large_is_not_sent(collect: Callable[..., Agent], desk: Desk):
    collect(upload={"bytes_most": 100, "chunk_bytes": CHUNK})
    assert desk.state() == ("failed", "TOO_LARGE")
    assert desk.answer() == ("failed", "TOO_LARGE")


def test_order_that_means_nothing_is_answered(collect: Callable[..., Agent], desk: Desk):
    collect(parts="everything")
    assert desk.answer() == ("failed", "ORDER_UNREADABLE")


def test_order_that_was_taken_back_is_dropped(collect: Callable[..., Agent], desk: Desk):
    async def take_back(agent: Agent) -> None:
        desk.line.execute("update diagnostics_collection set state = 'expired'")

    agent = collect(then=take_back)
    assert desk.chunks() == []
    assert agent.collector.job is None
    assert list(agent.collector.folder.glob("*")) == []


def test_bundle_that_was_made_before_a_restart_is_sent_as_it_was(
    collect: Callable[..., Agent], desk: Desk
):
    made: list[bytes] = []

    async def restart(agent: Agent) -> None:
        """The simulation ended in the middle: the bundle stands there, and nobody remembers."""
        agent.collector.manner = Manner.DROPS
        await asyncio.sleep(0.3)
        await step(agent)
        assert agent.collector.job is not None
        assert agent.collector.job.path is not None
        made.append(agent.collector.job.path.read_bytes())
        agent.collector.job, agent.collector.manner = None, Manner.GOOD

    collect(then=restart)
    assert desk.state() == ("checking", "")
    with region("eu"):
        assert desk.bundle().read() == made[0]


def test_answer_that_was_lost_is_given_again(collect: Callable[..., Agent], desk: Desk):
    async def lose(agent: Agent) -> None:
        hooks = agent.line.surface._http.event_hooks

        async def cut(request: httpx.Request) -> None:
            """The line breaks under the answer, once."""
            if request.url.path.endswith("/answer"):
                agent.line.surface._http.event_hooks = hooks
                raise httpx.ReadError("lost")

        agent.line.surface._http.event_hooks = {"request": [cut], "response": []}
        await asyncio.sleep(0.3)
        await agent.step()
        assert desk.answer() == ("", "")

    collect(then=lose)
    assert desk.answer() == ("done", "")
    assert desk.state() == ("checking", "")


def test_most_devices_take_orders_well_and_none_leaks():
    world = World.of(600, 2022, None)  # type: ignore[arg-type]  # nothing runs on it
    manners = [manner_of(machine) for machine in world.machines.values()]
    assert set(manners) == set(Manner) - {Manner.LEAKY}
    assert manners.count(Manner.GOOD) > len(manners) * 0.6
    assert {manner_of(one) for one in world.machines.values() if one.room.shown} == {Manner.GOOD}
