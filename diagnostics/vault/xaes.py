"""XAES-256-GCM as C2SP specifies it: AES-256-GCM under a key derived for each 192-bit nonce.

Nonces may be random for 2^80 messages of one key, so that any number of workers seal lines under
the key of a month without counting together. Nothing here but the specification.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 24
TAG_BYTES: Final = 16
_HALF: Final = 12


class Xaes256Gcm:
    """One key. `InvalidTag` is what a wrong key, nonce, text or additional data raises."""

    __slots__ = ("_block", "_mask")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("An XAES-256-GCM key has 32 bytes.")
        # Single blocks of a CMAC, as the specification spells it; no text is encrypted this way.
        mode = modes.ECB()  # noqa: S305
        self._block = Cipher(algorithms.AES256(key), mode).encryptor()
        first = int.from_bytes(self._block.update(bytes(16)))
        doubled = (first << 1) & ((1 << 128) - 1)
        if first >> 127:
            doubled ^= 0b10000111
        self._mask = (doubled << 128) | doubled

    def _derived(self, nonce: bytes) -> AESGCM:
        if len(nonce) != NONCE_BYTES:
            raise ValueError("An XAES-256-GCM nonce has 24 bytes.")
        half = nonce[:_HALF]
        messages = b"\x00\x01X\x00" + half + b"\x00\x02X\x00" + half
        masked = (int.from_bytes(messages) ^ self._mask).to_bytes(KEY_BYTES)
        return AESGCM(self._block.update(masked))

    def encrypt(self, nonce: bytes, text: bytes, additional: bytes) -> bytes:
        """The text encrypted, and 16 bytes of tag. Never twice with one nonce."""
        return self._derived(nonce).encrypt(nonce[_HALF:], text, additional)

    def decrypt(self, nonce: bytes, encrypted: bytes, additional: bytes) -> bytes:
        """The text; InvalidTag unless everything is as it was when it was encrypted."""
        if len(encrypted) < TAG_BYTES:
            raise InvalidTag
        return self._derived(nonce).decrypt(nonce[_HALF:], encrypted, additional)
