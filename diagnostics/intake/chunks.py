"""The chunks of an upload in the storage: stored sealed, and read again as one seekable file.

Whoever stores a chunk cannot open it; whoever reads has the region's private intake key.
"""

from __future__ import annotations

import hashlib
import io
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from diagnostics import storage
from diagnostics.vault.intake import open_chunk, seal_chunk

# Chunks kept open while a file is read: its end, its beginning, and where the reader is.
KEPT: Final = 4


@dataclass(frozen=True)
class Chunk:
    """One stored chunk: its number from 0, where it begins, its length, and its name."""

    number: int
    offset: int
    bytes: int
    stored_as: str


def store_chunk(region: str, upload: str, number: int, content: bytes) -> str:
    """Seal a chunk and store it under a fresh name, which is returned. StorageFault."""
    return storage.put(region, "chunks", [seal_chunk(region, upload, number, content)]).name


def remove_chunk(region: str, stored_as: str) -> None:
    """Remove a stored chunk; nothing when it is gone already. StorageFault."""
    storage.remove(region, stored_as)


class UploadReader(io.RawIOBase):
    """An upload as one seekable file; a few chunks of it in memory, never more."""

    def __init__(self, region: str, upload: str, chunks: Sequence[Chunk]) -> None:
        super().__init__()
        self._region, self._upload = region, upload
        self._chunks = sorted(chunks, key=lambda one: one.offset)
        self._starts = [one.offset for one in self._chunks]
        self.size = sum(one.bytes for one in self._chunks)
        self._at = 0
        self._open: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte. ValueError before the beginning."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("There is nothing before the beginning.")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # as RawIOBase takes it
        """Fill the buffer from here, up to the end of this chunk."""
        if self._at >= self.size:
            return 0
        place = bisect_right(self._starts, self._at) - 1
        content = self._content(place)
        begin = self._at - self._starts[place]
        part = content[begin : begin + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def sha256(self) -> str:
        """The digest of the whole, read from its beginning."""
        digest = hashlib.sha256()
        for place in range(len(self._chunks)):
            digest.update(self._content(place))
        return digest.hexdigest()

    def _content(self, place: int) -> bytes:
        """A chunk's bytes. CannotOpen, NotStored or StorageFault when they cannot be had."""
        if place not in self._open:
            chunk = self._chunks[place]
            sealed = b"".join(storage.read(self._region, chunk.stored_as))
            self._open[place] = open_chunk(self._region, self._upload, chunk.number, sealed)
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
        self._open.move_to_end(place)
        return self._open[place]
