"""Who keeps the region's key: it wraps and unwraps, and never gives the key away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from access.verdict import Unavailable


class ProviderFault(Unavailable):
    """The provider could not be asked, or refused to answer. Nothing is known of the ciphertext."""


class NoRegionKey(Unavailable, LookupError):
    """The region has no key. The text says how to make one."""


@dataclass(frozen=True)
class Wrapped:
    """A wrapped key, and the provider's name for the version of the key that wrapped it."""

    blob: bytes
    by: str


class KeyProvider(Protocol):
    """Keeps one key a region, in versions. `context` must be the same at both ends."""

    def wrap(self, region: str, key: bytes, context: bytes) -> Wrapped:
        """Wrap a 32-byte key under the newest version. Raises ProviderFault or NoRegionKey."""

    def unwrap(self, region: str, by: str, blob: bytes, context: bytes) -> bytes:
        """The key again. CannotOpen for what this provider did not wrap; ProviderFault."""

    def rotate(self, region: str) -> str:
        """Make a new version, which wraps from now on; its name. Older ones still unwrap."""
