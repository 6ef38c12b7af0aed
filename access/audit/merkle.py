"""The Merkle tree of RFC 9162, section 2.1 (the same as RFC 6962's): root, proofs, checks. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

# The hash of a perfect subtree: its height, and its place among those of the same height.
Node = Callable[[int, int], bytes]


class BrokenProof(ValueError):
    """A proof does not prove what it should; the message says why."""


def leaf_hash(content: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf's content (section 2.1.1)."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children (section 2.1.1)."""
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
        return folded(self.roots)


def folded(peaks: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees, largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def perfect(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of equal subtrees."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


# -- What a proof consists of ---------------------------------------------------------------------


def split(number: int) -> int:
    """The largest power of two smaller than `number` (2 or more): where a tree divides."""
    return 1 << ((number - 1).bit_length() - 1)


def pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees of a range that a tree divides into, left to right: height, place."""
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose hashes prove a leaf (section 2.1.3.1), nearest first."""
    if not 0 <= index < size:
        raise BrokenProof(f"Position {index} is not in a tree of {size}.")
    found, start, end = [], 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """The ranges of leaves that prove a tree to be the start of another (section 2.1.4.1)."""
    if not 0 < old <= new:
        raise BrokenProof(f"A tree of {new} does not begin with one of {old}.")
    found, start, end = [], 0, new
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    if start:  # a subtree that the reader of the old tree does not know as a whole
        found.append((start, end))
    return found[::-1]


def proof(ranges: Iterable[tuple[int, int]], node: Node) -> list[bytes]:
    """The hashes of a proof, each put together from perfect subtrees."""
    return [folded([node(*piece) for piece in pieces(*span)]) for span in ranges]


def root_of(size: int, node: Node) -> bytes:
    """The root of the tree's first `size` leaves."""
    return folded([node(*piece) for piece in pieces(0, size)])


# -- Checking -------------------------------------------------------------------------------------


def _all_sized(*hashes: bytes) -> None:
    if any(len(one) != HASH_SIZE for one in hashes):
        raise BrokenProof("A hash does not have 32 bytes.")


def check_inclusion(
    index: int, size: int, leaf: bytes, hashes: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf hash stands at `index` of the tree (section 2.1.3.2), or BrokenProof."""
    if not 0 <= index < size:
        raise BrokenProof(f"Position {index} is not in a tree of {size}.")
    _all_sized(leaf, root, *hashes)
    at, last, found = index, size - 1, leaf
    for sibling in hashes:
        if last == 0:
            raise BrokenProof("The proof is too long.")
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise BrokenProof("The proof is too short.")
    if found != root:
        raise BrokenProof("The proof leads to another root.")


def check_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, hashes: Sequence[bytes]
) -> None:
    """Check that the tree of `old` leaves begins the one of `new` (section 2.1.4.2).

    Raises BrokenProof, also for an empty old tree: every tree begins with nothing, so that
    there is nothing to prove and no proof to give.
    """
    if not 0 < old <= new:
        raise BrokenProof(f"A tree of {new} does not begin with one of {old}.")
    _all_sized(old_root, new_root, *hashes)
    if old == new:
        if hashes or old_root != new_root:
            raise BrokenProof("Two trees of one size have different roots.")
        return
    # A perfect old tree is itself the first step of the proof.
    path = [old_root, *hashes] if old & (old - 1) == 0 else list(hashes)
    if not path:
        raise BrokenProof("The proof is empty.")
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise BrokenProof("The proof is too long.")
        if at & 1 or at == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise BrokenProof("The proof is too short.")
    if (first, second) != (old_root, new_root):
        raise BrokenProof("The proof leads to other roots.")
