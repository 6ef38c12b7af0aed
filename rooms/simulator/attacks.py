"""What a stranger tries on the device surface, and what it has to be answered.

The stranger can read the network: it holds a request that an honest device sent. It has a TPM
that nobody registered, and never the honest device's key.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from rooms.device_api.profile import CONTENT_TYPE, sign_request
from rooms.simulator.client import Answer, Line, Sent, Surface, blob
from rooms.simulator.tally import Tally
from rooms.tpm.soft import SoftTpm

HOUR: Final = 3600.0


@dataclass
class Attacker:
    """One stranger. `overheard` is a report that an honest device sent and got accepted."""

    surface: Surface
    tally: Tally
    overheard: Sent
    key_id: str
    enrolment_key: str

    def __post_init__(self) -> None:
        self.line = Line(self.surface, SoftTpm.new())
        self.report: dict[str, Any] = json.loads(self.overheard.body)

    async def try_all(self) -> None:
        """Each attack once; what each was answered goes into the tally. httpx.TransportError."""
        for name, (attack, expected) in ATTACKS.items():
            answer = await attack(self)
            self.tally.attacks[answer.code or str(answer.status)] += 1
            if answer.well or answer.code not in expected:
                self.tally.broken_in.append(f"{name} was answered {answer.status} {answer.code}")

    async def replay(self) -> Answer:
        """The overheard request again, bit by bit."""
        return await self.surface.send(self.overheard)

    async def change(self) -> Answer:
        """The overheard signature over other words."""
        body = json.dumps(self.report | {"report_id": str(uuid.uuid4())}).encode()
        return await self.surface.send(replace(self.overheard, body=body))

    async def forge(self) -> Answer:
        """A report in the honest device's name, signed by the stranger."""
        return await self._signed(self.key_id)

    async def forge_without_signature(self) -> Answer:
        """A report that nobody signed."""
        return await self.line.post("reports", self.report)

    async def make_up_a_key(self) -> Answer:
        """A report signed under a key that does not exist."""
        region = self.key_id.partition(".")[0]
        return await self._signed(f"{region}.DK-{secrets.token_hex(4).upper()}")

    async def sign_long_ago(self) -> Answer:
        """A report that says it was signed an hour ago."""
        return await self._signed(self.key_id, seconds_ago=HOUR)

    async def take_over(self) -> Answer:
        """Enrol another TPM with an enrolment key that was used."""
        return await self._begin(self.enrolment_key)

    async def guess_a_key(self) -> Answer:
        """Enrol with an enrolment key that nobody issued."""
        region = self.enrolment_key.partition(".")[0]
        made_up = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(32))
        return await self._begin(f"{region}.{made_up}")

    async def complete_nothing(self) -> Answer:
        """Answer a challenge that was never made."""
        challenge = f"{self.key_id.partition('.')[0]}.{secrets.token_urlsafe(32)}"
        proof = {"secret": "AAAA", "attestation": "AAAA", "signature": "AAAA"}
        return await self.line.signed("POST", f"enrolments/{challenge}", challenge, lambda: proof)

    async def _signed(self, key_id: str, seconds_ago: float = 0.0) -> Answer:
        body = json.dumps(self.report).encode()
        created = self.line.service_time().timestamp() - seconds_ago
        url = self.surface.address("reports")
        headers = sign_request("POST", url, {}, body, key_id, self.line.tpm.sign, created=created)
        return await self.surface.send(Sent("POST", url, headers, body))

    async def _begin(self, enrolment_key: str) -> Answer:
        tpm = self.line.tpm
        content = {
            "enrolment_key": enrolment_key,
            "serial": self.report["system"]["serial"],
            "manufacturer": "",
            "model": "",
            "platform": "windows",
            "kind": "compute",
            "ek_public": blob(tpm.ek_public),
            "ak_public": blob(tpm.ak_public),
            "key_public": blob(tpm.key_public),
        }
        body = json.dumps(content).encode()
        headers = {"Content-Type": CONTENT_TYPE}
        return await self.surface.send(
            Sent("POST", self.surface.address("enrolments"), headers, body)
        )


# What each attack may be answered, by the codes of the surface.
ATTACKS: Final[dict[str, tuple[Callable[[Attacker], Awaitable[Answer]], frozenset[str]]]] = {
    "replay": (Attacker.replay, frozenset({"replayed", "clock_skew"})),
    "change": (Attacker.change, frozenset({"signature_invalid", "clock_skew"})),
    "forge": (Attacker.forge, frozenset({"signature_invalid"})),
    "forge_without_signature": (
        Attacker.forge_without_signature,
        frozenset({"signature_missing"}),
    ),
    "make_up_a_key": (Attacker.make_up_a_key, frozenset({"unknown_key"})),
    "sign_long_ago": (Attacker.sign_long_ago, frozenset({"clock_skew"})),
    "take_over": (Attacker.take_over, frozenset({"enrolment_refused"})),
    "guess_a_key": (Attacker.guess_a_key, frozenset({"enrolment_refused"})),
    "complete_nothing": (Attacker.complete_nothing, frozenset({"unknown_key"})),
}
