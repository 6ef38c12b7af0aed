"""What an attestation key says of another key: TPMS_ATTEST and TPMT_SIGNATURE, parsed and checked.

Two kinds of statement are understood: "I certify this key" and "I made this key".
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from rooms.tpm.algorithms import HASHES, Alg
from rooms.tpm.public import PublicArea
from rooms.tpm.reading import Reader
from rooms.tpm.refusal import TpmRefusal

MAGIC: Final = bytes.fromhex("ff544347")  # no unrestricted key of a TPM signs what starts so
MOST_BYTES: Final = 1024
MOST_NAME: Final = 66  # SHA-512 and its number
ENROL: Final = b"portal-enrol-v1"
ROTATE: Final = b"portal-rotate-v1"


class Kind(IntEnum):
    """TPMI_ST_ATTEST, as far as it speaks of a key."""

    CERTIFY = 0x8017
    CREATION = 0x801A


@dataclass(frozen=True)
class Statement:
    """A parsed statement. `name` is the key it speaks of; `extra` what the asker put in."""

    kind: Kind
    extra: bytes
    name: bytes


@dataclass(frozen=True)
class Signature:
    """A parsed signature; `value` is as `cryptography` takes it (DER for ECDSA)."""

    scheme: Alg
    scheme_hash: Alg
    value: bytes


def enrolment_binding(challenge: str, secret: bytes) -> bytes:
    """The extra data of an enrolment's statement: 32 bytes that bind challenge and secret."""
    return _bound(ENROL, challenge.encode("ascii"), secret)


def rotation_binding(nonce: str, key_id: str) -> bytes:
    """The extra data of a new device key's statement: 32 bytes that bind nonce and old key."""
    return _bound(ROTATE, nonce.encode("ascii"), key_id.encode("ascii"))


def _bound(label: bytes, *parts: bytes) -> bytes:
    return hashlib.sha256(b"\0".join((label, *parts))).digest()


def parse_statement(blob: bytes) -> Statement:
    """A TPMS_ATTEST about a key; TpmRefusal `statement_malformed` for anything else."""
    reader = Reader(blob, "statement_malformed", "key statement")
    if len(blob) > MOST_BYTES:
        raise reader.refuse(f"is longer than {MOST_BYTES} bytes")
    if reader.take(4) != MAGIC:
        raise reader.refuse("was not made by a TPM")
    kind = reader.number(2)
    if kind not in (Kind.CERTIFY, Kind.CREATION):
        raise reader.refuse("speaks of something other than a key")
    reader.sized(MOST_NAME)  # who signed: known by the signature
    extra = reader.sized(64)
    reader.take(8 + 4 + 4)  # the TPM's clock and counts of restarts
    if reader.number(1) > 1:
        raise reader.refuse("holds a yes or no that is neither")
    reader.take(8)  # firmware version
    name = reader.sized(MOST_NAME)
    reader.sized(MOST_NAME)  # qualified name, or hash of the creation
    reader.end()
    return Statement(Kind(kind), extra, name)


def parse_signature(blob: bytes) -> Signature:
    """A TPMT_SIGNATURE; TpmRefusal `signature_malformed` for anything else."""
    reader = Reader(blob, "signature_malformed", "signature of the statement")
    scheme, scheme_hash = reader.number(2), reader.number(2)
    if scheme_hash not in HASHES:
        raise reader.refuse("uses a hash other than SHA-256, SHA-384 or SHA-512")
    if scheme == Alg.ECDSA:
        r, s = (int.from_bytes(reader.sized(48), "big") for _ in range(2))
        value = encode_dss_signature(r, s)
    elif scheme in (Alg.RSASSA, Alg.RSAPSS):
        value = reader.sized(512)
    else:
        raise reader.refuse("uses a scheme other than RSASSA, RSAPSS or ECDSA")
    reader.end()
    return Signature(Alg(scheme), Alg(scheme_hash), value)


def verify_signature(ak: PublicArea, signature: Signature, signed: bytes) -> None:
    """TpmRefusal `signature_wrong` unless the key signed it, by the key's own scheme."""
    wrong = TpmRefusal("signature_wrong", "The attestation key did not sign this statement.")
    if (signature.scheme, signature.scheme_hash) != (ak.scheme, ak.scheme_hash):
        raise wrong
    hashed = HASHES[ak.scheme_hash]
    try:
        if isinstance(ak.key, ec.EllipticCurvePublicKey):
            ak.key.verify(signature.value, signed, ec.ECDSA(hashed))
        elif ak.scheme == Alg.RSAPSS:
            pss = padding.PSS(padding.MGF1(hashed), padding.PSS.AUTO)  # TPMs differ in the salt
            ak.key.verify(signature.value, signed, pss, hashed)
        else:
            ak.key.verify(signature.value, signed, padding.PKCS1v15(), hashed)
    except InvalidSignature:
        raise wrong from None


def check_key_statement(
    *, ak: PublicArea, key: PublicArea, attestation: bytes, signature: bytes, extra: bytes
) -> None:
    """TpmRefusal unless the attestation key says, over `extra`, that `key` is of its own TPM.

    Both keys have passed `roles`. `extra` is 32 bytes of `enrolment_binding` or
    `rotation_binding`.
    """
    statement = parse_statement(attestation)
    verify_signature(ak, parse_signature(signature), attestation)
    if not hmac.compare_digest(statement.extra, extra):
        raise TpmRefusal("statement_other", "The key statement answers another challenge.")
    if statement.name != key.name:
        raise TpmRefusal("statement_key", "The key statement speaks of another key.")
