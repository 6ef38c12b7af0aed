"""The agent on a simulated machine: it enrols, reports, obeys, and keeps what it cannot send."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import httpx

from rooms.simulator.bundle.order import Order, UnreadableOrder
from rooms.simulator.client import Answer, Json, Line, Sent, blob, raw_of
from rooms.simulator.collecting import Collector, Job, manner_of
from rooms.simulator.identities import Identity, Kept, mark_of
from rooms.simulator.machines import Machine
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
# A device whose key is not taken any more may enrol anew, with a new enrolment key.
KEY_ENDED: Final = frozenset({"unknown_key", "device_revoked", "not_enrolled"})
# What this agent can do when it is asked.
OBEYED: Final = frozenset({"restart", "restart_app", "usb_reset"})
COLLECT: Final = "collect"

FindKey = Callable[[str], str | None]


@dataclass
class Agent:
    """One machine's agent. `step` does the next thing and says how many seconds to wait then."""

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
    overheard: Sent | None = None
    again: float = REFUSED_SECONDS
    ahead: float = 0.0

    def __post_init__(self) -> None:
        self.line.clock = self.clock
        self.collector = Collector(
            machine=self.machine,
            world=self.world,
            line=self.line,
            folder=self.kept.folder / "bundles" / self.machine.name,
            now=self.now,
            manner=manner_of(self.machine),
        )

    @property
    def name(self) -> str:
        """The machine's."""
        return self.machine.name

    def clock(self) -> float:
        """The machine's own clock, right or wrong, in seconds since 1970."""
        return self.now().timestamp() + self.ahead

    async def step(self) -> float:
        """Enrol, or report, or wait for power."""
        moment = self.now()
        condition = self.world.condition(self.machine, moment)
        self.ahead = condition.clock_ahead.total_seconds()
        if not condition.powered:
            self.waiting.clear()
            self.tally.dark(self.name)
            return DARK_SECONDS
        try:
            identity = self.kept.identities.get(self.name) or await self._enrol()
            if identity is None:
                return self.again
            fresh = not self.waiting
            if self._due(moment):
                self.waiting.append(report_of(self.machine, condition, moment))
                self.read_again = moment + self.every
            return await self._report(identity, fresh=fresh)
        except httpx.TransportError:
            self.tally.away += 1
            return random.uniform(*AWAY_SECONDS)  # noqa: S311 - spreads load

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
        tpm = self.line.tpm
        begun = await self.line.post(
            "enrolments",
            {
                "enrolment_key": key,
                "serial": self.machine.serial,
                "manufacturer": self.machine.manufacturer,
                "model": self.machine.model,
                "platform": self.machine.platform.value,
                "kind": self.machine.kind.value,
                "ek_public": blob(tpm.ek_public),
                "ak_public": blob(tpm.ak_public),
                "key_public": blob(tpm.key_public),
            },
        )
        if not begun.well:
            self._not_enrolled(begun)
            return None
        challenge = begun.content["challenge"]
        secret = tpm.activate(
            raw_of(begun.content["id_object"]), raw_of(begun.content["encrypted_secret"])
        )
        attestation, signature = tpm.certify_creation(challenge, secret)
        proof = {
            "secret": blob(secret),
            "attestation": blob(attestation),
            "signature": blob(signature),
        }
        ended = await self.line.signed("POST", f"enrolments/{challenge}", challenge, lambda: proof)
        if not ended.well:
            self._not_enrolled(ended)
            return None
        identity = Identity(
            name=self.name,
            reference=ended.content["device"],
            key_id=ended.content["key_id"],
            enrolled_with=mark_of(key),
        )
        self.kept.remember(identity)
        self.tally.enrolled += 1
        return identity

    def _not_enrolled(self, answer: Answer) -> None:
        """Try again soon when the service is to blame, and late when it said no."""
        self.tally.refused(answer)
        if passes(answer):
            self.again = answer.retry_after or AWAY_SECONDS[1]

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
        self.overheard = self.line.last
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

    async def _obey(self, identity: Identity, answer: Answer) -> None:
        """Answer the commands that came with the answer to a report."""
        for command in answer.content.get("commands", []):
            if command["kind"] == COLLECT:
                await self._take_order(identity, command)
                continue
            knows = command["kind"] in OBEYED
            said = {
                "outcome": "done" if knows else "refused",
                "detail_code": "" if knows else "UNKNOWN_KIND",
            }
            await self._answer(identity, command["id"], said)
        ended = await self.collector.go_on(identity)
        if ended is not None:
            await self._answer(identity, *ended)
            self.tally.collections += 1

    async def _answer(self, identity: Identity, command: str, said: Json) -> None:
        path = f"commands/{command}/answer"
        told = await self.line.signed("POST", path, identity.key_id, partial(dict, said))
        self.tally.commands += told.well

    async def _take_order(self, identity: Identity, command: Json) -> None:
        """Begin an order. While one is in the works, the others wait where they are."""
        if self.collector.job is not None:
            return
        if command["id"] in self.collector.ended:
            await self._answer(identity, command["id"], self.collector.ended[command["id"]])
            return
        try:
            order = Order.of(command["parameters"])
        except UnreadableOrder:
            said = {"outcome": "failed", "detail_code": "ORDER_UNREADABLE"}
            await self._answer(identity, command["id"], said)
            return
        self.collector.job = Job(command["id"], order, self.collector.manner)


def passes(answer: Answer) -> bool:
    """Whether the very same may well be taken later."""
    return answer.status == 429 or answer.status >= 500
