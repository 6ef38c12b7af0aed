"""What must never be stored, recognised in whatever field it hides: media, meetings, chat, people.

The closed schema refuses what is not listed; this refuses what poses as something listed. It
says only which kind it found: the content itself goes nowhere, not even into a log.

It knows shapes, not meaning. Somebody who holds a device's key can still write a sentence of
their own into the name of a peripheral, some hundred characters of it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

from rooms.device_api.json_body import Outline


class Content(StrEnum):
    """A kind of content that is refused and counted."""

    MEDIA = "media"
    ENCODED = "encoded"
    MEETING = "meeting"
    CHAT = "chat"
    CONTACT = "contact"
    EMAIL = "email"
    LINK = "link"


SENTENCES: Final = {
    Content.MEDIA: "Send no audio, video, pictures or files.",
    Content.ENCODED: "Send no encoded data: each field is one short line of text.",
    Content.MEETING: "Send nothing of what a meeting is about or who attends it.",
    Content.CHAT: "Send no messages and no transcripts.",
    Content.CONTACT: "Send no contact cards, calendar entries or telephone numbers.",
    Content.EMAIL: "Send no e-mail addresses and no names of accounts.",
    Content.LINK: "Send no links.",
}


# How the files begin, in base64 (of both alphabets) and in hexadecimal: WAV, AVI and WebP, MP3,
# Ogg, FLAC, JPEG, PNG, GIF, WebM and Matroska, PDF, zip (also office files), MIDI, AIFF, AAC, MP4.
_BASE64: Final = (
    *("UklGR", "SUQz", "//uQ", "//vQ", "//tQ", "//NE", "//PE", "//FQ", "//FM", "T2dnU", "ZkxhQ"),
    *("/9j/", "iVBORw", "R0lGOD", "GkXfo", "JVBERi", "UEsDB", "TVRoZ", "Rk9STQ"),
    *("__uQ", "__vQ", "__tQ", "__NE", "__PE", "__FQ", "__FM", "_9j_"),
)
_HEX: Final = (
    *("52494646", "494433", "fffb", "fff3", "4f676753", "664c6143", "ffd8ff", "89504e47"),
    *("47494638", "1a45dfa3", "25504446", "504b0304", "4d546864", "464f524d", "66747970"),
)
_MEDIA: Final = re.compile(
    r"(?<![A-Za-z0-9+/=_-])(?:AAAA..Z0eX|"
    + "|".join(map(re.escape, _BASE64))
    # or the files themselves, as text
    + r")[A-Za-z0-9+/=_-]{12}|RIFF.{4,24}(?:WAVE|AVI |WEBP)|OggS\x00|fLaC\x00|\x89PNG|GIF8[79]a"
    + r"|ftyp(?:isom|mp4|M4A|qt)",
    re.DOTALL,
)
_MEDIA_TRIGGERS: Final = (*_BASE64, "Z0eX", "RIFF", "OggS", "fLaC", "ftyp", "PNG", "GIF8")

_PATTERNS: Final = (
    (
        Content.MEDIA,
        re.compile(r"data:[a-z]+/|(?<![0-9a-f])(?:0{6}..)?(?:" + "|".join(_HEX) + r")[0-9a-f]{20}"),
    ),
    (
        Content.CONTACT,
        re.compile(r"begin:v(?:card|calendar|event|todo)|dtstart|vcard|\b(?:tel|sip|mailto):"),
    ),
    (Content.EMAIL, re.compile(r"[^\s@\"\\]@[^\s@\"\\]")),
    (Content.LINK, re.compile(r"[a-z0-9+.-]://|\bwww\.[a-z0-9]|(?<!:)//[a-z0-9-]+\.[a-z]")),
    (
        Content.MEETING,
        re.compile(
            r"\b(?:subject|organi[sz]er|attendees?|invitees?|agenda|minutes|meeting(?: title)?)"
            r"\s*[:=]|\b(?:invitation|invited you|has invited|agenda)\b"
        ),
    ),
    (Content.CHAT, re.compile(r"\b(?:said|wrote|says|replied|chat|transcript)\s*:")),
)
# Nothing of the patterns above can match a text without one of these.
_TRIGGERS: Final = (
    *("@", "//", "www.", "data:", "begin:v", "dtstart", "vcard", "tel:", "sip:", "mailto:"),
    *("subject", "organi", "attendee", "invit", "agenda", "minutes:", "minutes =", "meeting"),
    *("said", "wrote", "says", "replied", "chat", "transcript"),
    *_HEX,
)

# Names of fields that nobody should send. Held against the parts of a name: `meetingSubject` too.
_NAMES: Final = (
    (
        Content.MEDIA,
        {"audio", "video", "media", "image", "photo", "picture", "screenshot", "recording", "voice"}
        | {"snapshot", "thumbnail", "frame", "pcm", "wav", "mp3", "mp4", "waveform"},
    ),
    (
        Content.MEETING,
        {"subject", "meeting", "agenda", "attendee", "attendees", "organizer", "organiser"}
        | {"invitee", "invitees", "participant", "participants", "invite", "roster"},
    ),
    (
        Content.CHAT,
        {"chat", "message", "messages", "transcript", "caption", "captions", "conversation"},
    ),
    (Content.CONTACT, {"vcard", "contact", "contacts", "calendar", "ical", "ics", "phone"}),
    (Content.EMAIL, {"email", "mail", "upn"}),
    (Content.LINK, {"url", "uri", "link", "href"}),
)
_PARTS: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")

# Runs in the alphabets of base64. One long run is data; so are several shorter ones that mix
# upper case, lower case and digits as no serial and no identifier of Windows does.
_LONG: Final = 24
_RUN: Final = re.compile(rb"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/=_-]{48}")
_DENSE: Final = re.compile(
    rb"(?<![A-Za-z0-9+/=])(?=[A-Za-z0-9+/=]*[a-z])(?=[A-Za-z0-9+/=]*[A-Z])"
    rb"(?=[A-Za-z0-9+/=]*[0-9+/])[A-Za-z0-9+/=]{24,}"
)
_MOST_DENSE: Final = 3


# Texts that were found clean, still escaped: reports repeat names and versions all day long. What
# might be a slice of something longer is looked at each time, for slices count together.
_MOST_REMEMBERED: Final = 50_000
_LONGEST_REMEMBERED: Final = 64
_remembered: Final[set[bytes]] = set()
# Ids and times are new in each report, and hold nothing.
_PLAIN: Final = re.compile(
    rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    rb"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(?:Z|[+-][0-9]{2}:[0-9]{2})"
).fullmatch


def found_in(body: Outline) -> Content | None:
    """The kind of content in any text or name of the body; None when there is none."""
    fresh = [piece for piece in body.strings if piece not in _remembered and not _PLAIN(piece)]
    if not fresh:
        return None
    raw = b'"'.join(fresh)
    if b"\\" in raw:  # escapes hide letters
        text = '"'.join(json.loads(b'["' + raw.replace(b'"', b'","') + b'"]'))
        raw = text.encode(errors="replace")
    else:
        text = raw.decode()
    if not text.isascii():
        plain = unicodedata.normalize("NFKC", text)
        text = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    found = _shown(text) or _told(text.lower()) or _encoded(raw)
    if found is None:
        if len(_remembered) > _MOST_REMEMBERED:
            _remembered.clear()
        _remembered.update([piece for piece in fresh if _may_be_remembered(piece)])
    return found


def _may_be_remembered(piece: bytes) -> bool:
    """Whether the text may be passed over from now on: it is short, or no slice of anything."""
    return len(piece) < _LONG or (
        len(piece) <= _LONGEST_REMEMBERED and b"\\" not in piece and not _DENSE.search(piece)
    )


def found_in_names(members: Any, known: frozenset[str]) -> Content | None:
    """The kind that the name of an unknown field announces, at any depth."""
    for name in _names(members):
        if name not in known:
            parts = {part.lower() for part in _PARTS.findall(name)}
            for kind, words in _NAMES:
                if parts & words:
                    return kind
    return None


def _shown(text: str) -> Content | None:
    """Whether a file begins somewhere."""
    if any(trigger in text for trigger in _MEDIA_TRIGGERS) and _MEDIA.search(text):
        return Content.MEDIA
    return None


def _told(text: str) -> Content | None:
    """What a text in lower case speaks of."""
    if any(trigger in text for trigger in _TRIGGERS):
        for kind, pattern in _PATTERNS:
            if pattern.search(text):
                return kind
    return None


def _encoded(raw: bytes) -> Content | None:
    """Whether some text is data in disguise: base64, or hexadecimal."""
    if _RUN.search(raw) or len(_DENSE.findall(raw)) > _MOST_DENSE:
        return Content.ENCODED
    return None


def _names(members: Any) -> Iterator[str]:
    """All names of fields, from outside in."""
    if isinstance(members, dict):
        yield from members
        for value in members.values():
            yield from _names(value)
    elif isinstance(members, list):
        for value in members:
            yield from _names(value)
