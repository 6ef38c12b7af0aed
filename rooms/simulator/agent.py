"""The agent on a simulated machine: it enrols, reports, obeys, and keeps what it cannot send."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx

from rooms.commands import Command
from rooms.simulator.bundle.order import Order, UnreadableOrder
from rooms.simulator.client import Answer, Json, Line, Sent
from rooms.simulator.collecting import Collector, Job, manner_of
from rooms.simulator.enrolling import NotEnrolled, enrol
from rooms.simulator.habits import habit_of
from rooms.simulator.identities import Identity, Kept, mark_of
from rooms.simulator.machines import Machine
from rooms.simulator.memory import Memory
from rooms.simulator.obeying import Obeyer
from rooms.simulator.tally import Tally
from rooms.simulator.telling import report_of
from rooms.simulator.world import World

# Reports that are kept while the service is away: an hour's, at one in five minutes.
MOST_KEPT: Final = 12
# The part of the usual time after which the next of them is sent.
CATCH_UP: Final = 0.3
AWAY_SECONDS: Final = (5.0, 15.0)
# How soon to look again: without power, and after the service has turned the device away.
DARK_SECONDS: Final = 5.0
REFUSED_SECONDS: Final = 120.0
# How long one request waits for a command, and how soon to look again when this is no time for it.
LISTENS_SECONDS: Final = 5
IDLE_SECONDS: Final = 2.0
# A device whose key is not taken any more may enrol anew, with a new enrolment key.
KEY_ENDED: Final = frozenset({"unknown_key", "device_revoked", "not_enrolled"})

FindKey = Callable[[str], str | None]


@dataclass
class Agent:
    """One machine's agent. `step` does the next thing and says how many seconds to wait then.

    It may listen for commands meanwhile; `lock` keeps the two from doing one thing twice.
    """

    machine: Machine
    world: World
    line: Line
    kept: Kept
    tally: Tally
    find_key: FindKey
    now: Callable[[], datetime]
    waiting: deque[Json] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    every: timedelta = timedelta()
    read_again: datetime | None = None
    report_at: datetime | None = None
    overheard: Sent | None = None
    again: float = REFUSED_SECONDS
    ahead: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.line.clock = self.clock
        self.memory = Memory.open(self.kept.folder / "commands" / f"{self.machine.name}.json")
        self.world.deeds[self.machine.name] = self.memory.deeds
        self.collector = Collector(
            machine=self.machine,
            world=self.world,
            line=self.line,
            folder=self.kept.folder / "bundles" / self.machine.name,
            now=self.now,
            manner=manner_of(self.machine),
        )
        self.obeyer = Obeyer(
            machine=self.machine,
            world=self.world,
            line=self.line,
            kept=self.kept,
            memory=self.memory,
            tally=self.tally,
            now=self.now,
            habit=habit_of(self.machine),
            minute=60 / self.kept.course.speed,
        )

    @property
    def name(self) -> str:
        """The machine's."""
        return self.machine.name

    def clock(self) -> float:
        """The machine's own clock, right or wrong, in seconds since 1970."""
        return self.now().timestamp() + self.ahead

    async def step(self) -> float:
        """Enrol, or go on with a command, or report, or wait for power."""
        async with self.lock:
            try:
                return await self._step()
            except httpx.TransportError:
                self.tally.away += 1
                return random.uniform(*AWAY_SECONDS)  # noqa: S311 - spreads load

    async def _step(self) -> float:
        moment = self.now()
        condition = self.world.condition(self.machine, moment)
        self.ahead = condition.clock_ahead.total_seconds()
        if not condition.powered:
            self.waiting.clear()
            self.report_at = None
            self.obeyer.lose_power()
            self.tally.dark(self.name)
            return DARK_SECONDS
        identity = self.kept.identities.get(self.name) or await self._enrol()
        if identity is None:
            return self.again
        await self.obeyer.go_on(identity)
        if self.obeyer.silent:
            return self.obeyer.seconds_left() or 0.0
        moment = self.now()
        if self.report_at is not None and moment < self.report_at:
            return self._woken_at(moment, self.report_at)  # it was woken for a command
        fresh = not self.waiting
        if self._due(moment):
            condition = self.world.condition(self.machine, moment)
            self.waiting.append(report_of(self.machine, condition, moment))
            self.read_again = moment + self.every
        wait = await self._report(identity, fresh=fresh)
        return self._woken_at(moment, moment + timedelta(seconds=wait))

    def _woken_at(self, moment: datetime, report_at: datetime) -> float:
        """Seconds until the report is due, or the work that is under way is done."""
        wait, left = (report_at - moment).total_seconds(), self.obeyer.seconds_left()
        if left is None or left >= wait:
            self.report_at = None if left is None else report_at
            return wait
        self.report_at = report_at
        return left

    async def listen(self) -> float:
        """Wait for a command for a while, and go on with one; seconds until the next time.

        httpx.TransportError when the service is away.
        """
        identity = self.kept.identities.get(self.name)
        there = self.name in self.tally.reported and self.name not in self.tally.powerless
        if identity is None or not there or self.collector.job:
            return IDLE_SECONDS
        left = self.obeyer.seconds_left()
        if left is None and not self.obeyer.late:
            path = f"commands?wait={LISTENS_SECONDS}"
            answer = await self.line.signed("GET", path, identity.key_id)
            if not answer.well:
                return answer.retry_after or REFUSED_SECONDS
            async with self.lock:
                await self._obey(identity, answer)
            return answer.retry_after
        if left:
            return left
        async with self.lock:
            await self.obeyer.go_on(identity)
        return IDLE_SECONDS

    # -- Enrolment -------------------------------------------------------------------------------

    async def _enrol(self) -> Identity | None:
        """Become known, with the key that was issued for this machine.

        None when that failed; `again` says in how many seconds it is worth another try.
        """
        self.again = REFUSED_SECONDS
        key = self.find_key(self.name)
        if key is None:
            self.tally.without_key.add(self.name)
            return None
        try:
            identity, keys = await enrol(self.line, self.machine, key)
        except NotEnrolled as no:
            self.tally.refused(no.answer)
            if passes(no.answer):
                self.again = no.answer.retry_after or AWAY_SECONDS[1]
            return None
        if keys is not None:
            self.kept.trust(self.name, keys)
        self.kept.remember(identity)
        self.tally.enrolled += 1
        return identity

    # -- Reports ---------------------------------------------------------------------------------

    def _due(self, moment: datetime) -> bool:
        """Whether to read the machine again: not while what was read lately still waits."""
        return not self.waiting or self.read_again is None or moment >= self.read_again

    async def _report(self, identity: Identity, *, fresh: bool) -> float:
        """Send the oldest report that waits."""
        answer = await self._send(identity, self.waiting[0], fresh=fresh)
        if not answer.well:
            return self._turned_away(identity, answer)
        self.waiting.popleft()
        self.tally.accepted(self.name)
        self.overheard = answer.sent
        self.every = timedelta(seconds=float(answer.content["next_report_seconds"]))
        await self._obey(identity, answer)
        # never sooner than the service asks, and not all at once; what was kept goes out faster
        part = CATCH_UP if self.waiting else 1.0
        return self.every.total_seconds() * part * random.uniform(1.0, 1.1)  # noqa: S311

    async def _send(self, identity: Identity, told: Json, *, fresh: bool) -> Answer:
        """Send one report. A fresh one tells the time by the clock as it is at each attempt."""

        def content() -> Json:
            if fresh:
                told["observed_at"] = self.line.service_time().isoformat()
                own = datetime.fromtimestamp(self.clock(), UTC)
                told["device_clock"] = own.isoformat()
            return told

        return await self.line.signed("POST", "reports", identity.key_id, content)

    def _turned_away(self, identity: Identity, answer: Answer) -> float:
        """What to do about a report that was not taken."""
        self.tally.refused(answer)
        if passes(answer):
            return answer.retry_after or AWAY_SECONDS[1]
        if answer.code in KEY_ENDED:
            key = self.find_key(self.name)
            if key is not None and mark_of(key) != identity.enrolled_with:
                del self.kept.identities[self.name]
                return 0.0
            return REFUSED_SECONDS
        # The report itself was refused: sending it again would change nothing.
        self.waiting.popleft()
        return REFUSED_SECONDS

    # -- Commands --------------------------------------------------------------------------------

    async def _obey(self, identity: Identity, answer: Answer) -> None:
        """Take the commands that came with an answer, and go on with what is in the works."""
        await self.obeyer.follow_keys(identity, answer.content.get("command_keys_serial", 0))
        for sent in answer.content.get("commands", []):
            order = await self.obeyer.take(identity, sent)
            if order is not None:
                await self._take_order(identity, order)
        ended = await self.collector.go_on(identity)
        if ended is not None:
            command, said = uuid.UUID(ended[0]), ended[1]
            self.memory.end(command, said["outcome"], said["detail_code"])
            await self.obeyer.answer(identity, command, said["outcome"], said["detail_code"])
            self.tally.collections += 1

    async def _take_order(self, identity: Identity, command: Command) -> None:
        """Begin an order. While one is in the works, the others wait where they are.

        One that was interrupted goes on: the same bundle is sent, not another one made.
        """
        if self.collector.job is not None:
            return
        earlier = self.memory.begin(command, self.line.service_time())
        if earlier is not None and not earlier.interrupted:
            await self.obeyer.answer(identity, command.id, *earlier)
            return
        try:
            order = Order.of(command.parameters)
        except UnreadableOrder:
            self.memory.end(command.id, "failed", "ORDER_UNREADABLE")
            await self.obeyer.answer(identity, command.id, "failed", "ORDER_UNREADABLE")
            return
        self.collector.job = Job(str(command.id), order, self.collector.manner)
        for state in ("accepted", "running"):
            await self.obeyer.progress(identity, command.id, state)


def passes(answer: Answer) -> bool:
    """Whether the very same may well be taken later."""
    return answer.status == 429 or answer.status >= 500
