"""Write an event log file (.evtx): header, chunks with their sums, records. Streams; keeps a chunk.

The layout is that of Windows 10: version 3.1, chunks of 64 KiB, CRC-32 of header and records.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rooms.simulator.bundle.binxml import (
    END_OF_STREAM,
    FRAGMENT,
    NULL,
    SID,
    SYSTEM_TYPES,
    TEXT,
    Names,
    Shape,
    filetime,
    sid_bytes,
    write_template,
)

HEADER_BYTES: Final = 4096
CHUNK_BYTES: Final = 65_536
CHUNK_HEADER: Final = 512
# A value in a record is counted in 16 bits; what is longer is cut, as Windows does.
LONGEST_TEXT: Final = 20_000
CLASSIC: Final = 0x0080000000000000
LOCAL_SYSTEM: Final = "S-1-5-18"


@dataclass(frozen=True)
class Event:
    """One event. `values` stand for the fields of its shape, in order."""

    shape: Shape
    at: datetime
    event_id: int
    level: int
    values: tuple[str, ...]
    task: int = 0
    process: int = 4
    thread: int = 8
    user: str = LOCAL_SYSTEM


@dataclass
class Chunk:
    """64 KiB of records, which stand for themselves: names and templates are inside."""

    first_record: int
    out: bytearray = field(default_factory=lambda: bytearray(CHUNK_HEADER))
    names: Names = field(default_factory=Names)
    templates: dict[Shape, int] = field(default_factory=dict)
    chains: list[int] = field(default_factory=lambda: [0] * 32)
    records: int = 0
    last_at: int = 0

    def add(self, event: Event) -> bool:
        """Write one more record; False when it does not fit any more."""
        number = self.first_record + self.records
        values = _values(event, number)
        size = 64 + sum(len(raw) + 4 for _, raw in values)
        if event.shape not in self.templates:
            size += event.shape.most_bytes
        if len(self.out) + size > CHUNK_BYTES:
            return False
        start = len(self.out)
        self.out += struct.pack("<4sIQQ", b"**\0\0", 0, number, filetime(event.at))
        self.out += FRAGMENT
        self._template(event.shape)
        self.out += struct.pack("<I", len(values))
        self.out += b"".join(struct.pack("<HBB", len(raw), kind, 0) for kind, raw in values)
        self.out += b"".join(raw for _, raw in values)
        self.out += END_OF_STREAM
        self.out += b"\0" * (-(len(self.out) + 4 - start) % 8)
        length = len(self.out) + 4 - start
        self.out += struct.pack("<I", length)
        struct.pack_into("<I", self.out, start + 4, length)
        self.records += 1
        self.last_at = start
        return True

    def _template(self, shape: Shape) -> None:
        """The instance of a template; its definition comes with the first one."""
        mark = shape.guid.bytes_le[:4]
        known = self.templates.get(shape)
        place = known or len(self.out) + 10
        self.out += b"\x0c\x01" + mark + struct.pack("<I", place)
        if known is None:
            chain = int.from_bytes(mark, "little") % 32
            write_template(self.out, self.names, shape, self.chains[chain])
            self.templates[shape] = self.chains[chain] = place

    def finished(self) -> bytes:
        """The whole chunk with its header and sums."""
        free = len(self.out)
        last = self.first_record + self.records - 1
        out = self.out + bytes(CHUNK_BYTES - free)
        numbers = (self.first_record, last, self.first_record, last, 128, self.last_at, free)
        struct.pack_into("<8s4Q3I", out, 0, b"ElfChnk\0", *numbers)
        struct.pack_into("<I", out, 52, zlib.crc32(out[CHUNK_HEADER:free]))
        struct.pack_into("<64I", out, 128, *self.names.chains)
        struct.pack_into("<32I", out, 384, *self.chains)
        struct.pack_into("<I", out, 124, zlib.crc32(out[:120] + out[128:CHUNK_HEADER]))
        return bytes(out)


def _values(event: Event, number: int) -> list[tuple[int, bytes]]:
    """What an event says, in the order of its template: type and bytes."""
    packed = struct.pack(
        "<BHBHQQIIQB",
        *(event.level, event.task, 0, event.event_id, CLASSIC, filetime(event.at)),
        *(event.process, event.thread, number, 0),
    )
    values, place = [], 0
    for kind in SYSTEM_TYPES[:-1]:
        width = WIDTHS[kind]
        values.append((kind, packed[place : place + width]))
        place += width
    values.append((SID, sid_bytes(event.user)) if event.user else (NULL, b""))
    for text in event.values:
        values.append((TEXT, text[:LONGEST_TEXT].encode("utf-16-le", "surrogatepass")))
    return values


WIDTHS: Final = {4: 1, 6: 2, 8: 4, 10: 8, 0x11: 8, 0x15: 8}


def file_header(chunks: int, next_record: int) -> bytes:
    """The first 4096 bytes."""
    head = bytearray(HEADER_BYTES)
    struct.pack_into("<8s3Q", head, 0, b"ElfFile\0", 0, max(0, chunks - 1), next_record)
    struct.pack_into("<I4H", head, 32, 128, 1, 3, HEADER_BYTES, chunks)
    struct.pack_into("<I", head, 124, zlib.crc32(head[:120]))
    return bytes(head)


@dataclass
class Written:
    """How many chunks and records have been written."""

    chunks: int = 0
    records: int = 0


def chunks_of(events: Iterable[Event], written: Written) -> Iterator[bytes]:
    """The chunks of a file, one after the other; an event too large for any chunk is left out."""
    chunk = Chunk(first_record=1)
    for event in events:
        if not chunk.add(event):
            if chunk.records:
                yield chunk.finished()
                written.chunks += 1
            chunk = Chunk(first_record=written.records + 1)
            if not chunk.add(event):
                continue
        written.records += 1
    if chunk.records or not written.chunks:
        yield chunk.finished()
        written.chunks += 1
