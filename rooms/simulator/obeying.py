"""What an agent does with a command: verify it, run it once, and say how it goes.

What cannot be verified is refused with the reason. What came before is answered from the ledger,
and never begun again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from rooms.commands import (
    BadKeys,
    Command,
    TrustedKeys,
    Untrusted,
    trust_first,
    trust_keys,
    verify_command,
)
from rooms.simulator.client import Json, Line
from rooms.simulator.deeds import Deed
from rooms.simulator.habits import LATE_MINUTES, Habit
from rooms.simulator.identities import Identity, Kept
from rooms.simulator.machines import Machine
from rooms.simulator.memory import Memory
from rooms.simulator.orders import COLLECT, OBEYED, why_not
from rooms.simulator.tally import Tally
from rooms.simulator.world import World

INTERRUPTED: Final = "INTERRUPTED"


@dataclass
class Work:
    """A command that is being run. `to_tell` are the stages that the service does not know of."""

    command: Command
    ends_at: datetime
    to_tell: list[str] = field(default_factory=lambda: ["accepted", "running"])


@dataclass(frozen=True)
class Late:
    """An answer that is kept back until then."""

    command: uuid.UUID
    outcome: str
    code: str
    at: datetime


@dataclass
class Obeyer:
    """The part of one machine's agent that takes commands, one at a time.

    `minute` is how many seconds a minute of the course lasts.
    """

    machine: Machine
    world: World
    line: Line
    kept: Kept
    memory: Memory
    tally: Tally
    now: Callable[[], datetime]
    habit: Habit
    minute: float = 60.0
    work: Work | None = None
    late: Late | None = None
    unfit_serial: int = 0

    # -- Whose commands to obey ------------------------------------------------------------------

    def trusted(self, identity: Identity) -> TrustedKeys:
        """The keys that this machine trusts; none at all before it was told any."""
        region = identity.key_id.partition(".")[0]
        return self.kept.trusted.get(self.machine.name) or TrustedKeys(region, ())

    async def follow_keys(self, identity: Identity, serial: int) -> None:
        """Fetch the list of keys when the service has a newer one, and take it if it is sound.

        httpx.TransportError when the service is away.
        """
        trusted = self.trusted(identity)
        if serial <= max(trusted.serial, self.unfit_serial):
            return
        answer = await self.line.signed("GET", "command-keys", identity.key_id)
        if not answer.well:
            self.tally.refused(answer)
            return
        at = self.line.service_time()
        try:
            if trusted.keys:
                newer = trust_keys(trusted, answer.content, at)
            else:
                newer = trust_first(trusted.region, answer.content, at)
        except BadKeys:
            self.unfit_serial = serial
            self.tally.untrusted += 1
            return
        self.kept.trust(self.machine.name, newer)

    # -- Commands --------------------------------------------------------------------------------

    async def take(self, identity: Identity, sent: Json) -> Command | None:
        """Begin a command, refuse it, or answer it once more; one that collects is returned.

        While one is in the works, others wait where they are. httpx.TransportError.
        """
        if self.habit is Habit.ASLEEP:
            return None
        try:
            command = verify_command(
                sent,
                device=identity.reference,
                trusted=self.trusted(identity),
                at=self.line.service_time(),
            )
        except Untrusted as error:
            await self._refuse(identity, sent, error)
            return None
        if command.kind == COLLECT:
            return command
        if self.work is not None or (self.late is not None and self.late.command == command.id):
            return None
        earlier = self.memory.begin(command, self.line.service_time())
        if earlier is None:
            await self._begin(identity, command)
        elif earlier.interrupted:
            self.memory.end(command.id, "failed", INTERRUPTED)
            await self.answer(identity, command.id, "failed", INTERRUPTED)
        else:
            await self.answer(identity, command.id, *earlier)
        return None

    async def _refuse(self, identity: Identity, sent: Json, error: Untrusted) -> None:
        self.tally.untrusted += 1
        try:
            command = uuid.UUID(str(sent["id"]))
        except (KeyError, TypeError, ValueError):
            return
        await self.answer(identity, command, "refused", error.why.value)

    async def _begin(self, identity: Identity, command: Command) -> None:
        condition = self.world.condition(self.machine, self.now())
        no = why_not(command.kind, command.parameters, self.machine, condition)
        if no is not None:
            self.memory.end(command.id, *no)
            await self.answer(identity, command.id, *no)
            return
        lasts = timedelta(seconds=OBEYED[command.kind].minutes * self.minute)
        self.work = Work(command, self.now() + lasts)
        await self.go_on(identity)

    async def go_on(self, identity: Identity) -> None:
        """Tell what is not told yet, and end what is due. httpx.TransportError; then once more."""
        late = self.late
        if late is not None and self.now() >= late.at:
            await self.answer(identity, late.command, late.outcome, late.code)
            self.late = None
        work = self.work
        if work is None:
            return
        while work.to_tell:
            await self.progress(identity, work.command.id, work.to_tell[0])
            work.to_tell.pop(0)
        if self.now() >= work.ends_at:
            await self._end(identity, work.command)

    async def _end(self, identity: Identity, command: Command) -> None:
        self.work = None
        if self.habit is Habit.RESTARTS:
            self.memory.add(Deed("restart_device", self.now()))
            return  # and nobody remembers how it ended
        deed = Deed(command.kind, self.now(), command.parameters)
        self.memory.end(command.id, "done", "", None if self.habit is Habit.LIES else deed)
        if self.habit is Habit.LATE:
            at = self.now() + timedelta(seconds=LATE_MINUTES * self.minute)
            self.late = Late(command.id, "done", "", at)
            return
        if self.habit is Habit.OTHERS:
            await self.answer(identity, uuid.uuid4(), "done", "")
        for _ in range(2 if self.habit is Habit.TWICE else 1):
            await self.answer(identity, command.id, "done", "")

    def lose_power(self) -> None:
        """Whatever was in the works is lost; the ledger knows that it was begun."""
        self.work = self.late = None

    # -- What is told ----------------------------------------------------------------------------

    async def progress(self, identity: Identity, command: uuid.UUID, state: str) -> None:
        """Say how far a command is. What is answered changes nothing."""
        path, said = f"commands/{command}/progress", {"state": state}
        await self.line.signed("POST", path, identity.key_id, partial(dict, said))

    async def answer(self, identity: Identity, command: uuid.UUID, outcome: str, code: str) -> None:
        """Say how a command went."""
        path = f"commands/{command}/answer"
        said = {"outcome": outcome, "detail_code": code}
        told = await self.line.signed("POST", path, identity.key_id, partial(dict, said))
        self.tally.commands += told.well

    # -- When to look again ----------------------------------------------------------------------

    @property
    def silent(self) -> bool:
        """Whether the machine is not there for the moment, because it was told so."""
        return self.work is not None and OBEYED[self.work.command.kind].silent

    def seconds_left(self) -> float | None:
        """Until the work is done; None when there is none."""
        if self.work is None:
            return None
        return max(0.0, (self.work.ends_at - self.now()).total_seconds())
