"""Binary XML as event logs hold it: names, templates and values inside one chunk.

Written after Microsoft's open specification MS-EVEN6 (section 2.2.12) and the layout of chunks
that the public parsers agree on. Only what an event needs is here.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Final

NAMESPACE: Final = "http://schemas.microsoft.com/win/2004/08/events/event"
TEMPLATES: Final = uuid.UUID("6f0ad2c5-2f3e-4a57-9d57-1c1f6f1d7c11")
# seconds from 1601, where Windows begins to count, to 1970
BEFORE_1970: Final = 11_644_473_600
NO_DEPENDENCY: Final = 0xFFFF
NULL, TEXT, BYTE, WORD, DWORD, QWORD, FILETIME, SID, FLAGS = 0, 1, 4, 6, 8, 10, 0x11, 0x13, 0x15

FRAGMENT: Final = b"\x0f\x01\x01\x00"
END_OF_STREAM: Final = b"\x00"
CLOSE_START, CLOSE_EMPTY, END_ELEMENT = b"\x02", b"\x03", b"\x04"

# The values of an event's System part, by their places in the template.
(LEVEL, TASK, OPCODE, EVENT_ID, KEYWORDS, AT, PROCESS, THREAD, RECORD, VERSION, USER) = range(11)
SYSTEM_TYPES: Final = (BYTE, WORD, BYTE, WORD, FLAGS, FILETIME, DWORD, DWORD, QWORD, BYTE, SID)
FIRST_OF_DATA: Final = len(SYSTEM_TYPES)


@dataclass(frozen=True)
class Shape:
    """What all events of one kind share. A field without a name is an unnamed <Data>."""

    provider: str
    channel: str
    computer: str
    fields: tuple[str, ...]

    @cached_property
    def guid(self) -> uuid.UUID:
        """By which a chunk knows the template."""
        return uuid.uuid5(TEMPLATES, "/".join((self.provider, self.channel, *self.fields)))

    @cached_property
    def most_bytes(self) -> int:
        """More than the template can take in a chunk: each name and value written out."""
        texts = (self.provider, self.channel, self.computer, NAMESPACE, *self.fields)
        return 2048 + sum(2 * len(text) + 64 for text in texts)


@dataclass
class Names:
    """The names that stand in a chunk, and where: a table of 64 chains, as the format has it."""

    places: dict[str, int] = field(default_factory=dict)
    chains: list[int] = field(default_factory=lambda: [0] * 64)

    def write(self, out: bytearray, name: str) -> None:
        """The reference to a name, and at its first use the name itself behind it."""
        known = self.places.get(name)
        if known is not None:
            out += struct.pack("<I", known)
            return
        place = len(out) + 4
        mark = hash_of(name)
        out += struct.pack("<IIHH", place, self.chains[mark % 64], mark, len(name))
        out += name.encode("utf-16-le") + b"\0\0"
        self.places[name] = place
        self.chains[mark % 64] = place


@lru_cache(maxsize=4096)
def hash_of(name: str) -> int:
    """The format's own 16-bit hash of a name."""
    mark = 0
    for letter in name:
        mark = (mark * 65599 + ord(letter)) & 0xFFFFFFFF
    return mark & 0xFFFF


@dataclass
class Writer:
    """Elements into a chunk's bytes. Sizes are filled in when an element ends."""

    out: bytearray
    names: Names
    _open: list[int] = field(default_factory=list)

    def begin(self, name: str, **attributes: str | int) -> None:
        """A start tag that stays open for content. An int is the place of a value."""
        self._start(name, attributes)
        self.out += CLOSE_START

    def end(self) -> None:
        """The end tag of the last that was begun."""
        self.out += END_ELEMENT
        self._close()

    def empty(self, name: str, **attributes: str | int) -> None:
        """An element without content."""
        self._start(name, attributes)
        self.out += CLOSE_EMPTY
        self._close()

    def element(self, name: str, value: str | int, kind: int = TEXT, **attributes: str) -> None:
        """An element around one value."""
        self.begin(name, **attributes)
        self._value(value, kind)
        self.end()

    def _start(self, name: str, attributes: dict[str, str | int]) -> None:
        out = self.out
        out += struct.pack("<BH", 0x41 if attributes else 0x01, NO_DEPENDENCY)
        self._hold()
        self.names.write(out, name)
        if attributes:
            self._hold()
            for number, (key, value) in enumerate(attributes.items(), start=1):
                out.append(0x06 if number == len(attributes) else 0x46)
                self.names.write(out, key)
                self._value(value, _type_of(value))
            self._close()

    def _value(self, value: str | int, kind: int) -> None:
        if isinstance(value, int):
            self.out += struct.pack("<BHB", 0x0E, value, kind)
        else:
            text = value.encode("utf-16-le")
            self.out += struct.pack("<BBH", 0x05, TEXT, len(text) // 2) + text

    def _hold(self) -> None:
        """Leave room for a size."""
        self._open.append(len(self.out))
        self.out += b"\0\0\0\0"

    def _close(self) -> None:
        place = self._open.pop()
        struct.pack_into("<I", self.out, place, len(self.out) - place - 4)


def _type_of(value: str | int) -> int:
    """The type of a value that stands in an attribute."""
    return SYSTEM_TYPES[value] if isinstance(value, int) and value < FIRST_OF_DATA else TEXT


def write_template(out: bytearray, names: Names, shape: Shape, following: int) -> None:
    """The definition of a shape's template at the end of `out`. `following` is the next's place."""
    out += struct.pack("<I", following) + shape.guid.bytes_le
    size_at = len(out)
    out += b"\0\0\0\0" + FRAGMENT
    writer = Writer(out, names)
    writer.begin("Event", xmlns=NAMESPACE)
    writer.begin("System")
    writer.empty("Provider", Name=shape.provider)
    writer.element("EventID", EVENT_ID, WORD)
    writer.element("Version", VERSION, BYTE)
    writer.element("Level", LEVEL, BYTE)
    writer.element("Task", TASK, WORD)
    writer.element("Opcode", OPCODE, BYTE)
    writer.element("Keywords", KEYWORDS, FLAGS)
    writer.empty("TimeCreated", SystemTime=AT)
    writer.element("EventRecordID", RECORD, QWORD)
    writer.empty("Execution", ProcessID=PROCESS, ThreadID=THREAD)
    writer.element("Channel", shape.channel)
    writer.element("Computer", shape.computer)
    writer.empty("Security", UserID=USER)
    writer.end()
    writer.begin("EventData")
    for number, name in enumerate(shape.fields, start=FIRST_OF_DATA):
        writer.element("Data", number, TEXT, **({"Name": name} if name else {}))
    writer.end()
    writer.end()
    out += END_OF_STREAM
    struct.pack_into("<I", out, size_at, len(out) - size_at - 4)


def filetime(at: datetime) -> int:
    """A moment as Windows counts: tenths of a microsecond since 1601."""
    passed = at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    micros = (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
    return (micros + BEFORE_1970 * 1_000_000) * 10


@lru_cache(maxsize=256)
def sid_bytes(sid: str) -> bytes:
    """A security identifier such as S-1-5-18 in bytes."""
    authority, *parts = (int(word) for word in sid.removeprefix("S-1-").split("-"))
    return struct.pack(f"<BB6s{len(parts)}I", 1, len(parts), authority.to_bytes(6, "big"), *parts)
