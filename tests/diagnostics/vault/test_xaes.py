"""XAES-256-GCM against the vectors of its specification."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.exceptions import InvalidTag

from diagnostics.vault.xaes import Xaes256Gcm

NONCE = b"ABCDEFGHIJKLMNOPQRSTUVWX"


@pytest.mark.parametrize(
    ("byte", "additional", "expected"),
    [
        (1, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        (3, b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
    ],
    ids=["first bit clear", "first bit set"],
)
def test_published_vectors(byte: int, additional: bytes, expected: str) -> None:
    cipher = Xaes256Gcm(bytes([byte]) * 32)
    assert cipher.encrypt(NONCE, b"XAES-256-GCM", additional).hex() == expected
    assert cipher.decrypt(NONCE, bytes.fromhex(expected), additional) == b"XAES-256-GCM"


def test_accumulated_vectors() -> None:
    """The specification's 10,000 rounds from one SHAKE-128, hashed by another."""
    stream = hashlib.shake_128(b"").digest(10_000 * (32 + 24 + 2 * 256))
    at, total = 0, hashlib.shake_128()

    def take(size: int) -> bytes:
        nonlocal at
        at += size
        return stream[at - size : at]

    for _ in range(10_000):
        key, nonce = take(32), take(24)
        text = take(take(1)[0])
        additional = take(take(1)[0])
        total.update(Xaes256Gcm(key).encrypt(nonce, text, additional))
    assert total.hexdigest(32) == "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"


@pytest.mark.parametrize("size", [0, 15, 16, 27])
def test_short_or_foreign_text_is_refused(size: int) -> None:
    with pytest.raises(InvalidTag):
        Xaes256Gcm(bytes(32)).decrypt(NONCE, bytes(size), b"")


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Xaes256Gcm(bytes(16))
    with pytest.raises(ValueError, match="24 bytes"):
        Xaes256Gcm(bytes(32)).encrypt(bytes(12), b"", b"")
