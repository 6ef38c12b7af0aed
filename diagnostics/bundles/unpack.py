"""Unpack one file of the zip piece by piece, counting what really comes out."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from diagnostics.bundles.limits import PIECE_BYTES, Limits
from diagnostics.bundles.refusal import RefusedBundle
from diagnostics.bundles.zip_directory import STORED, Member


def unpacked(file: BinaryIO, member: Member, limits: Limits) -> Iterator[bytes]:
    """The file's bytes in pieces of at most PIECE_BYTES.

    RefusedBundle: bomb, size (it is not as long as the zip says) and checksum. All pieces before
    the last have been handed out by then, so nothing may be kept before the end was reached.
    """
    count, crc = 0, 0
    pieces = _stored(file, member) if member.method == STORED else _inflated(file, member)
    for piece in pieces:
        count += len(piece)
        if count > member.bytes:
            raise RefusedBundle("size")
        if count > limits.ratio_from and count > limits.ratio * member.packed:
            raise RefusedBundle("bomb")
        crc = zlib.crc32(piece, crc)
        yield piece
    if count != member.bytes:
        raise RefusedBundle("size")
    if crc != member.crc:
        raise RefusedBundle("checksum")


def _stored(file: BinaryIO, member: Member) -> Iterator[bytes]:
    place, end = member.starts, member.starts + member.packed
    while place < end:
        file.seek(place)
        piece = file.read(min(PIECE_BYTES, end - place))
        if not piece:
            raise RefusedBundle("size")
        place += len(piece)
        yield piece


def _inflated(file: BinaryIO, member: Member) -> Iterator[bytes]:
    """Inflate; the packed bytes must be one whole stream, to the last of them."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for packed in _stored(file, member):
        if inflate.eof:
            raise RefusedBundle("size")
        left = packed
        while left:
            try:
                piece = inflate.decompress(left, PIECE_BYTES)
            except zlib.error as wrong:
                raise RefusedBundle("checksum") from wrong
            left = inflate.unconsumed_tail
            if piece:
                yield piece
            if inflate.eof:
                break
        if inflate.unused_data or (inflate.eof and left):
            raise RefusedBundle("size")
    while not inflate.eof:
        # what is still inside; no progress means that the stream was cut off
        try:
            piece = inflate.decompress(b"", PIECE_BYTES)
        except zlib.error as wrong:
            raise RefusedBundle("checksum") from wrong
        if not piece:
            raise RefusedBundle("size")
        yield piece
