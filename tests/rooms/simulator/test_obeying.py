"""A device and its commands: it verifies each, runs it once, and says how it goes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rooms.commands import CommandKey, KeyRing, Why
from rooms.commands.rotation import NOTICE, first, following, without
from rooms.simulator.agent import Agent
from rooms.simulator.habits import LATE_MINUTES, Habit
from rooms.simulator.memory import Memory
from tests.plugins.cluster import ROOT
from tests.rooms.simulator.conftest import Rows
from tests.rooms.simulator.runs import Runs
from tests.rooms.simulator.service import Play, Service

DAY = timedelta(days=1)
DONE = ["accepted", "running", "done"]


@pytest.fixture
def service() -> Service:
    return Service.open()


@pytest.fixture
def play(tmp_path: Path, service: Service) -> Play:
    """A device that has its keys already."""
    play = Play(tmp_path, service)
    play.steps()
    return play


def deeds(agent: Agent) -> list[str]:
    return [deed.kind for deed in agent.memory.deeds]


# -- One command ----------------------------------------------------------------------------------


def test_command_is_accepted_run_and_done(play: Play, service: Service) -> None:
    command = service.order("restart_device")
    ran_at = service.now
    agent = play.steps(2)
    assert service.heard(command) == DONE
    assert deeds(agent) == ["restart_device"]
    minutes = (service.now - timedelta(minutes=6) - ran_at).total_seconds() // 60
    assert service.reports[-1]["system"]["uptime_minutes"] == minutes
    assert agent.tally.commands == 1


def test_commands_run_one_after_the_other(play: Play, service: Service) -> None:
    commands = [service.order(kind) for kind in ("usb_suspend_off", "resync_time")]

    async def act(agent: Agent) -> None:
        await agent.step()
        assert [service.heard(one) for one in commands] == [["accepted", "running"], []]
        service.now += timedelta(minutes=6)
        await agent.step()
        service.now += timedelta(minutes=6)
        await agent.step()

    play.start(act, minute=60)
    assert [service.heard(one) for one in commands] == [DONE, DONE]


def test_work_takes_its_time_and_the_device_is_silent_while_it_restarts(
    play: Play, service: Service
) -> None:
    command, reports = service.order("restart_device"), len(service.reports)

    async def act(agent: Agent) -> None:
        assert await agent.step() == 180
        assert service.heard(command) == ["accepted", "running"]
        service.now += timedelta(minutes=1)
        assert await agent.step() == 120
        assert len(service.reports) == reports + 1
        service.now += timedelta(minutes=2)
        await agent.step()
        assert service.heard(command) == DONE

    play.start(act, minute=60)


def test_device_goes_on_reporting_while_it_works(play: Play, service: Service) -> None:
    service.order("update_app", {"version": "4.13.132.0"})
    reports = len(service.reports)

    async def act(agent: Agent) -> None:
        assert 300 <= await agent.step() < 331  # the next report comes first
        service.now += timedelta(seconds=330)
        assert await agent.step() == 30
        assert len(service.reports) == reports + 2
        service.now += timedelta(seconds=30)
        assert await agent.step() > 200, "woken for the command alone"
        assert len(service.reports) == reports + 2

    play.start(act, minute=60)


def test_what_cannot_be_done_is_answered_once(play: Play, service: Service) -> None:
    command = service.order("sing")
    agent = play.steps(2)
    assert service.heard(command) == ["refused:UNKNOWN_KIND"]
    assert deeds(agent) == []


def test_in_a_meeting_nothing_is_begun_that_people_would_notice(
    play: Play, service: Service
) -> None:
    play.changes = {"in_use": True, "app_running": True}
    loud, quiet = service.order("restart_app"), service.order("usb_suspend_off")
    play.steps(2)
    assert service.heard(loud) == ["failed:IN_MEETING"]
    assert service.heard(quiet) == DONE


def test_command_arrives_while_the_device_listens(play: Play, service: Service) -> None:
    command = service.order("resync_time")

    async def act(agent: Agent) -> None:
        agent.tally.reported.add(agent.name)
        await agent.listen()

    play.start(act)
    assert service.heard(command) == DONE
    assert service.asked[-4] == "commands"


# -- What is not obeyed ---------------------------------------------------------------------------

STRANGER = b"3" * 32


def strange_ring(service: Service) -> KeyRing:
    key = CommandKey.from_seed(STRANGER, service.now - DAY, service.now + 9 * DAY)
    return KeyRing("eu", (key,))


@pytest.mark.parametrize(
    ("why", "changed"),
    [
        (Why.OTHER_DEVICE, lambda service: {"device": "DV-BBBB2222"}),
        (Why.UNKNOWN_KEY, lambda service: {"ring": strange_ring(service)}),
        (Why.OTHER_REGION, lambda service: {"ring": KeyRing("us", service.held.keys)}),
        (
            Why.EXPIRED,
            lambda service: {
                "issued_at": service.now - timedelta(hours=3),
                "expires_at": service.now - timedelta(hours=1),
            },
        ),
        (
            Why.NOT_YET,
            lambda service: {
                "issued_at": service.now + timedelta(hours=1),
                "expires_at": service.now + timedelta(hours=2),
            },
        ),
    ],
)
def test_command_that_does_not_fit_is_refused_with_its_reason(
    play: Play, service: Service, why: Why, changed: Callable[[Service], dict[str, Any]]
) -> None:
    command = service.order("restart_device", **changed(service))
    agent = play.steps()
    assert service.heard(command) == [f"refused:{why}"]
    assert deeds(agent) == []
    assert agent.tally.untrusted == 1


@pytest.mark.parametrize(
    ("why", "member", "value"),
    [
        (Why.BAD_SIGNATURE, "kind", "clean_disk"),
        (Why.BAD_SIGNATURE, "parameters", {"at": "USB 2"}),
        (Why.MALFORMED, "more", 1),
    ],
)
def test_command_that_was_changed_on_the_way_is_refused(
    play: Play, service: Service, why: Why, member: str, value: object
) -> None:
    command = service.order("restart_device")
    service.waiting[0][member] = value
    agent = play.steps()
    assert service.heard(command) == [f"refused:{why}"]
    assert deeds(agent) == []


def test_nonsense_is_passed_over(play: Play, service: Service) -> None:
    service.waiting += [{}, {"id": "no uuid"}, {"id": None, "kind": []}]
    agent = play.steps()
    assert service.said == []
    assert agent.tally.untrusted == 3


# -- Keys -----------------------------------------------------------------------------------------


def test_device_from_before_there_were_keys_takes_its_first_list(
    tmp_path: Path, service: Service
) -> None:
    command = service.order("resync_time")
    agent = Play(tmp_path, service).steps()
    assert agent.kept.trusted[agent.name].serial == 1
    assert service.heard(command) == DONE


def test_keys_change_with_an_overlap(play: Play, service: Service) -> None:
    service.held = following(service.held, service.now)
    agent = play.steps()
    assert agent.kept.trusted[agent.name].serial == 2
    service.now += NOTICE + DAY
    old, new = service.held.keys
    commands = [service.order("resync_time", ring=KeyRing("eu", (key,))) for key in (old, new)]
    play.steps(2)
    assert [service.heard(one) for one in commands] == [DONE, DONE]
    service.held = without(service.held, old.public.key_id, service.now)
    play.steps()
    late = service.order("resync_time", ring=KeyRing("eu", (old,)))
    play.steps()
    assert service.heard(late) == [f"refused:{Why.UNKNOWN_KEY}"]


def test_list_of_a_stranger_is_not_taken_and_not_asked_for_again(
    play: Play, service: Service
) -> None:
    honest, stranger = service.held, following(first("eu", service.now), service.now)
    service.held = stranger
    agent = play.steps(3)
    assert agent.kept.trusted[agent.name].find(stranger.keys[0].public.key_id) is None
    assert service.asked.count("command-keys") == 2, "the first list, and this one"
    command = service.order("resync_time", ring=KeyRing("eu", honest.keys))
    play.steps()
    assert service.heard(command) == DONE


# -- Once only ------------------------------------------------------------------------------------


def test_command_that_comes_again_is_answered_and_not_run_again(
    play: Play, service: Service
) -> None:
    command = service.order("restart_device")
    sent = service.waiting[0]
    play.steps()
    service.waiting.append(sent)
    agent = play.steps()
    assert service.heard(command) == [*DONE, "done"]
    assert deeds(agent) == ["restart_device"]


def test_answer_that_was_lost_is_given_after_a_restart(play: Play, service: Service) -> None:
    command = service.order("restart_device")
    service.lost = {"answer"}
    assert play.steps().tally.away == 1
    service.lost = set()
    agent = play.steps()
    assert service.heard(command) == DONE
    assert deeds(agent) == ["restart_device"]


def test_restart_in_the_middle_leaves_it_interrupted(play: Play, service: Service) -> None:
    command = service.order("update_app", {"version": "4.13.132.0"})
    play.steps(minute=60)
    assert service.heard(command) == ["accepted", "running"]
    agent = play.steps(2, minute=60)
    assert service.heard(command) == ["accepted", "running", "failed:INTERRUPTED"]
    assert deeds(agent) == []


def test_power_that_fails_in_the_middle_leaves_it_interrupted(play: Play, service: Service) -> None:
    command = service.order("update_app", {"version": "4.13.132.0"})

    async def act(agent: Agent) -> None:
        await agent.step()
        play.changes["powered"] = False
        await agent.step()
        play.changes["powered"] = True
        await agent.step()

    agent = play.start(act, minute=60)
    assert service.heard(command) == ["accepted", "running", "failed:INTERRUPTED"]
    assert deeds(agent) == []


def test_ledger_stands_on_disk_before_the_work_begins(play: Play, service: Service) -> None:
    """A process that is killed at that moment finds it there."""
    command = service.order("restart_device")
    script = (
        "import json, os, sys, uuid\n"
        "from datetime import datetime, UTC\n"
        "from pathlib import Path\n"
        "from rooms.commands import Command\n"
        "from rooms.simulator.memory import Memory\n"
        "told = json.loads(sys.argv[2])\n"
        "told.pop('signature')\n"
        "command = Command.model_validate(told)\n"
        "assert Memory.open(Path(sys.argv[1])).begin(command, command.issued_at) is None\n"
        "os.kill(os.getpid(), 9)\n"
    )
    agent = play.steps(0)
    path = agent.memory.path
    words = [sys.executable, "-c", script, str(path), json.dumps(service.waiting[0])]
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == -9
    assert command in Memory.open(path).ledger.entries
    agent = play.steps()
    assert service.heard(command) == ["failed:INTERRUPTED"]
    assert deeds(agent) == []


def test_deeds_last_over_a_restart(play: Play, service: Service) -> None:
    service.order("update_app", {"version": "4.13.132.0"})
    play.steps()
    play.steps()
    assert service.reports[-1]["app"]["version"] == "4.13.132.0"


# -- Odd habits -----------------------------------------------------------------------------------


def test_liar_says_done_and_does_nothing(play: Play, service: Service) -> None:
    play.habit = Habit.LIES
    command = service.order("restart_device")
    agent = play.steps()
    assert service.heard(command) == DONE
    assert deeds(agent) == []


def test_answer_comes_twice(play: Play, service: Service) -> None:
    play.habit = Habit.TWICE
    command = service.order("resync_time")
    play.steps()
    assert service.heard(command) == [*DONE, "done"]


def test_answer_comes_late(play: Play, service: Service) -> None:
    play.habit = Habit.LATE
    command = service.order("resync_time")

    async def act(agent: Agent) -> None:
        for _ in range(2):
            await agent.step()
            service.now += timedelta(minutes=5)
        assert service.heard(command) == ["accepted", "running"]
        service.now += timedelta(minutes=LATE_MINUTES)
        await agent.step()
        assert service.heard(command) == DONE

    play.start(act, minute=60)


def test_answer_for_a_command_that_is_not_its_own(play: Play, service: Service) -> None:
    play.habit = Habit.OTHERS
    command = service.order("resync_time")
    play.steps()
    assert service.heard(command) == DONE
    assert len({one for one, _ in service.said}) == 2


def test_device_that_restarts_in_the_middle_does_not_know_how_it_went(
    play: Play, service: Service
) -> None:
    play.habit = Habit.RESTARTS
    command = service.order("clean_disk")
    agent = play.steps(2)
    assert service.heard(command) == ["accepted", "running", "failed:INTERRUPTED"]
    assert deeds(agent) == ["restart_device"]


def test_sleeper_does_nothing(play: Play, service: Service) -> None:
    play.habit = Habit.ASLEEP
    command = service.order("clean_disk")
    play.steps(2)
    assert service.heard(command) == []


# -- At the real surface --------------------------------------------------------------------------

ORDER = """
    insert into rooms_devicecommand (id, tenant_id, device_id, room_id, kind, parameters, made_at,
        expires_at, outcome, detail_code)
    select %s, tenant_id, id, room_id, %s, '{}', now(), now() + interval '1 hour', '', ''
    from rooms_device where serial = %s
"""


def test_signed_commands_are_obeyed_at_the_real_surface(
    runs: Runs, rows: Rows, superuser: dict[str, psycopg.Connection], sign: Callable[[], int]
) -> None:
    known, unknown, unsigned = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    serials: list[str] = []

    def order(*kinds: tuple[uuid.UUID, str]) -> None:
        for command, kind in kinds:
            superuser["eu"].execute(ORDER, (command, kind, serials[0]))

    async def begin(agent: Agent) -> None:
        serials.append(agent.machine.serial)
        for _ in range(20):  # a busy machine may turn the first one away, as devices know
            await agent.step()
            if agent.name in agent.kept.trusted:
                break
            await asyncio.sleep(0.3)
        assert agent.kept.trusted[agent.name].serial == 1

    async def listen(agent: Agent) -> None:
        """The command is ordered while the device waits for one."""
        agent.obeyer.habit, agent.obeyer.minute = Habit.GOOD, 0.0
        agent.tally.reported.add(agent.name)
        waiting = asyncio.create_task(agent.listen())
        await asyncio.sleep(0)
        order((known, "usb_suspend_off"), (unknown, "sing"))
        assert await asyncio.to_thread(sign) == 2
        order((unsigned, "clean_disk"))
        await waiting
        while agent.tally.commands < 2:
            await agent.listen()

    runs.with_agent(begin)
    runs.with_agent(listen)
    found = rows("select id, outcome, detail_code, running_at is null from rooms_devicecommand")
    assert {one[0]: one[1:] for one in found} == {
        known: ("done", "", False),
        unknown: ("refused", "UNKNOWN_KIND", True),
        unsigned: ("", "", True),
    }
