"""The second step: the TPM has opened the secret and vouches for the device key."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from access.references import new_reference
from rooms.command_keys import listed_serial, trusted_list
from rooms.device_api import door
from rooms.device_api.pace import report_every_seconds
from rooms.device_api.problems import Refused
from rooms.enrolment import blobs
from rooms.enrolment.schema import CommandKeys, Enrolled, Proof
from rooms.tpm.public import PublicArea, parse_public
from rooms.tpm.refusal import TpmRefusal
from rooms.tpm.statement import check_key_statement, enrolment_binding

_CHALLENGE_KEY: Final = "select device.challenge_key(%s)"
_TAKE: Final = "select state, ak_public, key_public, secret_digest from device.take_challenge(%s)"
_REFUSE: Final = "select device.refuse_enrolment(%s, %s)"
_COMPLETE: Final = "select result, reference from device.complete_enrolment(%s, %s, %s, %s)"

# How the database says no, and what the device is told; all others are told the same.
_CODES: Final = {"serial_taken": "serial_taken", "not_taken": "challenge_used"}


def challenge_key(region: str, challenge: str) -> EllipticCurvePublicKey:
    """The device key that answers this challenge. Refused: unknown_key."""
    (public,) = door.ask(region, _CHALLENGE_KEY, [challenge]) or (None,)
    if public is None:
        raise Refused("unknown_key", "Nobody is asked this challenge: begin again.")
    return blobs.verifier(parse_public(bytes(public)))


def complete(region: str, challenge: str, proof: Proof) -> Enrolled:
    """Make the device known, or give a known one its new key.

    The challenge is used up by the first answer, whatever comes of it. Refused: challenge_used,
    expired, serial_taken, enrolment_refused.
    """
    secret = blobs.blob(proof.secret, "secret")
    attestation = blobs.blob(proof.attestation, "attestation")
    signature = blobs.blob(proof.signature, "signature")
    ak, key, digest = _take(region, challenge)
    if not hmac.compare_digest(hashlib.sha256(secret).digest(), digest):
        _refuse(region, challenge, "secret_wrong")
    try:
        check_key_statement(
            ak=ak,
            key=key,
            attestation=attestation,
            signature=signature,
            extra=enrolment_binding(challenge, secret),
        )
    except TpmRefusal as refusal:
        _refuse(region, challenge, refusal.code)
    name = blobs.new_key_name(region)
    kept = (challenge, name, blobs.point(key), new_reference("DV"))
    result, reference = door.ask(region, _COMPLETE, kept) or ("not_taken", "")
    if result not in ("enrolled", "renewed"):
        _refuse(region, challenge, result)
    listed = CommandKeys(**trusted_list(region)) if listed_serial(region) else None
    return Enrolled(
        device=reference,
        key_id=name,
        report_every_seconds=report_every_seconds(),
        command_keys=listed,
    )


def _take(region: str, challenge: str) -> tuple[PublicArea, PublicArea, bytes]:
    """Use the challenge up: the attestation key, the device key, the digest of the secret."""
    state, ak, key, digest = door.ask(region, _TAKE, [challenge]) or ("unknown", None, None, None)
    if state == "unknown":
        raise Refused("not_found")
    if state == "expired":
        raise Refused("expired")
    if state != "taken":
        raise Refused("challenge_used")
    return parse_public(bytes(ak)), parse_public(bytes(key)), bytes(digest)


def _refuse(region: str, challenge: str, why: str) -> None:
    """Record why, and say no more than that it is so."""
    door.ask(region, _REFUSE, [challenge, why])
    raise Refused(_CODES.get(why, "enrolment_refused"))
