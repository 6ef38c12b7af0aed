"""Cursors: where a page of a list begins, in a form that a URL may hold.

A cursor is sealed, not only signed: it holds sort values such as a room's name, and addresses end
up in histories and logs.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac

LONGEST = 1500


class BadCursor(ValueError):
    """The text is no cursor of ours, or one of another list."""


def _sealer() -> Fernet:
    key = salted_hmac("access.listing.cursor", "v1", algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))


def seal(mark: str, values: Sequence[Any]) -> str:
    """The cursor of a row: the list that it is of, and the row's sort values, key last."""
    text = json.dumps([mark, *(_packed(value) for value in values)], separators=(",", ":"))
    return _sealer().encrypt(text.encode()).decode().rstrip("=")


def unseal(cursor: str, mark: str, length: int) -> list[Any]:
    """The sort values of a cursor; BadCursor unless it was sealed for exactly this list."""
    if len(cursor) > LONGEST or not cursor.isascii():
        raise BadCursor("Not a cursor.")
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        sealed_mark, *values = json.loads(_sealer().decrypt(padded.encode()))
    except InvalidToken as error:
        raise BadCursor("Not a cursor.") from error
    if sealed_mark != mark or len(values) != length:
        raise BadCursor("A cursor of another list.")
    return [_unpacked(value) for value in values]


def _packed(value: Any) -> Any:
    match value:
        case datetime():
            return {"t": value.isoformat()}
        case date():
            return {"d": value.isoformat()}
        case uuid.UUID():
            return {"u": value.hex}
        case str() | int():
            return value
    raise TypeError(f"A list cannot be sorted by a {type(value).__name__}.")


def _unpacked(value: Any) -> Any:
    match value:
        case {"t": moment}:
            return datetime.fromisoformat(moment)
        case {"d": day}:
            return date.fromisoformat(day)
        case {"u": digits}:
            return uuid.UUID(hex=digits)
    return value
