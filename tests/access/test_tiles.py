"""Tiles, against the figures of C2SP tlog-tiles and the definition of the tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.audit import tiles
from access.audit.merkle import Peaks, leaf_hash, root_of
from access.audit.tiles import BadTile, Place


def test_number_in_a_path_is_the_published_example():
    assert tiles.path(0, 1234067) == "tile/0/x001/x234/067"
    assert tiles.path(None, 0, 17) == "tile/entries/000.p/17"
    assert tiles.parse_path("tile/0/x001/x234/067") == (0, 1234067, 256)


@pytest.mark.parametrize(
    ("size", "counted"),
    [
        # the two examples of the section "Partial Tiles"
        (70_000, {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}),
        (256, {(0, 256): 1, (1, 1): 1}),
        (0, {}),
    ],
)
def test_tiles_of_a_size_are_the_published_examples(size, counted):
    found: dict[tuple[int, int], int] = {}
    for place, width in tiles.widths(size):
        found[place.level, width] = found.get((place.level, width), 0) + 1
        assert tiles.width_of(place, size) == width
    assert found == counted


@pytest.mark.parametrize(
    "text",
    [
        "tile/0/1",
        "tile/00/001",
        "tile/64/001",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/07",
        "tile/0/001\n",
        "tile/0/../001",
        "/tile/0/001",
        "tile/entries/x01/001",
        "tile/-1/001",
    ],
)
def test_other_spelling_of_a_path_is_refused(text):
    with pytest.raises(BadTile):
        tiles.parse_path(text)


@given(st.sampled_from([None, 0, 1, 63]), st.integers(0, 10**12), st.integers(1, 256))
def test_path_is_read_as_it_was_written(level, number, width):
    assert tiles.parse_path(tiles.path(level, number, width)) == (level, number, width)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundle_is_read_as_it_was_written(entries):
    assert tiles.unbundle(tiles.bundle(entries)) == entries


def test_bundle_that_ends_inside_an_entry_is_refused():
    whole = tiles.bundle([b"abc", b"de"])
    assert whole == b"\x00\x03abc\x00\x02de"
    for cut in (1, 4, 6, 8):
        with pytest.raises(BadTile):
            tiles.unbundle(whole[:cut])
    with pytest.raises(BadTile):
        tiles.bundle([b"x" * 65_536])


@given(st.lists(st.integers(0, 700), min_size=1, max_size=5))
def test_batches_grow_the_tiles_of_the_definition(batches):
    stored: dict[Place, bytes] = {}
    size, leaves = 0, []
    for count in batches:
        added = [leaf_hash(n.to_bytes(4, "big")) for n in range(size, size + count)]
        partial = {place: stored[place] for place in tiles.edge(size)}
        stored |= tiles.grown(size, partial, added)
        size, leaves = size + count, leaves + added
    assert {p: len(t) // 32 for p, t in stored.items()} == dict(tiles.widths(size))
    assert root_of(size, tiles.reader(stored)) == Peaks().append(leaves).root()


def test_missing_tile_is_found_out():
    stored = tiles.grown(0, {}, [leaf_hash(bytes([n])) for n in range(10)])
    with pytest.raises(BadTile):
        root_of(11, tiles.reader(stored))
    with pytest.raises(KeyError):
        tiles.grown(10, {}, [leaf_hash(b"")])
