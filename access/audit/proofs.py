"""Proofs for any event and between any two sizes, from the stored tiles (RFC 9162, section 2.1).

A proof in a log of ten million events reads about ten tiles of 8 KB, in one query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from access.audit.merkle import (
    Node,
    consistency_ranges,
    inclusion_ranges,
    pieces,
    proof,
    root_of,
)
from access.audit.store import Log, read_tiles
from access.audit.tiles import place_of, reader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.utils import CursorWrapper


def inclusion(cursor: CursorWrapper, log: Log, index: int, size: int) -> list[bytes]:
    """The proof that a leaf stands at `index` of the tree of that size."""
    ranges = inclusion_ranges(index, size)
    return proof(ranges, _nodes(cursor, log, ranges))


def inclusions(
    cursor: CursorWrapper, log: Log, indexes: Iterable[int], size: int
) -> dict[int, list[bytes]]:
    """The proofs of several leaves, from tiles that are read once."""
    ranges = {index: inclusion_ranges(index, size) for index in indexes}
    node = _nodes(cursor, log, [span for spans in ranges.values() for span in spans])
    return {index: proof(spans, node) for index, spans in ranges.items()}


def consistency(cursor: CursorWrapper, log: Log, old: int, new: int) -> list[bytes]:
    """The proof that the tree of size `old` is the beginning of the one of size `new`."""
    ranges = consistency_ranges(old, new)
    return proof(ranges, _nodes(cursor, log, ranges))


def root_at(cursor: CursorWrapper, log: Log, size: int) -> bytes:
    """The root that the tree had at that size."""
    return root_of(size, _nodes(cursor, log, [(0, size)]))


def _nodes(cursor: CursorWrapper, log: Log, ranges: Iterable[tuple[int, int]]) -> Node:
    """Read the tiles that hold what the ranges consist of."""
    places = {place_of(*piece)[0] for span in ranges for piece in pieces(*span)}
    return reader(read_tiles(cursor, log, sorted(places)))
