"""A sealed file comes back whole or not at all, in constant memory."""

from __future__ import annotations

import tracemalloc
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.vault.sealing import CannotOpen, Key, Place
from diagnostics.vault.streams import (
    HEADER_BYTES,
    PIECE_BYTES,
    key_id_of_stream,
    open_stream,
    seal_stream,
)

HERE = Place("eu", uuid.UUID(int=1), "diagnostics_collectionfile", "stored_as")
ROW = uuid.UUID(int=7)
SEALED_PIECE = PIECE_BYTES + 16


def sealed_whole(key: Key, text: bytes) -> bytes:
    return b"".join(seal_stream(key, HERE, ROW, [text]))


@pytest.mark.parametrize(
    "size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES]
)
def test_sizes_around_a_piece(size: int) -> None:
    key, text = Key.make(), bytes(range(256)) * (size // 256 + 1)
    sealed = sealed_whole(key, text[:size])
    assert b"".join(open_stream(key, HERE, ROW, [sealed])) == text[:size]
    assert key_id_of_stream(sealed[:HEADER_BYTES]) == key.id


@given(cuts=st.lists(st.integers(1, 200_000), max_size=6))
def test_parts_may_have_any_size(cuts: list[int]) -> None:
    key, text = Key.make(), b"0123456789abcdef" * 9000
    sealed = sealed_whole(key, text)
    assert b"".join(open_stream(key, HERE, ROW, parts(sealed, cuts))) == text
    again = b"".join(seal_stream(key, HERE, ROW, parts(text, cuts)))
    assert b"".join(open_stream(key, HERE, ROW, [again])) == text


def parts(whole: bytes, cuts: list[int]) -> Iterator[bytes]:
    begin = 0
    for cut in cuts:
        yield whole[begin : begin + cut]
        begin += cut
    yield whole[begin:]


def test_pieces_that_are_moved_left_out_repeated_or_cut_off_are_refused() -> None:
    key = Key.make()
    sealed = sealed_whole(key, bytes(4 * PIECE_BYTES))
    head, body = sealed[:HEADER_BYTES], sealed[HEADER_BYTES:]
    one, two, three, four = (
        body[at : at + SEALED_PIECE] for at in range(0, len(body), SEALED_PIECE)
    )
    for pieces in (
        (two, one, three, four),
        (one, three, four),
        (one, one, two, three, four),
        (one, two, three),
        (one, two, three, four, four),
        (one, two, three, four[:-1]),
        (one, two, three, four + b"\0"),
        (),
    ):
        with pytest.raises(CannotOpen):
            list(open_stream(key, HERE, ROW, [head + b"".join(pieces)]))


def test_another_place_row_or_key_is_refused() -> None:
    key = Key.make()
    sealed = sealed_whole(key, b"log")
    elsewhere = Place("us", HERE.tenant, HERE.table, HERE.column)
    for opener, place, row in (
        (key, elsewhere, ROW),
        (key, HERE, uuid.UUID(int=8)),
        (Key.make(), HERE, ROW),
        (Key.make(key.id), HERE, ROW),
    ):
        with pytest.raises(CannotOpen):
            list(open_stream(opener, place, row, [sealed]))


@pytest.mark.parametrize("end", [0, 1, HEADER_BYTES - 1])
def test_a_head_that_is_cut_off_is_refused(end: int) -> None:
    key = Key.make()
    with pytest.raises(CannotOpen):
        list(open_stream(key, HERE, ROW, [sealed_whole(key, b"log")[:end]]))
    with pytest.raises(CannotOpen):
        key_id_of_stream(bytes(end))


def test_a_large_file_costs_no_memory() -> None:
    key, size = Key.make(), 64 * 1024 * 1024
    block = bytes(1024 * 1024)
    there = seal_stream(key, HERE, ROW, (block for _ in range(size // len(block))))
    tracemalloc.start()
    try:
        total = sum(len(piece) for piece in open_stream(key, HERE, ROW, there))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == size
    assert peak < 8 * 1024 * 1024
