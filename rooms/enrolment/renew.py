"""A known device renews its key."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from rooms.device_api import door, keys, profile
from rooms.device_api.problems import Refused
from rooms.enrolment import blobs
from rooms.enrolment.schema import NewKey, Renewed
from rooms.tpm.public import parse_public
from rooms.tpm.refusal import TpmRefusal
from rooms.tpm.statement import check_key_statement, rotation_binding

_KEY: Final = "select state, ak_public, public from device.key_to_renew(%s)"
_RENEW: Final = "select result, key_name from device.renew(%s, %s, %s, %s, %s)"
_CURVE: Final = SECP256R1()


def key_to_renew(region: str, name: str) -> EllipticCurvePublicKey:
    """The key that signs a renewal: the device's own, or for ten minutes the one that it replaced.

    Refused: what a key's state says.
    """
    _, public = _known(region, name)
    return EllipticCurvePublicKey.from_encoded_point(_CURVE, public)


def _known(region: str, name: str) -> tuple[bytes, bytes]:
    """The public keys of the TPM's attestation and of the device, while they may be used here."""
    state, ak, public = door.ask(region, _KEY, [name]) or ("unknown", b"", b"")
    if state not in ("active", "replaced"):
        keys.refuse(state)
    return bytes(ak), bytes(public)


def renew(region: str, old: str, nonce: str, asked: NewKey) -> Renewed:
    """Replace the key named `old` by one that the same TPM vouches for.

    The statement binds the nonce of the request and the old key, which ends with it: it serves
    this one exchange. Whose answer was lost may ask once more for the same new key, signing with
    the old one and a new nonce: it is told the same name again.

    Refused: field_invalid, replayed, and what a key's state says.
    """
    if asked.nonce != nonce:
        raise Refused("field_invalid", "`nonce`: send the nonce of this signature.", "nonce")
    key = blobs.device_key(asked.key_public)
    point = blobs.point(key)
    ak, public = _known(region, old)
    if point == public:
        raise Refused("field_invalid", "`key_public`: make a new key.", "key_public")
    try:
        check_key_statement(
            ak=parse_public(ak),
            key=key,
            attestation=blobs.blob(asked.attestation, "attestation"),
            signature=blobs.blob(asked.signature, "signature"),
            extra=rotation_binding(nonce, old),
        )
    except TpmRefusal as refusal:
        raise Refused("field_invalid", refusal.sentence, "attestation") from refusal
    kept = (old, nonce, profile.NONCE_SECONDS, blobs.new_key_name(region), point)
    result, name = door.ask(region, _RENEW, kept) or ("unknown", "")
    if result not in ("rotated", "again"):
        keys.refuse(result)
    return Renewed(key_id=name)
