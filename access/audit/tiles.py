"""The tree as tiles of 256 hashes, and its entries as bundles (C2SP tlog-tiles). Pure.

A tile of level L holds hashes of perfect subtrees of 256^L leaves. Full tiles never change; the
rightmost one of a level is partial and grows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from access.audit.merkle import HASH_SIZE, Node, perfect

WIDTH: Final = 256
HEIGHT: Final = 8
ENTRY_MOST: Final = 65_535

_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<number>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class BadTile(ValueError):
    """Bytes or a path that are no tile or no entry bundle."""


class Place(NamedTuple):
    """Which tile: its level and its number in the level."""

    level: int
    number: int


def widths(size: int) -> Iterator[tuple[Place, int]]:
    """Every tile of a tree of that size with how many hashes it has, level by level."""
    level, count = 0, size
    while count:
        for number in range(-(-count // WIDTH)):
            yield Place(level, number), min(WIDTH, count - number * WIDTH)
        level, count = level + 1, count // WIDTH


def width_of(place: Place, size: int) -> int:
    """How many hashes that tile has in a tree of that size; 0 when there is no such tile."""
    return max(0, min(WIDTH, (size >> HEIGHT * place.level) - place.number * WIDTH))


def path(level: int | None, number: int, width: int = WIDTH) -> str:
    """The path of a hash tile, or of an entry bundle when the level is None."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    name = "entries" if level is None else str(level)
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{name}/{'/'.join(groups)}{partial}"


def parse_path(text: str) -> tuple[int | None, int, int]:
    """Level (None for entries), number and width of a path, or BadTile for any other spelling."""
    found = _PATH.fullmatch(text)
    if found is None:
        raise BadTile(f"{text!r} is no path of a tile.")
    level = None if found["level"] == "entries" else int(found["level"])
    number = int(found["number"].replace("x", "").replace("/", ""))
    width = int(found["width"] or WIDTH)
    if path(level, number, width) != text or (level or 0) > 63:
        raise BadTile(f"{text!r} is no path of a tile.")
    return level, number, width


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries, each after its length in two bytes, big-endian."""
    parts = []
    for entry in entries:
        if len(entry) > ENTRY_MOST:
            raise BadTile(f"An entry of {len(entry)} bytes is too long.")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle, or BadTile when it does not end with an entry."""
    found, at = [], 0
    while at < len(data):
        begin = at + 2
        at = begin + int.from_bytes(data[at:begin], "big")
        if begin > len(data) or at > len(data):
            raise BadTile("The bundle ends inside an entry.")
        found.append(data[begin:at])
    return found


def hashes_of(tile: bytes) -> list[bytes]:
    """The hashes of a tile, or BadTile."""
    if not tile or len(tile) % HASH_SIZE or len(tile) > WIDTH * HASH_SIZE:
        raise BadTile(f"A tile does not have {len(tile)} bytes.")
    return [tile[at : at + HASH_SIZE] for at in range(0, len(tile), HASH_SIZE)]


def edge(size: int) -> list[Place]:
    """The partial tiles of a tree: those that the next leaves will change."""
    return [place for place, width in _last(size) if width < WIDTH]


def _last(size: int) -> Iterator[tuple[Place, int]]:
    level = 0
    while count := size >> HEIGHT * level:
        number = (count - 1) // WIDTH
        yield Place(level, number), count - number * WIDTH
        level += 1


def grown(size: int, partial: Mapping[Place, bytes], leaves: Iterable[bytes]) -> dict[Place, bytes]:
    """The tiles that change when leaf hashes are added to a tree of that size.

    `partial` holds the tiles of `edge(size)`; KeyError when one is missing.
    """
    changed: dict[Place, bytes] = {}
    added, level, before = list(leaves), 0, size
    while added:
        place = Place(level, before // WIDTH)
        row = partial[place] if before % WIDTH else b""
        row += b"".join(added)
        added = []
        for at in range(0, len(row), WIDTH * HASH_SIZE):
            tile = row[at : at + WIDTH * HASH_SIZE]
            changed[place] = tile
            if len(tile) == WIDTH * HASH_SIZE:
                added.append(perfect(hashes_of(tile)))
            place = Place(level, place.number + 1)
        level, before = level + 1, before // WIDTH
    return changed


def place_of(height: int, at: int) -> tuple[Place, int, int]:
    """Where a perfect subtree's hash comes from: the tile, and its first and last-but-one hash."""
    level, rest = divmod(height, HEIGHT)
    start = at << rest
    place = Place(level, start // WIDTH)
    begin = start - place.number * WIDTH
    return place, begin, begin + (1 << rest)


def reader(tiles: Mapping[Place, bytes]) -> Node:
    """Hashes of perfect subtrees from tiles; BadTile when a tile lacks them."""

    def node(height: int, at: int) -> bytes:
        place, begin, end = place_of(height, at)
        row = tiles.get(place, b"")[begin * HASH_SIZE : end * HASH_SIZE]
        if len(row) != (end - begin) * HASH_SIZE:
            raise BadTile(f"The tile {path(*place)} is missing or too short.")
        return perfect(hashes_of(row))

    return node
