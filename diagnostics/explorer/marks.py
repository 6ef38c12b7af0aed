"""A guarded text as pieces: what stands there, and the marks of what was cut or masked."""

from __future__ import annotations

from dataclasses import dataclass

from diagnostics.redaction.findings import MARK


@dataclass(frozen=True)
class Piece:
    """Words of the line, or a mark without its brackets."""

    text: str
    is_mark: bool = False


def pieces_of(text: str) -> list[Piece]:
    """The pieces, in order; an empty text has none."""
    pieces: list[Piece] = []
    end = 0
    for found in MARK.finditer(text):
        if found.start() > end:
            pieces.append(Piece(text[end : found.start()]))
        pieces.append(Piece(found.group()[1:-1], is_mark=True))
        end = found.end()
    if end < len(text):
        pieces.append(Piece(text[end:]))
    return pieces
