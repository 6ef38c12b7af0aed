"""The service as one device sees it, in memory: it hands out commands and notes what is said."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx

from rooms.commands import KeyRing, sign_command
from rooms.commands.rotation import Held, first
from rooms.fleet.places import planned_fleet
from rooms.simulator.agent import Agent
from rooms.simulator.client import Line, Surface
from rooms.simulator.condition import Condition
from rooms.simulator.fleet import tpm_of
from rooms.simulator.habits import Habit
from rooms.simulator.identities import Identity, Kept
from rooms.simulator.machines import Machine, machines_of
from rooms.simulator.tally import Tally
from rooms.simulator.world import World
from rooms.tpm.soft import SoftTpm

SEED = 2022
NAME, DEVICE, KEY = "contoso-0000.compute", "DV-AAAA1111", "eu.DK-AAAA1111"
MACHINES = {machine.name: machine for machine in machines_of(planned_fleet(8), SEED)}


def computer() -> Machine:
    """The Windows computer that the tests play, with a camera on USB."""
    return next(
        machine
        for machine in MACHINES.values()
        if machine.windows and not machine.room.shown and machine.room.tenant.region == "eu"
    )


@dataclass
class Service:
    """What waits for the device, and what it said: `said` holds pairs of command and word.

    `now` is true time, which the device's clock and the service share. `lost` paths are cut off
    before an answer arrives.
    """

    now: datetime
    held: Held
    waiting: list[dict[str, Any]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)

    @classmethod
    def open(cls) -> Service:
        """With its first keys, on an evening."""
        now = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
        return cls(now, first("eu", now - timedelta(days=1)))

    def order(self, kind: str, parameters: dict[str, Any] | None = None, **changed: Any) -> str:
        """A signed command for the device; its id."""
        told: dict[str, Any] = {
            "command_id": uuid.uuid4(),
            "device": DEVICE,
            "kind": kind,
            "parameters": parameters or {},
            "issued_at": self.now,
            "expires_at": self.now + timedelta(hours=2),
        }
        ring = changed.pop("ring", KeyRing("eu", self.held.keys))
        self.waiting.append(sign_command(ring, **told | changed))
        return str(self.waiting[-1]["id"])

    def heard(self, command: str) -> list[str]:
        """What was said of a command, in order."""
        return [word for one, word in self.said if one == command]

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """One request of the device."""
        path = request.url.path.removeprefix("/device/v1/")
        self.asked.append(path)
        if path.rpartition("/")[2] in self.lost:
            raise httpx.ReadError("lost")
        status, told = self._told(path, json.loads(request.content or b"{}"))
        return httpx.Response(
            status, json=told, headers={"Date": format_datetime(self.now, usegmt=True)}
        )

    def _told(self, path: str, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        handed = {
            "commands": list(self.waiting),
            "next_report_seconds": 300,
            "command_keys_serial": self.held.serial,
        }
        if path == "reports":
            self.reports.append(said)
            return 202, handed
        if path == "commands":
            return 200, handed
        if path == "command-keys":
            return 200, self.held.listed
        command, word = path.split("/")[1:]
        if word == "progress":
            self.said.append((command, said["state"]))
            return 202, {}
        known = [one for one in self.waiting if one.get("id") == command]
        self.said.append((command, ":".join(filter(None, said.values()))))
        if not known:
            return 404, {"code": "not_found"}
        self.waiting.remove(known[0])
        return 202, {}


@dataclass
class Play:
    """One device and its service. Each `start` is the simulation begun anew on the same folder."""

    folder: Path
    service: Service
    habit: Habit = Habit.GOOD
    machine: Machine = field(default_factory=computer)
    changes: dict[str, Any] = field(default_factory=dict)
    tpm: SoftTpm = field(default_factory=lambda: tpm_of(computer()))
    agent: Agent | None = None

    def start(self, act: Callable[[Agent], Awaitable[None]], *, minute: float = 0.0) -> Agent:
        """Let an agent act; a minute of the course lasts so many seconds."""
        kept = Kept.open(self.folder, SEED, self.service.now, 1.0)
        if self.machine.name not in kept.identities:
            kept.remember(Identity(self.machine.name, DEVICE, KEY, "x"))
        world = World(SEED, kept.course, {self.machine.name: self.machine})
        bare, changes = world.bare, self.changes

        def free(machine: Machine, moment: datetime) -> Condition:
            return replace(bare(machine, moment), **{"in_use": False} | changes)

        world.bare = free  # type: ignore[method-assign]

        async def go() -> Agent:
            async with Surface("http://service.test") as surface:
                await surface._http.aclose()
                surface._http = httpx.AsyncClient(
                    transport=httpx.MockTransport(self.service.answer)
                )
                agent = Agent(
                    machine=self.machine,
                    world=world,
                    line=Line(surface, self.tpm),
                    kept=kept,
                    tally=Tally(machines=1),
                    find_key=lambda name: None,
                    now=lambda: self.service.now,
                )
                agent.obeyer.habit, agent.obeyer.minute = self.habit, minute
                await act(agent)
                return agent

        return asyncio.run(go())

    def steps(self, count: int = 1, *, minute: float = 0.0) -> Agent:
        """So many steps, each with a report."""

        async def act(agent: Agent) -> None:
            for _ in range(count):
                await agent.step()
                self.service.now += timedelta(minutes=6)  # a report is due by then

        return self.start(act, minute=minute)
