"""The Merkle tree of RFC 6962, section 2.1, kept as its peaks: append, and read the root. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


def leaf_hash(content: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf's content."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Peaks:
    """A tree of `size` leaves as the roots of its perfect subtrees, largest first."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def append(self, leaves: Iterable[bytes]) -> Peaks:
        """The tree with these leaf hashes added in order."""
        size, roots = self.size, list(self.roots)
        for leaf in leaves:
            roots.append(leaf)
            # Each trailing 1-bit of the old size is a pair of equal subtrees to be joined.
            filled = size
            while filled & 1:
                right = roots.pop()
                roots.append(node_hash(roots.pop(), right))
                filled >>= 1
            size += 1
        return Peaks(size, tuple(roots))

    def root(self) -> bytes:
        """The root hash; of an empty tree, SHA-256 of nothing."""
        if not self.roots:
            return hashlib.sha256(b"").digest()
        root = self.roots[-1]
        for peak in reversed(self.roots[:-1]):
            root = node_hash(peak, root)
        return root
