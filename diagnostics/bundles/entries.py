"""What comes out of a bundle's files: entries, activity, and which file was kept out and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

CRITICAL, ERROR, WARNING, INFORMATION, VERBOSE = 1, 2, 3, 4, 5
# Characters. What is longer is cut, with a mark that says how much.
LONGEST_TEXT: Final = 32_000
LONGEST_VALUE: Final = 8_000
LONGEST_RAW: Final = 64_000
LONGEST_NAME: Final = 200
MOST_FIELDS: Final = 64

# No database text can hold NUL or half a surrogate pair, and no page should hold the others.
_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a log.

    `number` counts from 1 in its file. `at` is in UTC. `level` is Windows' own: 1 critical, 2
    error, 3 warning, 4 information, 5 verbose. `source` is the channel or the log's name. `text`
    is the message, `fields` what it was made of, `raw` what the device sent, in text form. `data`
    is an event's data as JSON has it, from which the fields were made; None for other logs.
    """

    number: int
    at: datetime
    level: int
    source: str
    provider: str
    event_id: int | None
    text: str
    fields: dict[str, str]
    raw: str
    data: Any = None


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One line of the room's activity: when, what kind of act, who, and what was done. `at` UTC."""

    at: datetime
    kind: str
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class KeptOut:
    """A file, or part of it, that could not be read. `why` is a sentence and quotes nothing."""

    path: str
    why: str


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """The text without what cannot be stored, and not longer than that many characters."""
    if not text.isprintable():
        text = _UNSTORABLE.sub("\ufffd", text)
    if len(text) <= longest:
        return text
    return f"{text[:longest]} [{len(text) - longest} characters left out]"
