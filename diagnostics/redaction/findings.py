"""What the guard says about a text: which spans were cut for good, which were masked, and why it
could not judge at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What stood there. The first six are never collected; the others are incidental."""

    SUBJECT = "meeting subject"
    BODY = "meeting body"
    CARD = "attendee card"
    CHAT = "chat"
    TRANSCRIPT = "transcript"
    MEDIA = "media"
    PERSON = "person"
    EMAIL = "e-mail"
    PHONE = "phone"
    USER_ID = "user id"
    ROOM_ACCOUNT = "room account"


NEVER = frozenset(
    {Kind.SUBJECT, Kind.BODY, Kind.CARD, Kind.CHAT, Kind.TRANSCRIPT, Kind.MEDIA},
)
INCIDENTAL = frozenset(Kind) - NEVER

_CUT = "|".join(sorted(NEVER))
_MASKED = "|".join(sorted(INCIDENTAL))
MARK = re.compile(rf"\[(?:cut: (?:{_CUT})|(?:{_MASKED}) \d{{1,9}})\]")
MASK_MARK = re.compile(rf"\[(?:{_MASKED}) (\d{{1,9}})\]")


class CannotJudge(Exception):
    """The text cannot be judged, so nothing of it may be stored; `reason` is fit to be shown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Finding:
    """A span of the text as it came, in characters; its content is not repeated."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mask:
    """What stands behind the mark `[kind number]`: to be kept apart, encrypted, or thrown away."""

    number: int
    kind: Kind
    original: str

    @property
    def mark(self) -> str:
        return f"[{self.kind} {self.number}]"


@dataclass(frozen=True, slots=True)
class Cut:
    """A text that may be stored, what was cut from it, and the masks whose marks stand in it."""

    text: str
    cuts: tuple[Finding, ...] = ()
    masks: tuple[Mask, ...] = ()


def cut_mark(kind: Kind) -> str:
    """The mark that says what kind stood there."""
    return f"[cut: {kind}]"
