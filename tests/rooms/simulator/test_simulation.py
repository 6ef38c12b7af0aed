"""Simulated devices at the real device surface: they enrol, report, recover, and are refused."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rooms.simulator.agent import DARK_SECONDS, MOST_KEPT, REFUSED_SECONDS, Agent
from rooms.simulator.attacks import ATTACKS
from rooms.simulator.fleet import write_keys
from rooms.simulator.scenarios import SCENARIOS
from rooms.simulator.tally import Tally
from rooms.simulator.world import World
from tests.rooms.simulator.conftest import Rows
from tests.rooms.simulator.runs import WITHIN, Runs


def test_whole_fleet_enrols_and_reports(runs: Runs, rows: Rows):
    simulation, tally = runs.until_reported()
    machines = simulation.world.machines
    assert tally.complete
    assert tally.enrolled == len(machines)
    assert not tally.refusals
    assert not tally.away
    said = rows("select count(distinct device_id), count(*) from rooms_reportinbox")
    assert sum(devices for devices, _ in said) == len(machines)
    assert sum(reports for _, reports in said) == tally.reports
    known = dict(rows("select serial, model from rooms_device"))
    assert known == {machine.serial: machine.model for machine in machines.values()}


def test_devices_are_monitored_at_once_where_their_enrolment_key_says_so(runs: Runs, rows: Rows):
    rows("update rooms_enrolmentkey set enrol_at_once = false where serial < 'H' returning 1")
    runs.until_reported()
    for serial, state in rows("select serial, state from rooms_device"):
        assert state == ("onboarding" if serial < "H" else "monitored")


def test_restart_goes_on_as_the_same_devices(runs: Runs, rows: Rows):
    first, _ = runs.until_reported()
    again, tally = runs.until_reported()
    assert tally.enrolled == 0
    assert tally.complete
    assert again.kept.identities == first.kept.identities
    assert again.kept.course.began == first.kept.course.began
    assert len(rows("select 1 from rooms_device")) == len(first.world.machines)


def test_state_is_for_its_owner_only(runs: Runs, keys: Path):
    runs.until_reported()
    assert runs.folder.stat().st_mode & 0o777 == 0o700
    for path in (keys, *runs.folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("ahead", [timedelta(days=-1), timedelta(days=400), timedelta(minutes=12)])
def test_wrong_clock_still_reports(runs: Runs, rows: Rows, ahead: timedelta):
    async def act(agent: Agent) -> None:
        agent.world.condition = lambda machine, moment: replace(  # type: ignore[method-assign]
            World.condition(agent.world, machine, moment), clock_ahead=ahead
        )
        await agent.step()
        agent.line.offset = 0.0  # as after a restart: it believes its own clock
        await asyncio.sleep(0.3)
        await agent.step()
        assert agent.tally.reports == 2
        assert not agent.tally.refusals

    runs.with_agent(act)
    for (body,) in rows("select body from rooms_reportinbox"):
        told = json.loads(body)
        observed, own = (
            datetime.fromisoformat(told[name]) for name in ("observed_at", "device_clock")
        )
        assert abs(observed - datetime.now(UTC)) < timedelta(minutes=5)
        assert abs(own - observed - ahead) < timedelta(minutes=5)


def test_clock_that_jumps_between_two_reports_is_set_once(runs: Runs):
    async def act(agent: Agent) -> None:
        await agent.step()
        agent.line.clock = lambda: agent.clock() + 86_400
        await asyncio.sleep(0.3)
        await agent.step()
        assert agent.tally.reports == 2
        assert abs(agent.line.offset + 86_400) < 10

    runs.with_agent(act)


def test_reports_are_kept_while_nobody_answers_and_sent_later(
    runs: Runs, rows: Rows, nobody_there: str
):
    async def act(agent: Agent) -> None:
        await agent.step()
        here, agent.line.surface.origin = agent.line.surface.origin, nobody_there
        for _ in range(3):
            agent.read_again = None
            assert await agent.step() > 0
        assert len(agent.waiting) == 3
        assert agent.tally.away == 3
        agent.line.surface.origin = here
        agent.read_again = agent.now() + timedelta(hours=1)
        await asyncio.sleep(0.3)
        while agent.waiting:
            await asyncio.sleep(await agent.step())
        assert not agent.tally.refusals

    runs.with_agent(act)
    said = [json.loads(body) for (body,) in rows("select body from rooms_reportinbox order by id")]
    assert len({told["report_id"] for told in said}) == len(said) == 4
    observed = [told["observed_at"] for told in said]
    assert observed == sorted(observed)


def test_only_so_many_reports_are_kept(runs: Runs, nobody_there: str):
    async def act(agent: Agent) -> None:
        await agent.step()
        agent.line.surface.origin = nobody_there
        for _ in range(MOST_KEPT + 3):
            agent.read_again = None
            await agent.step()
        assert len(agent.waiting) == MOST_KEPT

    runs.with_agent(act)


def test_too_early_report_waits_as_long_as_it_is_told(runs: Runs, rows: Rows):
    async def act(agent: Agent) -> None:
        assert await agent.step() >= 1
        # however long the next one takes to arrive
        later = "update rooms_devicekey set last_accepted_at = now() + interval '1 minute'"
        assert rows(f"{later} returning 1")
        agent.read_again = None
        assert await agent.step() == 1
        assert agent.tally.refusals == {"slow_down": 1}
        assert len(agent.waiting) == 1

    runs.with_agent(act)


def test_powerless_machine_is_silent(runs: Runs, rows: Rows):
    async def act(agent: Agent) -> None:
        agent.world.condition = lambda machine, moment: replace(  # type: ignore[method-assign]
            World.condition(agent.world, machine, moment), powered=False
        )
        assert await agent.step() == DARK_SECONDS
        assert agent.tally.powerless == {agent.name}

    runs.with_agent(act)
    assert rows("select 1 from rooms_reportinbox") == []


def test_revoked_key_is_given_up_until_there_is_a_new_enrolment_key(
    runs: Runs, rows: Rows, keys: Path
):
    runs.until_reported()
    rows("update rooms_devicekey set revoked_at = now(), revoked_why = 'test' returning 1")

    async def act(agent: Agent) -> None:
        await asyncio.sleep(0.3)
        assert await agent.step() == REFUSED_SECONDS
        assert agent.tally.refusals == {"device_revoked": 1}
        region = agent.machine.room.tenant.region
        write_keys(keys, [(agent.name, f"{region}.{'a' * 32}")])
        assert await agent.step() == 0
        assert agent.name not in agent.kept.identities
        assert await agent.step() == REFUSED_SECONDS
        assert agent.tally.refusals["enrolment_refused"] == 1

    runs.with_agent(act)


def test_every_attack_is_refused(runs: Runs, rows: Rows):
    async def go() -> Tally:
        async with runs.open("attacker") as simulation, asyncio.timeout(WITHIN):
            await simulation.run(until_reported=True)
            simulation.tally.attacks.clear()  # of a run that took longer than a minute
            before = len(rows("select 1 from rooms_reportinbox"))
            assert await simulation.attack_once()
            assert len(rows("select 1 from rooms_reportinbox")) == before
            return simulation.tally

    tally = asyncio.run(go())
    assert tally.broken_in == []
    assert tally.attacks.total() == len(ATTACKS)
    assert {"replayed", "signature_invalid", "signature_missing"} <= set(tally.attacks)
    assert {"unknown_key", "clock_skew", "enrolment_refused"} <= set(tally.attacks)


def test_attack_that_succeeds_is_told(runs: Runs, monkeypatch: pytest.MonkeyPatch):
    """What is expected of an attack is judged: here an expectation that cannot be met."""
    monkeypatch.setitem(ATTACKS, "replay", (ATTACKS["replay"][0], frozenset({"malformed"})))

    async def go() -> Tally:
        async with runs.open("attacker") as simulation, asyncio.timeout(WITHIN):
            await simulation.run(until_reported=True)
            simulation.tally.broken_in.clear()
            await simulation.attack_once()
            return simulation.tally

    tally = asyncio.run(go())
    assert len(tally.broken_in) == 1
    assert "replay" in tally.line("")


def test_reports_say_the_same_in_a_second_run_of_the_seed(runs: Runs, rows: Rows):
    """All but times and what goes by the hour: the devices are others, as the database was."""

    def said() -> dict[str, Any]:
        found = {}
        for (body,) in rows("select body from rooms_reportinbox"):
            told = json.loads(body)
            for name in ("report_id", "observed_at", "device_clock", "windows_update"):
                told.pop(name, None)
            for part in ("system", "agent"):
                told[part].pop("uptime_minutes")
            for name in ("cpu_percent", "memory_percent", "temperature_celsius"):
                told["system"].pop(name)
            told["app"].pop("in_use")
            found[told["system"]["serial"]] = told
        return found

    runs.until_reported()
    first = said()
    rows("delete from rooms_reportinbox returning 1")
    runs.until_reported()
    assert said() == first


def test_scenarios_of_the_fleet_are_told_in_the_status(runs: Runs):
    async def go() -> str:
        async with runs.open(*SCENARIOS, speed=60_000) as simulation:
            simulation.now = lambda: simulation.kept.course.moment(20)
            return simulation.status()

    assert "power_loss since 5 min" in asyncio.run(go())
