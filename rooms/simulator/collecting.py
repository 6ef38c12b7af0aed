"""What an agent does with an order for diagnostic data: make the bundle and send it.

The bundle goes up in chunks, each to the offset that the service has, and goes on after a drop.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import httpx

from rooms.simulator.bundle.maker import make_bundle
from rooms.simulator.bundle.order import DeviceState, Flaw, Order
from rooms.simulator.client import Answer, Json, Line
from rooms.simulator.identities import Identity
from rooms.simulator.machines import Machine
from rooms.simulator.world import World

# Times that a chunk is sent elsewhere than expected before the upload is given up.
MOST_LOST: Final = 8


class Manner(StrEnum):
    """How a device takes an order. All but the first are there to try out who receives it."""

    GOOD = "good"
    ASLEEP = "asleep"
    SLOW = "slow"
    DROPS = "drops"
    CORRUPT = "corrupt"
    ENCRYPTED = "encrypted"
    LEAKY = "leaky"


# Of a hundred devices. A leaky one is only ever made by a test.
SHARES: Final = {
    Manner.GOOD: 76, Manner.ASLEEP: 3, Manner.SLOW: 8, Manner.DROPS: 8, Manner.CORRUPT: 4,
    Manner.ENCRYPTED: 1,
}  # fmt: skip
FLAWS: Final = {
    Manner.CORRUPT: frozenset({Flaw.CORRUPT}),
    Manner.ENCRYPTED: frozenset({Flaw.ENCRYPTED}),
    Manner.LEAKY: frozenset({Flaw.LEAKY}),
}


def manner_of(machine: Machine) -> Manner:
    """How a machine takes its orders, always the same; that of the story's room takes them well."""
    if machine.room.shown:
        return Manner.GOOD
    chance = machine.chance("collecting")
    return chance.choices(list(SHARES), list(SHARES.values()))[0]


class Ended(Exception):
    """The order has come to its end without the bundle. `outcome` is the command's."""

    def __init__(self, outcome: str, code: str, *, tell: bool = True) -> None:
        self.outcome, self.code, self.tell = outcome, code, tell
        super().__init__(f"{outcome} {code}")


@dataclass
class Job:
    """One order in the works: what has been made of it and how much of that is sent."""

    command: str
    order: Order
    manner: Manner
    path: Path | None = None
    size: int = 0
    sha256: str = ""
    upload: str = ""
    offset: int = 0
    chunk_bytes: int = 0
    lost: int = 0
    dropped: bool = False


@dataclass
class Collector:
    """The part of one machine's agent that fulfils orders, one at a time."""

    machine: Machine
    world: World
    line: Line
    folder: Path
    now: Callable[[], datetime]
    manner: Manner
    job: Job | None = None

    async def go_on(self, identity: Identity) -> tuple[str, Json] | None:
        """Work on the order. At its end the command's id and the answer to it; None before.

        httpx.TransportError when the service is away; the next call goes on from there.
        """
        job = self.job
        if job is None:
            return None
        try:
            await self._fulfil(job, identity)
        except Ended as end:
            if end.tell:
                state = "refused" if end.outcome == "refused" else "failed"
                await self._say(job, identity, state, 0, end.code)
            return self._finish(job, end.outcome, end.code)
        except _Later:
            return None
        return self._finish(job, "done", "")

    def _finish(self, job: Job, outcome: str, code: str) -> tuple[str, Json]:
        if job.path is not None:
            job.path.unlink(missing_ok=True)
        self.job = None
        return job.command, {"outcome": outcome, "detail_code": code}

    async def _fulfil(self, job: Job, identity: Identity) -> None:
        """Make the bundle if there is none yet, then send what is not sent yet."""
        if job.manner == Manner.ASLEEP:
            raise Ended("refused", "ASLEEP")
        if not self.machine.windows:
            raise Ended("refused", "PLATFORM")
        if job.path is None:
            await self._say(job, identity, "collecting", 0)
            await self._make(job, identity)
            await self._say(job, identity, "collecting", 100)
        if not job.upload:
            await self._begin(job, identity)
        elif job.dropped:
            await self._ask_place(job, identity)
        await self._send(job, identity)
        complete = f"uploads/{job.upload}/complete"
        self._judge(job, await self.line.signed("POST", complete, identity.key_id))

    async def _make(self, job: Job, identity: Identity) -> None:
        """The bundle on disk, made beside the loop, for it takes a while.

        One that was made before the simulation was restarted is taken as it is: what was announced
        must not change.
        """
        state = DeviceState(
            machine=self.machine,
            reference=identity.reference,
            moment=self.now(),
            at=lambda moment: self.world.condition(self.machine, moment),
            flaws=FLAWS.get(job.manner, frozenset()),
        )
        job.path = self.folder / f"{job.order.collection}.zip"
        if not job.path.exists():
            await asyncio.to_thread(make_bundle, state, job.order, self.folder)
        job.size = job.path.stat().st_size
        if job.size > job.order.bytes_most:
            raise Ended("failed", "TOO_LARGE")
        with job.path.open("rb") as file:
            job.sha256 = hashlib.file_digest(file, "sha256").hexdigest()

    async def _begin(self, job: Job, identity: Identity) -> None:
        """Announce the bundle; the same announcement again finds the same upload."""
        said = {"collection": job.order.collection, "bytes": job.size, "sha256": job.sha256}
        answer = await self.line.signed("POST", "uploads", identity.key_id, lambda: said)
        self._judge(job, answer)
        job.upload, job.offset = answer.content["upload"], int(answer.content["offset"])
        job.chunk_bytes = min(job.order.chunk_bytes, int(answer.content["chunk_bytes"]))

    async def _ask_place(self, job: Job, identity: Identity) -> None:
        """After a drop: how much has arrived."""
        answer = await self.line.signed("GET", f"uploads/{job.upload}", identity.key_id)
        self._judge(job, answer)
        job.offset, job.dropped = int(answer.content["offset"]), False

    async def _send(self, job: Job, identity: Identity) -> None:
        """The chunks that are missing, in order."""
        while job.offset < job.size:
            chunk = _chunk(job)
            if job.manner == Manner.DROPS and job.offset + len(chunk) > job.size // 2:
                job.manner, job.dropped = Manner.GOOD, True
                raise httpx.ReadError("the simulated line dropped")
            path = f"uploads/{job.upload}/chunks/{job.offset}"
            try:
                answer = await self.line.signed_bytes("PUT", path, identity.key_id, chunk)
            except httpx.TransportError:
                job.dropped = True
                raise
            if answer.code == "wrong_offset" and job.lost < MOST_LOST:
                job.lost += 1
                job.offset = int(answer.content["offset"])
                continue
            self._judge(job, answer)
            job.offset = int(answer.content["offset"])
            if job.manner == Manner.SLOW and job.offset < job.size:
                raise _Later

    async def _say(
        self, job: Job, identity: Identity, state: str, percent: int, code: str = ""
    ) -> None:
        """How far the order is. What is answered matters only when nobody waits for it any more."""
        said = {"state": state, "percent": percent, "code": code}
        path = f"collections/{job.order.collection}/progress"
        answer = await self.line.signed("POST", path, identity.key_id, lambda: said)
        if state == "collecting":
            self._judge(job, answer)

    def _judge(self, job: Job, answer: Answer) -> None:
        """Go on after success; wait while the service is in trouble; else the order is over."""
        if answer.well:
            return
        if answer.status == 429 or answer.status >= 500:
            job.dropped = bool(job.upload)
            raise _Later
        raise Ended("failed", answer.code.upper() or "NOT_TAKEN", tell=False)


class _Later(Exception):
    """Not now: the next step goes on."""


def _chunk(job: Job) -> bytes:
    """The bytes that are due."""
    if job.path is None:
        raise Ended("failed", "BUNDLE_LOST")
    with job.path.open("rb") as file:
        file.seek(job.offset)
        return file.read(job.chunk_bytes)
