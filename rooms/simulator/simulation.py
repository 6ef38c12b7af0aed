"""Run a fleet of agents against a device surface until it is told to stop."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Final

import httpx

from rooms.simulator.agent import Agent
from rooms.simulator.attacks import Attacker
from rooms.simulator.client import Line, Surface
from rooms.simulator.fleet import KeyFile, tpm_of
from rooms.simulator.identities import Kept
from rooms.simulator.scenarios import attacker, loose_usb
from rooms.simulator.tally import Tally
from rooms.simulator.world import World

CONNECTIONS: Final = 8
# How many devices wait for commands at once, each with a connection of its own.
LISTENERS: Final = 4
IDLE_SECONDS: Final = 0.1
LOOK_SECONDS: Final = 2.0
ATTACK_EVERY_SECONDS: Final = 20.0
# How long a request that is under way may take once we are to stop.
GRACE_SECONDS: Final = 5.0


def true_time() -> datetime:
    """What the clock on the wall says."""
    return datetime.now(UTC)


@dataclass
class Simulation:
    """A world, its agents and the surface they talk to. `say` gets a status line now and then."""

    world: World
    kept: Kept
    keys: KeyFile
    surface: Surface
    say: Callable[[str], None]
    status_every: float = 10.0
    now: Callable[[], datetime] = true_time
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.tally = Tally(machines=len(self.world.machines))
        self.agents = [
            Agent(
                machine=machine,
                world=self.world,
                line=Line(self.surface, tpm_of(machine)),
                kept=self.kept,
                tally=self.tally,
                find_key=self.keys.find,
                now=self.now,
            )
            for machine in self.world.machines.values()
        ]
        # when each is due, by the loop's clock; the number keeps the order of equals
        self._numbers = count()
        self._due = [(0.0, next(self._numbers), agent) for agent in self.agents]

    async def run(self, *, until_reported: bool = False) -> Tally:
        """Go on until `stop` is set, or each machine has reported once."""
        tasks = [asyncio.create_task(self._work()) for _ in range(CONNECTIONS)]
        listening = [asyncio.create_task(self._listen(place)) for place in range(LISTENERS)]
        tasks += listening
        tasks.append(asyncio.create_task(self._tell()))
        if attacker.SCENARIO in self.world.scenarios:
            tasks.append(asyncio.create_task(self._attack()))
        try:
            while not self.stop.is_set() and not (until_reported and self.tally.complete):
                await asyncio.sleep(IDLE_SECONDS)
                for task in tasks:
                    if task.done():
                        task.result()  # a mistake of ours ends everything
        finally:
            self.stop.set()
            for task in listening:
                task.cancel()  # whoever waits for a command would wait on
            _, late = await asyncio.wait(tasks, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        return self.tally

    async def _work(self) -> None:
        """Let the agents that are due take their step, one after the other."""
        loop = asyncio.get_running_loop()
        while not self.stop.is_set():
            if not self._due or self._due[0][0] > loop.time():
                await asyncio.sleep(IDLE_SECONDS)
                continue
            _, _, agent = heapq.heappop(self._due)
            wait = await agent.step()
            heapq.heappush(self._due, (loop.time() + wait, next(self._numbers), agent))

    async def _listen(self, place: int) -> None:
        """Let one of the devices that somebody may be about to mend wait for commands."""
        while not self.stop.is_set():
            found = self.listeners()
            wait = LOOK_SECONDS
            if place < len(found):
                try:
                    wait = await found[place].listen()
                except httpx.TransportError:
                    self.tally.away += 1
            await self._stopped_within(max(wait, IDLE_SECONDS))

    def listeners(self) -> list[Agent]:
        """That of the story's room, and those whose camera has just been lost."""
        struck: set[str] = set()
        for scenario, _ in self.world.lasting(self.now()):
            if scenario is loose_usb.SCENARIO:
                found = self.world.round_of(scenario, self.now())
                struck |= self.world.struck(scenario, found[0]) if found else set()
        chosen = [one for one in self.agents if one.machine.room.shown or one.name in struck]
        return sorted(chosen, key=lambda one: (not one.machine.room.shown, one.name))

    async def _tell(self) -> None:
        """A status line now and then."""
        while not await self._stopped_within(self.status_every):
            self.say(self.status())

    def status(self) -> str:
        """Where everything stands, in one line."""
        lasting = [
            f"{scenario.name} since {phase.minutes:.0f} min"
            for scenario, phase in self.world.lasting(self.now())
        ]
        return self.tally.line(", ".join(lasting))

    async def _attack(self) -> None:
        """A stranger tries everything now and then, while its scenario lasts."""
        while not await self._stopped_within(ATTACK_EVERY_SECONDS):
            if any(one is attacker.SCENARIO for one, _ in self.world.lasting(self.now())):
                await self.attack_once()

    async def attack_once(self) -> bool:
        """One round of attacks on some machine that has reported; False when there is none yet."""
        victims = [agent for agent in self.agents if agent.overheard]
        if not victims:
            return False
        victim = random.choice(victims)  # noqa: S311 - any will do
        if victim.overheard is None:
            return False
        try:
            await Attacker(
                surface=self.surface,
                tally=self.tally,
                overheard=victim.overheard,
                key_id=self.kept.identities[victim.name].key_id,
                enrolment_key=self.keys.find(victim.name) or "",
            ).try_all()
        except httpx.TransportError:
            self.tally.away += 1
        return True

    async def _stopped_within(self, seconds: float) -> bool:
        """Wait so long, or until it is time to stop."""
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return False
        return True
