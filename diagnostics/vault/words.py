"""Words that can be searched for without being readable: a keyed hash of each."""

from __future__ import annotations

import hmac
import unicodedata
from typing import Final

from diagnostics.vault.sealing import Key

HASH_BYTES: Final = 8


def normal(word: str) -> str:
    """The spelling that is hashed: "CAFÉ" and "cafe\u0301" are one word (NFKC, case folded)."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    return unicodedata.normalize("NFKC", folded)


class WordHasher:
    """Hashes words under a tenant's search key; equal words give equal hashes, nothing else."""

    __slots__ = ("_secret",)

    def __init__(self, key: Key) -> None:
        self._secret = key.derive("words")

    def __call__(self, word: str) -> bytes:
        """8 bytes of HMAC-SHA-256: of a million words of a tenant, two share one in 37 million."""
        return hmac.digest(self._secret, normal(word).encode(), "sha256")[:HASH_BYTES]


def word_hash(key: Key, word: str) -> bytes:
    """The hash of a single word; for many, keep a WordHasher."""
    return WordHasher(key)(word)
