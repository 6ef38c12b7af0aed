"""How a simulated machine becomes known: its TPM answers the service's challenge."""

from __future__ import annotations

from rooms.commands import BadKeys, TrustedKeys, trust_first
from rooms.simulator.client import Answer, Line, blob, raw_of
from rooms.simulator.identities import Identity, mark_of
from rooms.simulator.machines import Machine


class NotEnrolled(Exception):
    """The service said no, or not now: its `answer` says which."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.code)


async def enrol(line: Line, machine: Machine, key: str) -> tuple[Identity, TrustedKeys | None]:
    """As whom the machine is known from now on, and whose commands it obeys: nobody's, when none
    were told or they do not fit together.

    Raises NotEnrolled, and httpx.TransportError while the service is away.
    """
    tpm = line.tpm
    begun = await line.post(
        "enrolments",
        {
            "enrolment_key": key,
            "serial": machine.serial,
            "manufacturer": machine.manufacturer,
            "model": machine.model,
            "platform": machine.platform.value,
            "kind": machine.kind.value,
            "ek_public": blob(tpm.ek_public),
            "ak_public": blob(tpm.ak_public),
            "key_public": blob(tpm.key_public),
        },
    )
    if not begun.well:
        raise NotEnrolled(begun)
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
    ended = await line.signed("POST", f"enrolments/{challenge}", challenge, lambda: proof)
    if not ended.well:
        raise NotEnrolled(ended)
    identity = Identity(
        name=machine.name,
        reference=ended.content["device"],
        key_id=ended.content["key_id"],
        enrolled_with=mark_of(key),
    )
    return identity, _keys(identity, ended, line)


def _keys(identity: Identity, ended: Answer, line: Line) -> TrustedKeys | None:
    told = ended.content.get("command_keys")
    if not told:
        return None
    try:
        return trust_first(identity.key_id.partition(".")[0], told, line.service_time())
    except BadKeys:
        return None
