"""What is never collected: the words of the promise, and where each kind is stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from access.catalogue.terms import Redaction


@dataclass(frozen=True)
class Never:
    """One kind of data that is not stored anywhere. `code` is what a mark in its place says."""

    code: str
    name: str
    details: str
    redaction: Redaction
    source: str


_PRIVACY: Final = "the service's published privacy terms"

NEVER: Final = (
    Never(
        "meeting subject",
        "Subject of a meeting",
        "What a meeting is called. Of a meeting we know that a room is busy or free.",
        Redaction.DEVICE,
        _PRIVACY,
    ),
    Never(
        "meeting body",
        "Text of an invitation",
        "The body of a meeting request, with its agenda, links and attachments.",
        Redaction.DEVICE,
        _PRIVACY,
    ),
    Never(
        "attendee card",
        "Contact cards of attendees",
        "Who was invited or came: names, titles, telephone numbers, pictures.",
        Redaction.DEVICE,
        _PRIVACY,
    ),
    Never(
        "chat",
        "Messages in a meeting",
        "What people write to each other while they meet.",
        Redaction.DEVICE,
        _PRIVACY,
    ),
    Never(
        "media",
        "Sound, video and shared screens",
        "Nothing that a camera, microphone or screen takes in is recorded, by nobody here.",
        Redaction.NEVER_STORED,
        _PRIVACY,
    ),
    Never(
        "transcript",
        "What was said",
        "Transcripts, captions and any other content of a meeting.",
        Redaction.NEVER_STORED,
        _PRIVACY,
    ),
)
