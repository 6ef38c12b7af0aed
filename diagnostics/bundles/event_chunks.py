"""An event log file into its chunks, each checked for what it says of itself.

Each chunk of 64 KiB stands for itself, so a file is read as it passes by, and one that is damaged
costs only its own records.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

FILE_HEADER: Final = 4096
CHUNK: Final = 65_536
CHUNK_HEADER: Final = 512
FILE_MARK, CHUNK_MARK, RECORD_MARK = b"ElfFile\0", b"ElfChnk\0", b"**\0\0"
SMALLEST_RECORD: Final = 28
# Where the chains of names (64) and of templates (32) begin.
CHAINS: Final = 64 + 32
RECORD: Final = struct.Struct("<4sI")


class NoEventLog(ValueError):
    """The file does not begin as an event log does."""


@dataclass(frozen=True)
class Chunk:
    """One chunk: how many records it holds, and a file of it alone. No raw: it is damaged."""

    records: int
    raw: bytes


def chunks(pieces: Iterable[bytes]) -> Iterator[Chunk]:
    """The chunks in order, blank ones left out. NoEventLog when the file is something else."""
    blocks = _blocks(pieces)
    header = next(blocks, b"")
    if len(header) < FILE_HEADER or not header.startswith(FILE_MARK):
        raise NoEventLog
    if zlib.crc32(header[:120]) != struct.unpack_from("<I", header, 124)[0]:
        raise NoEventLog
    for block in blocks:
        if not block.startswith(CHUNK_MARK) and not any(block):
            continue  # room that Windows has set aside
        records = _count(block)
        # a file header that tells of one chunk, whatever the file's own said
        yield Chunk(records or 0, b"" if records is None else _ALONE + block)


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The header, then blocks of the size of a chunk; the last may be shorter."""
    held, wanted = bytearray(), FILE_HEADER
    for piece in pieces:
        held += piece
        place = 0
        while len(held) - place >= wanted:
            yield bytes(held[place : place + wanted])
            place, wanted = place + wanted, CHUNK
        del held[:place]
    if held:
        yield bytes(held)


def _count(block: bytes) -> int | None:
    """How many records the chunk holds, when its sums are right and its records fill it."""
    if len(block) != CHUNK or not block.startswith(CHUNK_MARK):
        return None
    header_size, _, free, records_sum = struct.unpack_from("<4I", block, 40)
    if header_size != 128 or not CHUNK_HEADER <= free <= CHUNK:
        return None
    if zlib.crc32(block[CHUNK_HEADER:free]) != records_sum:
        return None
    if zlib.crc32(block[:120] + block[128:CHUNK_HEADER]) != struct.unpack_from("<I", block, 124)[0]:
        return None
    if not _chains_end(block):
        return None
    count, place = 0, CHUNK_HEADER
    while place < free:
        if free - place < SMALLEST_RECORD:
            return None
        mark, size = RECORD.unpack_from(block, place)
        if mark != RECORD_MARK or not SMALLEST_RECORD <= size <= free - place:
            return None
        if block[place + size - 4 : place + size] != size.to_bytes(4, "little"):
            return None
        place += size
        count += 1
    return count


def _chains_end(block: bytes) -> bool:
    """Whether the chains of names and of templates end; one that bites its tail is read forever."""
    for first in struct.unpack_from(f"<{CHAINS}I", block, 128):
        place, seen = first, set[int]()
        while place:
            if place in seen or place > CHUNK - 4:
                return False
            seen.add(place)
            place = int.from_bytes(block[place : place + 4], "little")
    return True


def _alone() -> bytes:
    """The header of a file with one chunk."""
    head = bytearray(FILE_HEADER)
    struct.pack_into("<8s3QI4H", head, 0, FILE_MARK, 0, 0, 1, 128, 1, 3, FILE_HEADER, 1)
    struct.pack_into("<I", head, 124, zlib.crc32(head[:120]))
    return bytes(head)


_ALONE: Final = _alone()
