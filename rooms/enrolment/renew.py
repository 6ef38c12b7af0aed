"""A known device renews its key."""

from __future__ import annotations

from typing import Final

from rooms.device_api import door, keys, profile
from rooms.device_api.problems import Refused
from rooms.enrolment import blobs
from rooms.enrolment.schema import NewKey, Renewed
from rooms.tpm.public import parse_public
from rooms.tpm.refusal import TpmRefusal
from rooms.tpm.statement import check_key_statement, rotation_binding

_KEY: Final = "select state, ak_public, public from device.key(%s)"
_ROTATE: Final = "select device.rotate(%s, %s, %s, %s, %s)"


def renew(region: str, old: str, nonce: str, asked: NewKey) -> Renewed:
    """Replace the key named `old` by one that the same TPM vouches for.

    The statement binds the nonce of the request and the old key, which ends with it: it serves
    this one exchange. Refused: field_invalid, replayed, and what a key's state says.
    """
    if asked.nonce != nonce:
        raise Refused("field_invalid", "`nonce`: send the nonce of this signature.", "nonce")
    key = blobs.device_key(asked.key_public)
    point = blobs.point(key)
    state, ak, public = door.ask(region, _KEY, [old]) or ("unknown", b"", b"")
    if state != "active":
        keys.refuse(state)
    if point == bytes(public):
        raise Refused("field_invalid", "`key_public`: make a new key.", "key_public")
    try:
        check_key_statement(
            ak=parse_public(bytes(ak)),
            key=key,
            attestation=blobs.blob(asked.attestation, "attestation"),
            signature=blobs.blob(asked.signature, "signature"),
            extra=rotation_binding(nonce, old),
        )
    except TpmRefusal as refusal:
        raise Refused("field_invalid", refusal.sentence, "attestation") from refusal
    name = blobs.new_key_name(region)
    kept = (old, nonce, profile.NONCE_SECONDS, name, point)
    (result,) = door.ask(region, _ROTATE, kept) or ("unknown",)
    if result != "rotated":
        keys.refuse(result)
    return Renewed(key_id=name)
