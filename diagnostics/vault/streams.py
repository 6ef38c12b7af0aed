"""Seal a file piece by piece, so that its size costs no memory.

Layout: format (1 byte, 0x02), key id (16), commitment (16), salt (32), then pieces of 64 KiB, each
with its tag. The nonce of a piece is its number and whether it is the last, under a key of this
file alone: no piece can be left out, moved, repeated or added, and no end cut off unseen.
"""

from __future__ import annotations

import hmac
import os
import uuid
from collections.abc import Iterable, Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from diagnostics.vault.sealing import COMMITMENT_BYTES, CannotOpen, Key, Place
from diagnostics.vault.xaes import KEY_BYTES, TAG_BYTES

FORMAT: Final = 2
PIECE_BYTES: Final = 64 * 1024
_SALT: Final = 32
HEADER_BYTES: Final = 1 + 16 + COMMITMENT_BYTES + _SALT


def seal_stream(
    key: Key, place: Place, row: uuid.UUID | str, parts: Iterable[bytes]
) -> Iterator[bytes]:
    """The sealed file, in pieces. `parts` may have any sizes."""
    salt = os.urandom(_SALT)
    yield _header(key) + salt
    cipher, additional = _cipher(key, salt), place.additional(row, key.id)
    for number, (piece, last) in enumerate(_marked(_pieces(parts, PIECE_BYTES))):
        yield cipher.encrypt(_nonce(number, last), piece, additional)


def open_stream(
    key: Key, place: Place, row: uuid.UUID | str, parts: Iterable[bytes]
) -> Iterator[bytes]:
    """The file again, piece by piece.

    Raises CannotOpen at the first piece that is not as it was sealed, and at the end of a file
    that was cut short: what came before is genuine, but whole it is only when this ends quietly.
    """
    rest = iter(parts)
    head = b""
    while len(head) < HEADER_BYTES:
        part = next(rest, None)
        if part is None:
            raise CannotOpen
        head += part
    if not hmac.compare_digest(head[: HEADER_BYTES - _SALT], _header(key)):
        raise CannotOpen
    cipher = _cipher(key, head[HEADER_BYTES - _SALT : HEADER_BYTES])
    additional = place.additional(row, key.id)
    body = _chained(head[HEADER_BYTES:], rest)
    pieces = _pieces(body, PIECE_BYTES + TAG_BYTES)
    for number, (piece, last) in enumerate(_marked(pieces)):
        try:
            yield cipher.decrypt(_nonce(number, last), piece, additional)
        except InvalidTag:
            raise CannotOpen from None


def key_id_of_stream(head: bytes) -> uuid.UUID:
    """Which key sealed the file that begins like this. CannotOpen for no sealed file."""
    if len(head) < HEADER_BYTES or head[0] != FORMAT:
        raise CannotOpen
    return uuid.UUID(bytes=bytes(head[1:17]))


def _header(key: Key) -> bytes:
    return bytes([FORMAT]) + key.id.bytes + key.derive("stream commitment", COMMITMENT_BYTES)


def _cipher(key: Key, salt: bytes) -> AESGCM:
    kdf = HKDF(hashes.SHA256(), KEY_BYTES, salt=salt, info=b"rooms-ops file")
    return AESGCM(kdf.derive(key.derive("stream")))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])


def _chained(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _pieces(parts: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of one size; the last may be smaller, and one there always is."""
    held = bytearray()
    for part in parts:
        held += part
        begin = 0
        while len(held) - begin > size:
            yield bytes(held[begin : begin + size])
            begin += size
        del held[:begin]
    yield bytes(held)


def _marked(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and whether it is the last."""
    held: bytes | None = None
    for piece in pieces:
        if held is not None:
            yield held, False
        held = piece
    if held is not None:
        yield held, True
