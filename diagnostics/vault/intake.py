"""Seal an uploaded chunk to the region's intake key: the device surface can write and never read.

HPKE (RFC 9180, base mode: X25519, HKDF-SHA-256, AES-256-GCM). Only workers hold the private half.
Layout: format (1 byte, 0x03), key id (8), then what HPKE gives: 57 bytes more than the chunk.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from django.conf import settings

from diagnostics.vault.sealing import CannotOpen

FORMAT: Final = 3
OVERHEAD: Final = 1 + 8 + 32 + 16
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class NoIntakeKey(LookupError):
    """This process has no half of the intake key that it needs. The text says which setting."""


def seal_chunk(region: str, upload_id: uuid.UUID | str, number: int, chunk: bytes) -> bytes:
    """The chunk, to be opened only as that chunk of that upload. Raises NoIntakeKey."""
    text = settings.VAULT_INTAKE_PUBLIC.get(region, "")
    if not text:
        raise NoIntakeKey(f"Set VAULT_INTAKE_PUBLIC_{region.upper()}: manage.py make_vault_keys")
    try:
        raw = bytes.fromhex(text)
        public = X25519PublicKey.from_public_bytes(raw)
    except ValueError:
        raise NoIntakeKey(f"VAULT_INTAKE_PUBLIC_{region.upper()} is not 32 bytes in hex.") from None
    sealed = _SUITE.encrypt(chunk, public, _info(region, upload_id, number))
    return bytes([FORMAT]) + _key_id(raw) + sealed


def open_chunk(region: str, upload_id: uuid.UUID | str, number: int, sealed: bytes) -> bytes:
    """The chunk again. CannotOpen for another upload's or number's, or one that was changed."""
    private = _private_halves(region).get(bytes(sealed[1:9]))
    if len(sealed) < OVERHEAD or sealed[0] != FORMAT or private is None:
        raise CannotOpen
    try:
        return _SUITE.decrypt(bytes(sealed[9:]), private, _info(region, upload_id, number))
    except (InvalidTag, ValueError):
        raise CannotOpen from None


def make_pair() -> tuple[str, str]:
    """A new intake key in hex: the private half, and the public one."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw().hex(), private.public_key().public_bytes_raw().hex()


def _private_halves(region: str) -> dict[bytes, X25519PrivateKey]:
    """The private halves by key id. Several, so that old uploads open after a change."""
    text = settings.VAULT_INTAKE_PRIVATE.get(region, "")
    if not text:
        raise NoIntakeKey(f"Set VAULT_INTAKE_PRIVATE_{region.upper()}, for workers only.")
    try:
        halves = [
            X25519PrivateKey.from_private_bytes(bytes.fromhex(word))
            for word in text.replace(",", " ").split()
        ]
    except ValueError:
        raise NoIntakeKey(f"VAULT_INTAKE_PRIVATE_{region.upper()}: 32 bytes in hex.") from None
    return {_key_id(half.public_key().public_bytes_raw()): half for half in halves}


def _key_id(public: bytes) -> bytes:
    return hashlib.sha256(public).digest()[:8]


def _info(region: str, upload_id: uuid.UUID | str, number: int) -> bytes:
    if number < 0 or "|" in str(upload_id):
        raise ValueError("A chunk has a number from 0, and an upload without separators.")
    return f"rooms-ops intake {FORMAT}|{region}|{upload_id}|{number}".encode()
