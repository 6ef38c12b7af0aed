"""Seal a value to the one place where it stands: region, tenant, table, column, row and key.

A sealed value moved elsewhere does not open. Layout: format (1 byte, 0x01), key id (16),
commitment (16), nonce (24), then the encrypted text and its tag (16): 73 bytes more than the text.
"""

from __future__ import annotations

import hmac
import os
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from diagnostics.vault.xaes import KEY_BYTES, NONCE_BYTES, TAG_BYTES, Xaes256Gcm

FORMAT: Final = 1
COMMITMENT_BYTES: Final = 16
_HEADER: Final = 1 + 16 + COMMITMENT_BYTES
OVERHEAD: Final = _HEADER + NONCE_BYTES + TAG_BYTES


class CannotOpen(Exception):
    """It does not open. Whatever the reason is, the words are the same: they help nobody guess."""

    def __init__(self) -> None:
        super().__init__("This cannot be opened.")


@dataclass(frozen=True)
class Place:
    """The column that a sealed value stands in."""

    region: str
    tenant: uuid.UUID
    table: str
    column: str

    def __post_init__(self) -> None:
        for word in (self.region, self.table, self.column):
            if not word or "|" in word:
                raise ValueError("A place has a region, a table and a column, without separators.")

    @cached_property
    def prefix(self) -> str:
        """What all rows of the column share."""
        return f"rooms-ops {FORMAT}|{self.region}|{self.tenant}|{self.table}|{self.column}"

    def additional(self, row: uuid.UUID | str, key_id: uuid.UUID | str) -> bytes:
        """What is authenticated beside the text."""
        if "|" in (name := str(row)) or not name:
            raise ValueError("A row has a name without separators.")
        return f"{self.prefix}|{name}|{key_id}".encode()


class Key:
    """A key in memory: seals and opens. It is never shown, copied to disk or sent anywhere."""

    __slots__ = ("_cipher", "_header", "_name", "_secret", "id")

    def __init__(self, id: uuid.UUID, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError("A key has 32 bytes.")
        self.id = id
        self._name = str(id)  # spelling it takes a tenth of the time of sealing
        self._secret = secret
        made = self.derive("seal", KEY_BYTES + COMMITMENT_BYTES)
        self._cipher = Xaes256Gcm(made[:KEY_BYTES])
        self._header = bytes([FORMAT]) + id.bytes + made[KEY_BYTES:]

    @classmethod
    def make(cls, id: uuid.UUID | None = None) -> Key:
        """A fresh key, under this id or a fresh one."""
        return cls(id or uuid.uuid4(), os.urandom(KEY_BYTES))

    def __repr__(self) -> str:
        return f"Key({self.id})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A key is not copied or sent.")

    def secret_to_wrap(self) -> bytes:
        """The 32 bytes themselves, for `wrapping` alone."""
        return self._secret

    def derive(self, purpose: str, size: int = KEY_BYTES) -> bytes:
        """Bytes for another purpose, from which neither this key nor another purpose follows."""
        info = f"rooms-ops {FORMAT}|{purpose}".encode()
        return HKDFExpand(hashes.SHA256(), size, info).derive(self._secret)

    def seal(self, text: bytes, place: Place, row: uuid.UUID | str) -> bytes:
        """The text, to be opened only at this place and row."""
        nonce = os.urandom(NONCE_BYTES)
        encrypted = self._cipher.encrypt(nonce, text, place.additional(row, self._name))
        return self._header + nonce + encrypted

    def open(self, sealed: bytes, place: Place, row: uuid.UUID | str) -> bytes:
        """The text again. Raises CannotOpen for anything but what was sealed here, by this key."""
        if not hmac.compare_digest(sealed[:_HEADER], self._header):
            raise CannotOpen
        nonce, encrypted = sealed[_HEADER : _HEADER + NONCE_BYTES], sealed[_HEADER + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, encrypted, place.additional(row, self.id))
        except (InvalidTag, ValueError):
            raise CannotOpen from None


def key_id_of(sealed: bytes) -> uuid.UUID:
    """Which key sealed it, as it says itself. CannotOpen for what is no sealed value."""
    if len(sealed) < OVERHEAD or sealed[0] != FORMAT:
        raise CannotOpen
    return uuid.UUID(bytes=bytes(sealed[1:17]))
