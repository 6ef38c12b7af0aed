"""Fixed vectors, made by a real TPM or computed by hand, and ways to damage them."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from rooms.tpm.public import PublicArea, parse_public
from rooms.tpm.soft import ek_blob

# an attestation key as libtpms made it, and the name that libtpms gave it
AK = bytes.fromhex(
    "00580023000b00050072000000100018000b00030010002066dffac43a0ae027494958b7cd72d5f23143a45f96e3"
    "05c13b84fd28b5d993d6002038787fc5442a5a7ffb50e73c44a7fa4eaf70cab2e3da51552d4ac6258725b84d"
)
AK_NAME = bytes.fromhex("000b9b8c3d68c0b8daf97bf38a10afe2c4a249bec0f27e8525a4584c0c2774bf8f26")
NAME = b"\x00\x0b" + b"\x22" * 32
SECRET = b"\x66" * 32


def ec_ek(private: int = 5) -> PublicArea:
    """The P-256 endorsement key with that private number."""
    return parse_public(ek_blob(ec.derive_private_key(private, ec.SECP256R1())))


def with_bytes(blob: bytes, at: int, new: str) -> bytes:
    """The blob with the hexadecimal bytes written over it at that place."""
    put = bytes.fromhex(new)
    return blob[:at] + put + blob[at + len(put) :]
