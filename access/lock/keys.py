"""The keys that sign a region's context: read from the environment, never from the database."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SigningKey:
    """One key: its public id, and 32 or more secret bytes."""

    kid: str
    secret: bytes = field(repr=False)

    def sign(self, text: str) -> str:
        """HMAC-SHA-256 of the text, in hex."""
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class SigningKeys:
    """The live keys of a region; the first one signs, all of them verify."""

    keys: tuple[SigningKey, ...] = ()

    @classmethod
    def parse(cls, text: str) -> SigningKeys:
        """Read "kid:hex[,kid:hex]". An empty text is no key: nothing can be opened.

        Raises ValueError for a short secret or one that is not hex, so that a typing
        error stops the process at its start and not at the first reader.
        """
        keys = []
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            kid, _, secret = part.partition(":")
            key = SigningKey(kid=kid, secret=bytes.fromhex(secret))
            if not kid.isalnum() or len(key.secret) < 32:
                raise ValueError("A lock key is kid:hex, with an alphanumeric kid and 32 bytes.")
            keys.append(key)
        return cls(tuple(keys))

    def signing(self) -> SigningKey:
        """The key that signs now; LookupError when the region has none."""
        if not self.keys:
            raise LookupError("No lock key for this region. Set LOCK_KEY_<REGION>.")
        return self.keys[0]
