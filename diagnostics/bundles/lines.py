"""Bytes into lines of text: marks of encoding, UTF-16, damaged characters, endless lines."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Final

# Characters; what a line has beyond them is left out, and how much it was is said.
LONGEST_LINE: Final = 48_000
_ENDS: Final = re.compile(r"\r\n|\r|\n")
_ANSI: Final = "rooms-ansi"


def _as_ansi(wrong: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 were written in the Windows code page of western Europe."""
    if not isinstance(wrong, UnicodeDecodeError):
        raise wrong
    bad = wrong.object[wrong.start : wrong.end]
    return bad.decode("cp1252", "replace"), wrong.end


codecs.register_error(_ANSI, _as_ansi)


def split_lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """The lines without their ends, in constant memory."""
    held: list[str] = []
    length = 0
    for text in _decoded(pieces):
        *whole, rest = _ENDS.split(text)
        for line in whole:
            held.append(line[: max(0, LONGEST_LINE - length)])
            yield _joined(held, length + len(line))
            held, length = [], 0
        held.append(rest[: max(0, LONGEST_LINE - length)])
        length += len(rest)
    if length:
        yield _joined(held, length)


def _joined(held: list[str], length: int) -> str:
    line = "".join(held)
    if length > LONGEST_LINE:
        return f"{line} [{length - LONGEST_LINE} characters left out]"
    return line


def _decoded(pieces: Iterable[bytes]) -> Iterator[str]:
    """Text in pieces. A line's end is never cut in two: \\r waits for what follows."""
    decoder: codecs.IncrementalDecoder | None = None
    first, kept = b"", ""
    for piece in pieces:
        if decoder is None:
            first += piece
            if len(first) < 4:
                continue
            decoder, piece, first = *_decoder(first), b""
        text = kept + decoder.decode(piece)
        kept = "\r" if text.endswith("\r") else ""
        yield text.removesuffix("\r")
    if decoder is None:
        decoder, first = _decoder(first)
    yield kept + decoder.decode(first, final=True)


def _decoder(first: bytes) -> tuple[codecs.IncrementalDecoder, bytes]:
    """How to decode, by the first bytes, and those without the mark of the encoding."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if first.startswith(mark):
            return _made(name), first[len(mark) :]
    if len(first) >= 4 and first[0] and first[2] and not first[1] and not first[3]:
        return _made("utf-16-le"), first
    if len(first) >= 4 and first[1] and first[3] and not first[0] and not first[2]:
        return _made("utf-16-be"), first
    return _made("utf-8"), first


def _made(name: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(name)(_ANSI if name == "utf-8" else "replace")
