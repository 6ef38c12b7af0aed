"""Simulations for the tests: of the seeded fleet, against a real device surface."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from rooms.simulator.agent import Agent
from rooms.simulator.client import Surface
from rooms.simulator.fleet import KeyFile
from rooms.simulator.identities import Kept
from rooms.simulator.simulation import Simulation
from rooms.simulator.tally import Tally
from rooms.simulator.world import World

ROOMS = 8
SEED = 2022
WITHIN = 150.0  # seconds, of a busy machine


class Runs:
    """Simulations of the seeded fleet, which all keep their state in one folder."""

    def __init__(self, url: str, keys: Path, folder: Path) -> None:
        self.url, self.keys, self.folder = url, keys, folder

    @asynccontextmanager
    async def open(self, *scenarios: str, speed: float = 1.0, url: str = ""):
        kept = Kept.open(self.folder, SEED, datetime.now(UTC), speed)
        world = World.of(ROOMS, SEED, kept.course, scenarios)
        async with Surface(url or self.url) as surface:
            yield Simulation(world, kept, KeyFile(self.keys), surface, say=lambda line: None)

    def until_reported(self, *scenarios: str) -> tuple[Simulation, Tally]:
        async def go() -> tuple[Simulation, Tally]:
            async with self.open(*scenarios) as simulation:
                async with asyncio.timeout(WITHIN):
                    return simulation, await simulation.run(until_reported=True)

        return asyncio.run(go())

    def with_agent(self, act: Callable[[Agent], Awaitable[None]], url: str = "") -> None:
        """Do something with the agent of one Windows computer."""

        async def go() -> None:
            async with self.open(url=url) as simulation:
                async with asyncio.timeout(WITHIN):
                    await act(next(one for one in simulation.agents if one.machine.windows))

        asyncio.run(go())
