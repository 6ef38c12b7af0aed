"""Check an exported part of the Rooms Ops record, offline and without trusting who exported it.

One file on purpose: Python 3.9 or newer and the `cryptography` package are all it needs, and an
auditor can read it in an afternoon. It says what was checked, what was not, and where something is
wrong. Exit codes: 0 verified, 1 verification failed, 2 cannot be read, 3 verified with gaps.

Sections: 1 limits, 2 findings, 3 strict reading, 4 bundles, 5 notes and keys, 6 the tree,
7 records, 8 disclosures, 9 the replay, 10 all of it in order, 11 the command.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import gc
import hashlib
import io
import itertools
import json
import os
import re
import secrets
import stat
import struct
import sys
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, BinaryIO, ClassVar, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# -- 1. Limits: what a bundle may ask of the machine that reads it ---------------------------------

MEMBERS_MOST = 400_000  # files; a log of 50,000,000 records has about as many tiles
ARCHIVE_MOST = 16 << 30  # bytes of the zip
TOTAL_MOST = 64 << 30  # bytes of all files, unpacked
UNPACKED_RATIO = 100  # and at most so many times the zip; our records pack 3 to 20 times
UNPACKED_FREE = 64 << 20  # what a small zip may unpack to whatever its ratio
NAME_MOST = 200  # characters of a file's name
NOTE_MOST = 64 << 10  # bytes of a checkpoint
SIGNATURES_MOST = 100  # lines in a note
SMALL_MOST = 1 << 20  # bytes of keys.json, manifest.json, range.json and one proof
PACK_MOST = 32 << 20  # bytes of pack.json
LINE_MOST = 64 << 10  # bytes of one line of disclosures.jsonl
LEAF_MOST = 65_535  # bytes of a record: its length is written in two bytes (tlog-tiles)
TILE_WIDTH = 256  # hashes in a full tile (tlog-tiles)
HASH_SIZE = 32  # bytes of SHA-256
SIZE_MOST = 1 << 48  # records in a log
INTEGER_DIGITS = 16  # of a number in a record: RFC 8785 keeps whole numbers below 2^53
TRACKED_MOST = 5_000_000  # requests and grants the replay keeps in mind
SHOWN_MOST = 100  # findings that are told one by one; the rest are counted

# A read written this soon after its grant ended may have been under way when it ended: the moment
# at which a transaction becomes visible to others stands nowhere. Such reads are a gap, not a lie.
EDGE_SECONDS = 1.0
# A record this much older than one before it was staged late, or dated back.
BACK_DATED_SECONDS = 600.0
# A start is written by the transaction that starts the grant.
START_DELAY_SECONDS = 60.0
# What is judged of a person at each start, whatever the scope.
GATES = frozenset({"employment", "screening", "training", "privacy"})

# How many people must approve at the least, and from which groups, whatever the log says was
# needed: the published list of scopes. A policy can only ask for more.
VOTES_FLOOR = {
    "activity.view": 2,
    "lifecycle.manage": 2,
    "data.erase": 2,
    "policy.manage": 2,
    "people.manage": 2,
}

# -- 2. Findings -----------------------------------------------------------------------------------


class Unreadable(Exception):
    """The bundle cannot be read, or is built to do harm: nothing is said about what it holds."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or open: a fixed code, where it is, and a sentence."""

    code: str
    says: str
    where: dict[str, str | int] = field(default_factory=dict)


class Report:
    """What was checked, what was not, and what was found."""

    def __init__(self) -> None:
        self.about: dict[str, Any] = {}
        self.checked: list[str] = []
        self.not_checked: list[str] = []
        self.failures: list[Finding] = []
        self.gaps: list[Finding] = []
        self.redacted: list[dict[str, str | int]] = []
        self.redacted_count = 0
        self.failure_count = 0
        self.gap_count = 0
        self.unreadable = ""

    def fail(self, code: str, says: str, **where: str | int) -> None:
        """Something is wrong."""
        self.failure_count += 1
        if len(self.failures) < SHOWN_MOST:
            self.failures.append(Finding(code, printable(says), _shown(where)))

    def gap(self, code: str, says: str, **where: str | int) -> None:
        """Something that a reader would expect to be checked could not be."""
        self.gap_count += 1
        if len(self.gaps) < SHOWN_MOST:
            self.gaps.append(Finding(code, printable(says), _shown(where)))

    @property
    def exit_code(self) -> int:
        """0 verified, 1 failed, 2 cannot be read, 3 verified with gaps."""
        if self.unreadable:
            return 2
        return 1 if self.failure_count else 3 if self.gap_count else 0

    @property
    def verdict(self) -> str:
        """The exit code as a word."""
        return ("verified", "failed", "unreadable", "verified with gaps")[self.exit_code]

    def as_dict(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "unreadable": self.unreadable,
            "about": self.about,
            "checked": self.checked,
            "not_checked": self.not_checked,
            "failures": [vars(finding) for finding in self.failures],
            "failure_count": self.failure_count,
            "gaps": [vars(finding) for finding in self.gaps],
            "gap_count": self.gap_count,
            "redacted": self.redacted,
            "redacted_count": self.redacted_count,
        }


def printable(text: object, most: int = 600) -> str:
    """Text from a bundle as it may be shown in a terminal: no control codes, not too long."""
    safe = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in str(text)[: most + 1])
    return safe if len(safe) <= most else safe[: most - 3] + "..."


def _shown(where: Mapping[str, str | int]) -> dict[str, str | int]:
    return {k: v if isinstance(v, int) else printable(v, 120) for k, v in where.items()}


def plural(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


# -- 3. Strict reading: one spelling for everything ------------------------------------------------


def base64_exact(text: str) -> bytes | None:
    """Standard base64 in its only spelling; None for any other."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:20]} is no number of JSON")


def _whole_number(text: str) -> int:
    if len(text) > INTEGER_DIGITS + 1 or not -(1 << 53) < int(text) < 1 << 53:
        raise ValueError("a number is too large")
    return int(text)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def strict_json(data: bytes, what: str) -> Any:
    """JSON of a side file: UTF-8, no key twice. Raises Unreadable."""
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_no_twins,
            parse_constant=_refuse_number,
            parse_int=_whole_number,
        )
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Unreadable(f"{what} is not clean JSON: {printable(reason, 120)}") from None


_decoder: Any = json.JSONDecoder(parse_constant=_refuse_number, parse_int=_whole_number)
_scan_record: Callable[[str, int], tuple[Any, int]] = _decoder.scan_once


def _speller() -> Callable[[Any], str]:
    """Spells a value as RFC 8785 does; made once, because making one takes as long as using it.

    Python sorts keys by code point and RFC 8785 by UTF-16 unit; for our keys, all ASCII, it is one.
    Fractions are spelled alike from 0.0001 up to 10^16, which is as far as records go.
    """
    encoder: Any = json.JSONEncoder(
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        check_circular=False,
        allow_nan=False,
    )
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # a Python without it spells in Python
        return encoder.encode  # type: ignore[no-any-return] # of JSONEncoder, which is typed
    spell = make(
        None,
        encoder.default,
        json.encoder.encode_basestring,
        None,
        ":",
        ",",
        True,
        False,
        False,
    )
    return lambda value: "".join(spell(value, 0))


_spell_record = _speller()


def canonical_record(content: bytes) -> dict[str, Any]:
    """A record's JSON, if it is spelled as RFC 8785 has it. Raises ValueError with the reason.

    One spelling also means that no key stands twice: the second reading would not spell it so.
    """
    try:
        text = content.decode("utf-8")
        record, end = _scan_record(text, 0)
        if end != len(text):
            raise ValueError("something follows the record")
        if _spell_record(record) != text:
            raise ValueError("it is not spelled canonically (RFC 8785)")
    except (StopIteration, RecursionError):
        raise ValueError("it is not JSON, or nested too deeply") from None
    if type(record) is not dict:
        raise ValueError("it is not an object")
    return record


_MOMENT = re.compile(
    r"(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)"
    r"(?:\.(\d{1,6}))?Z",
    re.ASCII,
)


def moment(text: object) -> str:
    """An RFC 3339 time in UTC as text that sorts by time, with microseconds; "" if it is none."""
    found = _MOMENT.fullmatch(text) if type(text) is str else None
    return f"{found[1]}.{(found[2] or '').ljust(6, '0')}" if found else ""


def seconds_between(earlier: str, later: str) -> float:
    """The time from one moment to another, in seconds; 0 for a day that does not exist."""
    try:
        span = datetime.fromisoformat(later) - datetime.fromisoformat(earlier)
    except ValueError:
        return 0.0
    return span.total_seconds()


# -- 4. Bundles: a zip, a folder, or files in memory ----------------------------------------------

_NAME = re.compile(r"[A-Za-z0-9_.@-]+(?:/[A-Za-z0-9_.@-]+)*", re.ASCII)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,  # of zipfile: a file that wants a password
    NotImplementedError,  # of zipfile: a version or method it does not know
    ValueError,
    IndexError,
    KeyError,
    OverflowError,
    MemoryError,
)


def _check_name(name: str) -> None:
    parts = name.split("/")
    if len(name) > NAME_MOST or not _NAME.fullmatch(name) or "." in parts or ".." in parts:
        raise Unreadable(f"It holds a file with a name that is not allowed: {printable(name, 80)}")


class Bundle:
    """The files of a bundle by name. Subclasses say how to open one."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.used: dict[str, bool] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def _add(self, name: str, size: int) -> None:
        _check_name(name)
        if name in self.names:
            raise Unreadable(f"It holds two files named {name}.")
        self.names[name] = size
        if len(self.names) > MEMBERS_MOST:
            raise Unreadable(f"It holds more than {MEMBERS_MOST:,} files.")

    def open(self, name: str) -> BinaryIO:
        """The file, to be read from its start."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what is held open."""

    def read(self, name: str, most: int) -> bytes:
        """The whole file, if it has at most so many bytes. Raises Unreadable."""
        self.used[name] = True
        try:
            with self.open(name) as file:
                data = file.read(most + 1)
        except _BROKEN as error:
            raise Unreadable(f"{name} cannot be read: {printable(error, 120)}") from None
        if len(data) > most:
            raise Unreadable(f"{name} is larger than {most:,} bytes.")
        return data

    def lines(self, name: str) -> Iterator[bytes]:
        """The file line by line, line ends included. Raises Unreadable."""
        self.used[name] = True
        try:
            with self.open(name) as raw, io.BufferedReader(raw, 1 << 20) as file:  # type: ignore[type-var] # any raw stream
                while True:
                    line = file.readline(LINE_MOST + 1)
                    if not line:
                        return
                    if len(line) > LINE_MOST:
                        raise Unreadable(f"{name} has a line of more than {LINE_MOST:,} bytes.")
                    yield line
        except _BROKEN as error:
            raise Unreadable(f"{name} cannot be read: {printable(error, 120)}") from None


class FilesInMemory(Bundle):
    """Files given as a mapping of name to content."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self.files = files
        for name, content in files.items():
            self._add(name, len(content))

    def open(self, name: str) -> BinaryIO:
        """The file."""
        return io.BytesIO(self.files[name])


class Folder(Bundle):
    """A folder without links, pipes or devices."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        total = 0
        for place, folders, files in os.walk(path, onerror=self._refuse):
            inside = os.path.relpath(place, path).replace(os.sep, "/")
            for name in folders + files:
                full = name if inside == "." else f"{inside}/{name}"
                mode = os.lstat(os.path.join(place, name))
                if stat.S_ISDIR(mode.st_mode):
                    _check_name(full)
                elif stat.S_ISREG(mode.st_mode):
                    self._add(full, mode.st_size)
                    total += mode.st_size
                else:
                    raise Unreadable(f"{printable(full, 80)} is a link or no plain file.")
        if total > TOTAL_MOST:
            raise Unreadable(f"It holds more than {TOTAL_MOST >> 30} GB.")

    @staticmethod
    def _refuse(error: OSError) -> NoReturn:
        raise Unreadable(f"A folder cannot be read: {printable(error.strerror, 80)}")

    def open(self, name: str) -> BinaryIO:
        """The file; one that has become a link since is refused."""
        flags = os.O_RDONLY
        for special in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
            flags |= getattr(os, special, 0)
        number = os.open(os.path.join(self.path, *name.split("/")), flags)
        file = os.fdopen(number, "rb")
        if not stat.S_ISREG(os.fstat(number).st_mode):
            file.close()
            raise Unreadable(f"{name} is no plain file.")
        return file


class Zip(Bundle):
    """A zip whose directory has been judged before anything is unpacked."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self.file = file
        try:
            length = file.seek(0, os.SEEK_END)
            if length > ARCHIVE_MOST:
                raise Unreadable(f"It has more than {ARCHIVE_MOST >> 30} GB.")
            self._check_directory(file, length)
            self.zip = zipfile.ZipFile(file)
            for info in self.zip.infolist():
                self._judge(info)
        except _BROKEN as error:
            raise Unreadable(f"It is no zip that can be read: {printable(error, 120)}") from None
        if sum(self.names.values()) > min(TOTAL_MOST, UNPACKED_FREE + UNPACKED_RATIO * length):
            raise Unreadable("It would unpack to far more than its size: it looks like a bomb.")

    @staticmethod
    def _check_directory(file: BinaryIO, length: int) -> None:
        """Refuse a directory that would not fit into memory, before it is read into memory."""
        file.seek(max(0, length - 65_557))
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            raise Unreadable("It is no zip.")
        size = int.from_bytes(tail[at + 12 : at + 16], "little")
        long_form = tail.rfind(b"PK\x06\x06", 0, at)
        if size == 0xFFFFFFFF and long_form >= 0:
            size = int.from_bytes(tail[long_form + 40 : long_form + 48], "little")
        if size > min(length, MEMBERS_MOST * (46 + NAME_MOST)):
            raise Unreadable("Its directory is too large.")

    def _judge(self, info: zipfile.ZipInfo) -> None:
        name = info.filename
        if info.orig_filename != name:
            raise Unreadable(f"It holds a file with a hidden name: {printable(name, 80)}")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise Unreadable(f"{printable(name, 80)} is a link or no plain file.")
        if info.flag_bits & 0x1:
            raise Unreadable(f"{printable(name, 80)} is encrypted.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable(f"{printable(name, 80)} is packed in a way that is not used here.")
        if name.endswith("/"):
            _check_name(name[:-1])
            return
        self._add(name, info.file_size)

    def close(self) -> None:
        """Close the zip."""
        self.zip.close()
        self.file.close()

    def open(self, name: str) -> BinaryIO:
        """The file, unpacked as it is read."""
        return self.zip.open(name)  # type: ignore[return-value] # a readable binary stream


def _open_zip(file: BinaryIO) -> Zip:
    """A zip that stays open with its bundle, and is closed where it is none."""
    try:
        return Zip(file)
    except Unreadable:
        file.close()
        raise


def open_bundle(source: str | bytes | Mapping[str, bytes]) -> Bundle:
    """A bundle from a path (zip or folder), from a zip's bytes, or from files by name."""
    if isinstance(source, bytes):
        return Zip(io.BytesIO(source))
    if isinstance(source, str):
        try:
            if os.path.isdir(source):
                return Folder(source)
            if not stat.S_ISREG(os.stat(source).st_mode):
                raise Unreadable("It is neither a file nor a folder.")
            return _open_zip(open(source, "rb"))
        except (OSError, ValueError) as error:
            raise Unreadable(f"It cannot be opened: {printable(error, 160)}") from None
    return FilesInMemory(source)


# -- 5. Notes and keys (C2SP signed-note, tlog-checkpoint, tlog-cosignature) -----------------------

ED25519, COSIGNATURE = 0x01, 0x04


class BadNote(Exception):
    """A note or key that breaks its format; the sentence says how."""


@dataclass(frozen=True)
class Key:
    """A verifier key: its name, its four-byte id, its type, and how to check a signature."""

    name: str
    key_id: bytes
    kind: int
    material: bytes
    text: str

    @classmethod
    def parse(cls, text: object) -> Key:
        """Read `<name>+<hex id>+<base64 type and key>`. Raises BadNote."""
        name, plus, rest = text.partition("+") if isinstance(text, str) else ("", "", "")
        hex_id, second_plus, encoded = rest.partition("+")
        raw = base64_exact(encoded)
        if not (plus and second_plus and _is_key_name(name) and raw):
            raise BadNote("A key is not written as name+id+key.")
        if raw[0] not in (ED25519, COSIGNATURE) or len(raw) != 33:
            raise BadNote(f"The key of {name} is of a type that is not known here.")
        key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        if key_id.hex() != hex_id:
            raise BadNote(f"The key of {name} does not have the id that it names.")
        return cls(name, key_id, raw[0], raw[1:], f"{name}+{rest}")

    def verifies(self, body: bytes, signature: bytes) -> int | None:
        """None when the signature is wrong; else its time in seconds since 1970, 0 without one."""
        when, message = 0, body
        if self.kind == COSIGNATURE:
            when = int.from_bytes(signature[:8], "big")
            signature = signature[8:]
            message = b"cosignature/v1\ntime %d\n" % when + body
        if len(signature) != 64:
            return None
        try:
            Ed25519PublicKey.from_public_bytes(self.material).verify(signature, message)
        except (InvalidSignature, ValueError):
            return None
        return when


def _is_key_name(name: str) -> bool:
    return bool(name) and name.isprintable() and not any(c.isspace() or c == "+" for c in name)


@dataclass(frozen=True)
class Note:
    """A signed note: the text that is signed, and its signature lines (name, id, signature)."""

    body: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Read a note strictly (signed-note, "Format"). Raises BadNote."""
        if len(data) > NOTE_MOST:
            raise BadNote("The note is too long.")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise BadNote("The note is not UTF-8.") from None
        if any(c < " " and c != "\n" for c in text):
            raise BadNote("The note holds control characters.")
        body, blank, tail = text.rpartition("\n\n")
        if not blank or not tail.endswith("\n"):
            raise BadNote("The note has no signature lines after a blank line.")
        lines = tail[:-1].split("\n")
        if len(lines) > SIGNATURES_MOST:
            raise BadNote("The note has too many signature lines.")
        return cls((body + "\n").encode(), tuple(cls._signature(line) for line in lines))

    @staticmethod
    def _signature(line: str) -> tuple[str, bytes, bytes]:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        raw = base64_exact(encoded)
        if dash != "\u2014" or not _is_key_name(name) or raw is None or len(raw) < 5:
            raise BadNote("A signature line of the note is malformed.")
        return name, raw[:4], raw[4:]


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log as a signed note: origin, number of records, root hash."""

    origin: str
    size: int
    root: bytes
    note: Note

    @classmethod
    def parse(cls, data: bytes) -> Checkpoint:
        """Read a checkpoint strictly, without extension lines. Raises BadNote."""
        note = Note.parse(data)
        lines = note.body.decode().split("\n")
        if len(lines) != 4 or lines[3]:
            raise BadNote("The checkpoint does not have exactly three lines.")
        origin, size, encoded = lines[:3]
        root = base64_exact(encoded)
        if not origin or not re.fullmatch(r"0|[1-9][0-9]{0,14}", size, re.ASCII):
            raise BadNote("The checkpoint's origin or size is malformed.")
        if root is None or len(root) != HASH_SIZE or int(size) > SIZE_MOST:
            raise BadNote("The checkpoint's root or size is malformed.")
        return cls(origin, int(size), root, note)


@dataclass(frozen=True)
class Trust:
    """The keys that are believed for one log: its own, its witnesses', and how many must sign."""

    log_keys: tuple[Key, ...]
    witnesses: tuple[Key, ...]
    quorum: int

    @classmethod
    def parse(cls, data: bytes, origin: str, what: str) -> Trust:
        """Read keys.json: one object, or a list of them of which one fits the log. Unreadable."""
        entries = strict_json(data, what)
        fitting = []
        for entry in entries if isinstance(entries, list) else [entries]:
            if not isinstance(entry, dict):
                raise Unreadable(f"{what} does not hold keys.")
            trust = cls._entry(entry, what)
            if any(key.name == origin for key in trust.log_keys):
                fitting.append(trust)
        if len(fitting) != 1:
            raise Unreadable(f"{what} has {len(fitting)} entries for the log {printable(origin)}.")
        return fitting[0]

    @classmethod
    def _entry(cls, entry: dict[str, Any], what: str) -> Trust:
        log, also = entry.get("log"), entry.get("log_also", [])
        witnesses, quorum = entry.get("witnesses", []), entry.get("quorum", 0)
        lists = isinstance(witnesses, list) and isinstance(also, list)
        if not lists or type(quorum) is not int or quorum < 0:
            raise Unreadable(f"{what} does not hold keys as they are written here.")
        try:
            logs = [Key.parse(text) for text in (log, *also)]
            others = [Key.parse(text) for text in witnesses]
        except BadNote as error:
            raise Unreadable(f"{what}: {error}") from None
        if any(key.kind != ED25519 for key in logs) or any(k.kind != COSIGNATURE for k in others):
            raise Unreadable(f"{what} gives a log's key to a witness, or the other way round.")
        if len({key.material for key in (*logs, *others)}) != len(logs) + len(others):
            raise Unreadable(f"{what} gives one key to two parties.")
        if quorum > len(others):
            raise Unreadable(f"{what} asks for more witnesses than it names.")
        return cls(tuple(logs), tuple(others), quorum)


def check_signatures(report: Report, found: Checkpoint, trust: Trust, file: str) -> bool:
    """Whether the log and enough witnesses signed the checkpoint; what is wrong is reported."""
    before = report.failure_count
    signed_by_log: set[str] = set()
    witnessed: dict[bytes, int] = {}
    strangers = 0
    known = {(key.name, key.key_id): key for key in (*trust.log_keys, *trust.witnesses)}
    for name, key_id, signature in found.note.signatures:
        key = known.get((name, key_id))
        if key is None:
            strangers += 1
            continue
        when = key.verifies(found.note.body, signature)
        if when is None:
            who = "log" if key.kind == ED25519 else "witness"
            report.fail(
                f"{who}.signature",
                f"{file}: the signature of the {who} {name} does not fit the text.",
                file=file,
                key=name,
            )
        elif key.kind == ED25519:
            signed_by_log.add(key.name)
        else:
            witnessed[key.key_id] = when
    if found.origin not in signed_by_log:
        report.fail(
            "log.signature",
            f"{file}: no key that you trust for {found.origin} has signed it.",
            file=file,
        )
    if len(witnessed) < trust.quorum:
        report.fail(
            "witness.quorum",
            f"{file}: {len(witnessed)} of {trust.quorum} witnesses that you ask for cosigned it.",
            file=file,
        )
    if strangers:
        report.not_checked.append(
            f"{plural(strangers, 'signature line')} of {file}, by keys that you do not trust."
        )
    if report.failure_count == before:
        report.about.setdefault("witnessed", sorted(witnessed.values()))
    return report.failure_count == before


# -- 6. The tree (RFC 6962 and 9162, section 2.1; C2SP tlog-tiles) ---------------------------------

_sha256 = hashlib.sha256


def leaf_hash(content: bytes) -> bytes:
    """The hash of a record."""
    return _sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return _sha256(b"\x01" + left + right).digest()


EMPTY_ROOT = _sha256(b"").digest()


def fold(hashes: list[bytes]) -> bytes:
    """The root over hashes of equal subtrees; any number from one."""
    while len(hashes) > 1:
        paired = [
            _sha256(b"\x01" + hashes[at] + hashes[at + 1]).digest()
            for at in range(0, len(hashes) - 1, 2)
        ]
        if len(hashes) & 1:
            # An odd one out waits for the others: the split of RFC 6962 gives the same tree.
            paired.append(hashes[-1])
        hashes = paired
    return hashes[0]


def verify_inclusion(
    leaf: bytes, position: int, size: int, proof: list[bytes], root: bytes
) -> bool:
    """Whether the proof shows the leaf hash at that position (RFC 9162, section 2.1.3.2)."""
    if not 0 <= position < size or len(leaf) != HASH_SIZE:
        return False
    inside, last, seen = position, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if inside & 1 or inside == last:
            seen = node_hash(step, seen)
            while not inside & 1 and inside:
                inside, last = inside >> 1, last >> 1
        else:
            seen = node_hash(seen, step)
        inside, last = inside >> 1, last >> 1
    return last == 0 and seen == root


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: list[bytes]
) -> bool:
    """Whether the second tree begins with the first (RFC 9162, section 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    steps = list(proof)
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    if not steps:
        return False
    inside, last = first - 1, second - 1
    while inside & 1:
        inside, last = inside >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if inside & 1 or inside == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not inside & 1 and inside:
                inside, last = inside >> 1, last >> 1
        else:
            new = node_hash(new, step)
        inside, last = inside >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


class Growing:
    """A tree that grows at its right edge, kept as the roots of its perfect subtrees."""

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self.roots = list(roots)

    def add(self, root: bytes, weight: int = 1) -> None:
        """Append a perfect subtree of that many leaves, a power of two that divides the size."""
        filled = self.size // weight
        self.roots.append(root)
        while filled & 1:
            right = self.roots.pop()
            self.roots.append(node_hash(self.roots.pop(), right))
            filled >>= 1
        self.size += weight

    def root(self) -> bytes:
        """The root of what has been added."""
        if not self.roots:
            return EMPTY_ROOT
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root

    def with_leaves(self, leaves: Iterable[bytes]) -> bytes:
        """The root if these leaf hashes were appended."""
        more = Growing(self.size, self.roots)
        for leaf in leaves:
            more.add(leaf)
        return more.root()


def tile_name(level: int | str, number: int, width: int) -> str:
    """The path of a tile: `tile/<level>/<x001/234>[.p/<width>]`; level "entries" for records."""
    parts = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        parts.append(f"x{number % 1000:03}")
    tail = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(parts))}{tail}"


def width_of(size: int, level: int, number: int) -> int:
    """How many hashes a tile has in a log of that size: 1 to 256, or 0 if there is no such tile."""
    return max(0, min(TILE_WIDTH, (size >> (8 * level)) - number * TILE_WIDTH))


class Tiles:
    """The hash tiles of a bundle, read when they are asked for; a missing one gives None."""

    def __init__(self, bundle: Bundle, report: Report, size: int) -> None:
        self.bundle, self.report, self.size = bundle, report, size
        self.missing: dict[str, bool] = {}
        self._cache: dict[tuple[int, int], bytes | None] = {}
        self._nodes: dict[tuple[int, int], bytes] = {}

    def tile(self, level: int, number: int) -> bytes | None:
        """The hashes of a tile, one after the other."""
        at = (level, number)
        if at not in self._cache:
            if len(self._cache) > 64:
                self._cache.clear()
            self._cache[at] = self._read(level, number)
        return self._cache[at]

    def _read(self, level: int, number: int) -> bytes | None:
        width = width_of(self.size, level, number)
        name = tile_name(level, number, width)
        if not width or name not in self.bundle:
            if width and len(self.missing) < SHOWN_MOST:
                self.missing[name] = True
            return None
        data = self.bundle.read(name, TILE_WIDTH * HASH_SIZE)
        if len(data) != width * HASH_SIZE:
            self.report.fail(
                "tile.width",
                f"{name}: {len(data)} bytes where {width} hashes of {HASH_SIZE} bytes belong.",
                file=name,
            )
            return None
        return data

    def node(self, level: int, index: int) -> bytes | None:
        """The root of the perfect subtree over records index*2^level onwards."""
        at = (level, index)
        if at in self._nodes:
            return self._nodes[at]
        tile_level, up = divmod(level, 8)
        number, offset = divmod(index << up, TILE_WIDTH)
        tile = self.tile(tile_level, number)
        found: bytes | None = None
        if tile is not None and len(tile) >= (offset + (1 << up)) * HASH_SIZE:
            cut = range(offset * HASH_SIZE, (offset + (1 << up)) * HASH_SIZE, HASH_SIZE)
            found = fold([tile[start : start + HASH_SIZE] for start in cut])
        elif tile is None and level >= 8:
            # A tile of a higher level can be made from those below it.
            left = self.node(level - 1, index * 2)
            right = self.node(level - 1, index * 2 + 1) if left is not None else None
            found = node_hash(left, right) if left is not None and right is not None else None
        if found is not None:
            if len(self._nodes) > 20_000:
                self._nodes.clear()
            self._nodes[at] = found
        return found

    def span(self, low: int, high: int) -> bytes | None:
        """The root over records low to high (not included); low is where such a subtree begins."""
        roots = []
        while low < high:
            level = (high - low).bit_length() - 1
            root = self.node(level, low >> level)
            if root is None:
                return None
            roots.append(root)
            low += 1 << level
        root = roots[-1] if roots else EMPTY_ROOT
        for left in reversed(roots[:-1]):
            root = node_hash(left, root)
        return root

    def climb(self, low: int, high: int, root: bytes) -> bytes | None:
        """The root of the whole log if records low to high have that root; None: tiles missing."""
        begin, end, turns = 0, self.size, []
        while (begin, end) != (low, high):
            split = begin + (1 << ((end - begin - 1).bit_length() - 1))
            if high <= split:
                turns.append((split, end, False))
                end = split
            elif low >= split:
                turns.append((begin, split, True))
                begin = split
            else:
                return None
        for side_low, side_high, on_left in reversed(turns):
            side = self.span(side_low, side_high)
            if side is None:
                return None
            root = node_hash(side, root) if on_left else node_hash(root, side)
        return root


# -- 7. Records: entry tiles, and what each record must look like ----------------------------------

_TEXT, _LIST, _DICT, _WHOLE, _NONE = str, list, dict, int, type(None)
RECORD_FIELDS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("v", (_WHOLE,)),
    ("log", (_TEXT,)),
    ("id", (_TEXT,)),
    ("recorded_at", (_TEXT,)),
    ("type", (_TEXT,)),
    ("outcome", (_TEXT,)),
    ("actor_id", (_TEXT, _NONE)),
    ("session", (_TEXT,)),
    ("tenant_id", (_TEXT, _NONE)),
    ("tenant_reference", (_TEXT,)),
    ("scopes", (_LIST,)),
    ("grant_references", (_LIST,)),
    ("purpose", (_TEXT,)),
    ("subject_type", (_TEXT,)),
    ("subject_reference", (_TEXT,)),
    ("detail", (_DICT,)),
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_ENTRY_TILE = re.compile(r"tile/entries/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?", re.ASCII)
_HASH_TILE = re.compile(r"tile/([0-6])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/[0-9]{1,3})?", re.ASCII)
_all_text = {str}.issuperset
_NAMES = tuple(name for name, _ in RECORD_FIELDS)
_NOTHING = (...,) * len(_NAMES)  # stands for a field that is missing, and is of no right kind
# Every way in which all fields are right, for one look-up instead of sixteen.
_RIGHT_KINDS = frozenset(itertools.product(*(kinds for _, kinds in RECORD_FIELDS)))


def wrong_field(record: Mapping[str, Any], log: str) -> str:
    """The first field of a record that is missing or of another kind than it must be; or ""."""
    if tuple(map(type, map(record.get, _NAMES, _NOTHING))) not in _RIGHT_KINDS:
        for name, kinds in RECORD_FIELDS:
            if type(record.get(name, ...)) not in kinds:
                return name
    for name in ("scopes", "grant_references"):
        if not _all_text(map(type, record[name])):
            return name
    if record["v"] not in (1, 2):
        return "v"
    if record["log"] != log:
        return "log"
    if not _UUID.fullmatch(record["id"]):
        return "id"
    if record["v"] == 2:
        digests = record.get("sd")
        if type(digests) is not list or not _all_text(map(type, digests)):
            return "sd"
        if not {43}.issuperset(map(len, digests)):
            return "sd"
        if len(digests) > 1 and digests != sorted(set(digests)):
            return "sd"
    return ""


def split_entries(data: bytes) -> list[bytes]:
    """The records of an entry tile: two bytes of length, then the record. Raises ValueError."""
    records: list[bytes] = []
    at, end = 0, len(data)
    while at < end:
        start = at + 2
        if start > end:
            raise ValueError(f"record {len(records)} of the tile has no length")
        at = start + (data[at] << 8 | data[at + 1])
        if at > end:
            raise ValueError(f"record {len(records)} of the tile runs beyond its end")
        records.append(data[start:at])
    return records


class Repeats:
    """Finds an id that stands twice, in eight bytes an id: sorted keyed hashes, in 64 heaps."""

    def __init__(self) -> None:
        self.key = secrets.token_hex(8)
        self.heaps = [array("q") for _ in range(64)]

    def add(self, text: str) -> None:
        """Note an id."""
        mark = hash(self.key + text)
        self.heaps[mark & 63].append(mark)

    def found(self) -> set[int]:
        """The marks of ids that stand more than once."""
        twice = set()
        for heap in self.heaps:
            if len(set(heap)) != len(heap):
                marks = sorted(heap)
                twice |= {marks[at] for at in range(1, len(marks)) if marks[at] == marks[at - 1]}
        return twice

    def mark(self, text: str) -> int:
        """The mark of an id."""
        return hash(self.key + text)


@dataclass
class Differing:
    """An entry tile whose records are not those of the hash tile beside it."""

    number: int
    name: str
    records: list[bytes]
    hashes: list[bytes]


class Log:
    """The records of a bundle, each read once: hashed, held against the tiles, parsed, replayed."""

    def __init__(
        self,
        bundle: Bundle,
        report: Report,
        head: Checkpoint,
        feed: Callable[[int, dict[str, Any]], None],
    ) -> None:
        self.bundle, self.report, self.head, self.feed = bundle, report, head, feed
        self.name = head.origin.rpartition("/")[2]
        self.tiles = Tiles(bundle, report, head.size)
        self.ids = Repeats()
        self.wanted = 0  # how many records the bundle should hold,
        self.count = 0  # how many it holds,
        self.proven = 0  # and how many of them stand where the signed tree has them
        self.differing: list[Differing] = []
        self.differing_more = 0
        self.rebuilt_root: bytes | None = None
        self.roots_at: dict[int, bytes] = {}
        self.single: dict[int, dict[str, Any]] = {}  # the records of an evidence bundle

    # The whole log

    def check_whole(self, sizes: Iterable[int]) -> None:
        """Check every record up to the checkpoint; note the roots at the given sizes."""
        self.wanted = self.head.size
        present, whole = self._present(0, (self.head.size + TILE_WIDTH - 1) // TILE_WIDTH)
        growing = Growing()
        level_one: list[bytes] = []
        wanted = sorted(size for size in set(sizes) if size <= self.head.size)
        for number, name in present:
            width = width_of(self.head.size, 0, number)
            hashes = self._read(number, name, width)
            whole = whole and len(hashes) == width
            if not whole:
                continue
            while wanted and wanted[0] <= growing.size + width:
                size = wanted.pop(0)
                self.roots_at[size] = growing.with_leaves(hashes[: size - growing.size])
            if width == TILE_WIDTH:
                level_one.append(fold(hashes))
                growing.add(level_one[-1], TILE_WIDTH)
            else:
                for digest in hashes:
                    growing.add(digest)
        if whole:
            self.roots_at.update(dict.fromkeys(wanted, EMPTY_ROOT))  # of an empty log
            self.rebuilt_root = growing.root()
            if self.rebuilt_root == self.head.root:
                self.proven = self.count
        self._judge_whole(self._compare_upper(level_one if whole else []))

    def _judge_whole(self, upper: list[tuple[str, int, int, int]]) -> None:
        """Say where the records leave the signed root, or that they lead to it.

        `upper` are hashes of higher tiles that the records do not lead to.
        """
        if self.rebuilt_root == self.head.root:
            for differing in self.differing:
                self._blame_tile(differing)
            for name, at, low, high in upper:
                self.report.fail(
                    "tile.changed",
                    f"{name}: hash {at} is not that of records {low:,} to {high - 1:,}, which are"
                    " as they were signed.",
                    file=name,
                    position=low,
                )
            self._say_missing_tiles()
            return
        before = self.report.failure_count
        Explanation(self).give()
        if self.report.failure_count == before:
            for name, at, low, high in upper:
                self.report.fail(
                    "records.unproven",
                    f"Records {low:,} to {high - 1:,}: they and the tiles below were changed; hash"
                    f" {at} of {name} is of others.",
                    file=name,
                    position=low,
                )
        if self.rebuilt_root is not None:
            alike = self.report.failure_count == before
            self.report.fail(
                "tree.root",
                "The records and the tiles agree with each other but lead to another root than the"
                " signed one: the tree was rebuilt after it was signed."
                if alike
                else "The records do not lead to the root that was signed.",
                file="checkpoint",
                field="root",
            )

    def _compare_upper(self, hashes: list[bytes]) -> list[tuple[str, int, int, int]]:
        """Where tiles above level 0 are not what the records make: tile, hash, low, high.

        Only the lowest level that differs is told: those above it follow.
        """
        level = 1
        differing: list[tuple[str, int, int, int]] = []
        while hashes and not differing:
            above = []
            for start in range(0, len(hashes), TILE_WIDTH):
                made = hashes[start : start + TILE_WIDTH]
                stored = self.tiles.tile(level, start // TILE_WIDTH) or b"".join(made)
                name, span = tile_name(level, start // TILE_WIDTH, len(made)), 1 << (8 * level)
                for at, digest in enumerate(made):
                    if stored[at * HASH_SIZE : (at + 1) * HASH_SIZE] != digest:
                        low = (start + at) * span
                        differing.append((name, at, low, low + span))
                if len(made) == TILE_WIDTH:
                    above.append(fold(made))
            hashes, level = above, level + 1
        return differing

    # A range of the log

    def check_range(self, first: int, last: int) -> None:
        """Check the entry tiles that hold positions first to last, each against the root."""
        low, high = first // TILE_WIDTH, last // TILE_WIDTH + 1
        self.wanted = min(high * TILE_WIDTH, self.head.size) - low * TILE_WIDTH
        present, _ = self._present(low, high)
        for number, name in present:
            before = len(self.differing)
            hashes = self._read(number, name, width_of(self.head.size, 0, number))
            begin = number * TILE_WIDTH
            end = begin + width_of(self.head.size, 0, number)
            root = self.tiles.climb(begin, end, fold(hashes)) if hashes else EMPTY_ROOT
            if root == self.head.root and len(hashes) == end - begin:
                self.proven += len(hashes)
                if len(self.differing) > before:
                    self._blame_tile(self.differing.pop())
            elif root is None:
                self.report.fail(
                    "tile.missing",
                    f"Records {begin:,} to {end - 1:,} cannot be proven: hash tiles are missing"
                    f" ({self._missing_names()}).",
                    file=name,
                    position=begin,
                )
            elif len(self.differing) == before:
                self.report.fail(
                    "records.unproven",
                    f"{name}: records {begin:,} to {end - 1:,} do not lead to the signed root.",
                    file=name,
                    position=begin,
                )
        Explanation(self).give()
        for name in sorted(self.bundle.names):
            shape = _HASH_TILE.fullmatch(name)
            if shape:
                number = int(shape[2].replace("x", "").replace("/", ""))
                self._check_hash_tile(int(shape[1]), number, name)

    def _check_hash_tile(self, level: int, number: int, name: str) -> None:
        """Hold every hash of a tile against the root, also those that proved no record here."""
        width = width_of(self.head.size, level, number)
        tile = self.tiles.tile(level, number) if tile_name(level, number, width) == name else None
        at = 0
        while tile is not None and at < width:
            # A full tile is one subtree; a partial one is as many as its width has bits.
            count = 1 << ((width - at).bit_length() - 1)
            part = [tile[i * 32 : i * 32 + 32] for i in range(at, at + count)]
            low = (number * TILE_WIDTH + at) << (8 * level)
            high = low + (count << (8 * level))
            root = self.tiles.climb(low, high, fold(part))
            if root is not None and root != self.head.root:
                self.report.fail(
                    "tile.changed",
                    f"{name}: its hashes of records {low:,} to {high - 1:,} do not lead to the"
                    " signed root.",
                    file=name,
                    position=low,
                )
            at += count

    # Single records with their proofs

    def check_proofs(self, names: list[str]) -> None:
        """Check each single record of an evidence bundle by its inclusion proof."""
        found = []
        for name in names:
            held = re.fullmatch(r"proofs/(0|[1-9][0-9]{0,14})\.json", name, re.ASCII)
            if not held:
                raise Unreadable(f"{printable(name, 80)} is no name of a proof.")
            found.append((int(held[1]), name))
        self.wanted += len(found)
        for position, name in sorted(found):
            self._check_proof(position, name)

    def _check_proof(self, position: int, name: str) -> None:
        proof = strict_json(self.bundle.read(name, SMALL_MOST), name)
        fields = proof if isinstance(proof, dict) else {}
        steps = fields.get("hashes")
        texts = [*(steps if isinstance(steps, list) else [None]), fields.get("leaf")]
        raws = [base64_exact(text) if isinstance(text, str) else None for text in texts]
        content, hashes = raws[-1], [raw for raw in raws[:-1] if raw and len(raw) == HASH_SIZE]
        if (
            content is None
            or len(content) > LEAF_MOST
            or len(hashes) != len(raws) - 1
            or type(fields.get("position")) is not int
            or type(fields.get("size")) is not int
        ):
            self.report.fail("proof.form", f"{name}: it is not written as a proof.", file=name)
            return
        if fields["position"] != position or fields["size"] != self.head.size:
            self.report.fail(
                "proof.other",
                f"{name}: it is about position {fields['position']} of a log of"
                f" {fields['size']} records, not {position} of {self.head.size}.",
                file=name,
                position=position,
            )
            return
        digest = leaf_hash(content)
        if verify_inclusion(digest, position, self.head.size, hashes, self.head.root):
            self.proven += 1
        else:
            self.report.fail(
                "proof.wrong",
                f"{name}: the record is not at position {position:,} of the signed log"
                f"{_naming(content)}.",
                file=name,
                position=position,
            )
        self._take(position, content, name, keep=True)

    # Shared

    def _present(self, low: int, high: int) -> tuple[list[tuple[int, str]], bool]:
        """The entry tiles low to high (not included) that are there, and whether all are."""
        found: dict[int, str] = {}
        for name in self.bundle.names:
            shape = _ENTRY_TILE.fullmatch(name)
            if shape:
                number = int(shape[1].replace("x", "").replace("/", ""))
                right = tile_name("entries", number, width_of(self.head.size, 0, number) or 1)
                if low <= number < high and (name == right or number not in found):
                    found[number] = name
        if len(found) == high - low:
            return sorted(found.items()), True
        missing = next(number for number in range(low, high) if number not in found)
        after = [number for number in found if number > missing]
        first = missing * TILE_WIDTH
        until = (min(after) * TILE_WIDTH if after else min(self.head.size, high * TILE_WIDTH)) - 1
        tail = "" if after else ": the tail is cut off"
        name = tile_name("entries", missing, width_of(self.head.size, 0, missing))
        self.report.fail(
            "entries.missing",
            f"{name} is missing, and with it records {first:,} to {until:,}{tail}.",
            file=name,
            position=first,
        )
        return sorted(found.items()), False

    def _read(self, number: int, name: str, width: int) -> list[bytes]:
        """The hashes of an entry tile's records, after each has been read."""
        data = self.bundle.read(name, TILE_WIDTH * (2 + LEAF_MOST))
        try:
            records = split_entries(data)
        except ValueError as error:
            self.report.fail("entries.form", f"{name}: {error}.", file=name)
            return []
        sha256 = _sha256
        hashes = [sha256(b"\x00" + content).digest() for content in records]
        stored = self.tiles.tile(0, number)
        if len(records) != width:
            self.report.fail(
                "entries.count",
                f"{name}: {plural(len(records), 'record')} where {width} belong.",
                file=name,
                position=number * TILE_WIDTH,
            )
        if len(records) != width or (stored is not None and stored != b"".join(hashes)):
            if len(self.differing) < 64:
                self.differing.append(Differing(number, name, records, hashes))
            else:
                self.differing_more += 1
        position = number * TILE_WIDTH
        for content in records[:TILE_WIDTH]:
            self._take(position, content, name)
            position += 1
        return hashes[:TILE_WIDTH]

    def _take(self, position: int, content: bytes, file: str, keep: bool = False) -> None:
        """Parse one record, keep it where there are few, and hand it on."""
        self.count += 1
        try:
            record = canonical_record(content)
        except ValueError as error:
            self.report.fail(
                "record.form", f"Record {position:,}: {error}.", position=position, file=file
            )
            return
        field_name = wrong_field(record, self.name)
        if field_name:
            self.report.fail(
                "record.field",
                f"Record {position:,}{_naming(content)}: the field {field_name} is missing or is"
                " not what it must be.",
                position=position,
                file=file,
                field=field_name,
            )
            return
        self.ids.add(record["id"])
        if keep:
            self.single[position] = record
        self.feed(position, record)

    def _blame_tile(self, differing: Differing) -> None:
        """The records lead to the root, so the hash tile beside them is what was changed."""
        width = width_of(self.head.size, 0, differing.number)
        name = tile_name(0, differing.number, width)
        stored = self.tiles.tile(0, differing.number) or b""
        for at, digest in enumerate(differing.hashes):
            if stored[at * HASH_SIZE : (at + 1) * HASH_SIZE] != digest:
                position = differing.number * TILE_WIDTH + at
                self.report.fail(
                    "tile.changed",
                    f"{name}: hash {at} is not that of record {position:,}; the record itself is"
                    " as it was signed.",
                    file=name,
                    position=position,
                )

    def _missing_names(self) -> str:
        names = sorted(self.tiles.missing)
        return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")

    def _say_missing_tiles(self) -> None:
        """A tile that is missing costs nothing when all records are there; it is said anyway."""
        if self.tiles.missing:
            self.report.gap(
                "tile.missing",
                f"{plural(len(self.tiles.missing), 'hash tile')} are missing"
                f" ({self._missing_names()}); the tree was rebuilt from the records.",
                file=sorted(self.tiles.missing)[0],
            )


def _naming(content: bytes) -> str:
    """The id and type of a record whose content cannot be believed, to find it again."""
    try:
        record = canonical_record(content)
    except ValueError:
        return ""
    return f" (event {printable(record.get('id'), 40)}, {printable(record.get('type'), 40)})"


class Explanation:
    """Says what happened to records that are not those of the signed tree."""

    def __init__(self, log: Log) -> None:
        self.log, self.report = log, log.report
        self.edited: list[tuple[int, bytes, bytes, bytes]] = []  # position, made, signed, content
        self.moved_by = 0

    def give(self) -> None:
        """Judge each differing tile by the hash tile beside it, if that leads to the root."""
        for differing in self.log.differing:
            self._tile(differing)
        self._tell_edited()
        if self.log.differing_more:
            self.report.fail(
                "records.changed",
                f"{plural(self.log.differing_more, 'more entry tile')} differ from the hash tiles.",
            )

    def _tile(self, differing: Differing) -> None:
        tiles, low = self.log.tiles, differing.number * TILE_WIDTH
        high = low + width_of(self.log.head.size, 0, differing.number)
        stored = tiles.tile(0, differing.number)
        signed = [stored[at : at + 32] for at in range(0, len(stored), 32)] if stored else []
        if not signed or tiles.climb(low, high, fold(signed)) != self.log.head.root:
            self.report.fail(
                "records.unproven",
                f"{differing.name}: neither the records {low:,} to {high - 1:,} nor the hash tile"
                " beside them lead to the signed root.",
                file=differing.name,
                position=low,
            )
            return
        made = differing.hashes
        first = next((at for at, one in enumerate(made) if signed[at : at + 1] != [one]), len(made))
        rest_made, rest_signed = made[first:], signed[first:]
        if not rest_made and rest_signed:
            tail = ": the tail is cut off" if high == self.log.head.size else ""
            self.report.fail(
                "record.deleted",
                f"{differing.name}: records {low + first:,} to {high - 1:,} are missing{tail}.",
                position=low + first,
                file=differing.name,
            )
        elif self._is_shift(rest_signed[1:], rest_made) and not self._is_edit(made, signed):
            self._tell_shift(low + first, differing.name, "record.deleted", "is missing")
        elif self._is_shift(rest_made[1:], rest_signed) and not self._is_edit(made, signed):
            self._tell_shift(low + first, differing.name, "record.inserted", "was put in")
        else:
            for at, (one, other) in enumerate(zip(made, signed)):
                if one != other:
                    self.edited.append((low + at, one, other, differing.records[at]))

    @staticmethod
    def _is_edit(made: list[bytes], signed: list[bytes]) -> bool:
        """Whether only one record of the tile differs, and none is missing."""
        return len(made) == len(signed) and sum(a != b for a, b in zip(made, signed)) == 1

    @staticmethod
    def _is_shift(one: list[bytes], other: list[bytes]) -> bool:
        """Whether both go on alike, as far as they go."""
        shared = min(len(one), len(other))
        if shared == 0:
            return len(one) + len(other) <= 1
        return one[:shared] == other[:shared]

    def _tell_shift(self, position: int, file: str, code: str, what: str) -> None:
        self.moved_by += 1
        if self.moved_by == 1:
            self.report.fail(
                code,
                f"The record of position {position:,} {what}; those after it have moved.",
                position=position,
                file=file,
            )
        elif self.moved_by == 2:
            self.report.fail(
                "records.moved",
                f"{file} and what follows: records stand at other positions than were signed.",
                position=position,
                file=file,
            )

    def _tell_edited(self) -> None:
        home = {signed: position for position, _, signed, _ in self.edited}
        moved = {position: home.get(made) for position, made, _, _ in self.edited}
        for position, _, _, content in self.edited:
            other = moved[position]
            if other is not None and moved.get(other) == position:
                if position < other:
                    self.report.fail(
                        "record.swapped",
                        f"The records of positions {position:,} and {other:,} have changed places.",
                        position=position,
                        other=other,
                    )
            elif other is not None:
                self.report.fail(
                    "record.moved",
                    f"At position {position:,} stands the record of position {other:,}.",
                    position=position,
                    other=other,
                )
            else:
                self.report.fail(
                    "record.changed",
                    f"The record of position {position:,}{_naming(content)} was changed after it"
                    " was signed.",
                    position=position,
                    file=tile_name(
                        "entries",
                        position // TILE_WIDTH,
                        width_of(self.log.head.size, 0, position // TILE_WIDTH),
                    ),
                )


# -- 8. Disclosures (RFC 9901): personal and free text that can be taken out -----------------------

_LINE = re.compile(
    rb'\{"disclosure":( ?)"([A-Za-z0-9_-]+)",\1"event":\1"([0-9a-f-]{36})",\1'
    rb'"name":\1"([a-z_.]{1,40})"\}\n',
)


_TO_STANDARD, _FROM_STANDARD = bytes.maketrans(b"-_", b"+/"), bytes.maketrans(b"+/", b"-_")
_disclosure_decoder: Any = json.JSONDecoder(
    parse_constant=_refuse_number, object_pairs_hook=_no_twins
)
_scan_disclosure: Callable[[str, int], tuple[Any, int]] = _disclosure_decoder.scan_once


class Disclosures:
    """Compares the digests in the records with the disclosures given, in 24 bytes a digest."""

    FILE = "disclosures.jsonl"

    def __init__(self, bundle: Bundle, report: Report) -> None:
        self.bundle, self.report = bundle, report
        self.key = secrets.token_hex(8)
        self.expected = [array("q") for _ in range(64)]
        self.positions = [array("q") for _ in range(64)]
        self.count = 0
        self.given = 0

    def expect(self, position: int, event: str, digests: list[str]) -> None:
        """Note the digests of one record."""
        for digest in digests:
            mark = hash(self.key + event + digest)
            self.expected[mark & 63].append(mark)
            self.positions[mark & 63].append(position)
            self.count += 1

    def check(self) -> None:
        """Compare: a wrong disclosure is a failure, a missing one means redacted."""
        heaps = [array("q") for _ in range(64)]
        for number, line in self._lines():
            read = self._read(number, line, tell=True)
            if read:
                mark = hash(self.key + read[0] + read[1])
                heaps[mark & 63].append(mark)
                self.given += 1
        stray = set()
        redacted: list[int] = []
        for heap, expected, positions in zip(heaps, self.expected, self.positions):
            given, known = set(heap), set(expected)
            stray |= given - known
            if not known <= given:
                redacted += [p for mark, p in zip(expected, positions) if mark not in given]
        self.report.redacted_count = len(redacted)
        redacted.sort()
        self.report.redacted = [{"position": p} for p in redacted[:SHOWN_MOST]]
        if stray:
            self._tell_stray(stray)

    def _tell_stray(self, stray: set[int]) -> None:
        for number, line in self._lines():
            read = self._read(number, line, tell=False)
            if read and hash(self.key + read[0] + read[1]) in stray:
                self.report.fail(
                    "disclosure.wrong",
                    f"{self.FILE} line {number:,}: the disclosure of {read[2]} of event {read[0]}"
                    " is not what the record commits to.",
                    file=self.FILE,
                    line=number,
                    event=read[0],
                    field=read[2],
                )

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        return enumerate(self.bundle.lines(self.FILE), 1) if self.FILE in self.bundle else iter(())

    def _read(self, number: int, line: bytes, *, tell: bool) -> tuple[str, str, str] | None:
        """Event, digest and name of a line; None, and told, when it is malformed."""
        found = _LINE.fullmatch(line)
        reason = "it is not written as a disclosure"
        if found:
            encoded, event, name = found[2], found[3].decode(), found[4].decode()
            reason = self._fault(encoded, name)
            if not reason:
                digest = binascii.b2a_base64(_sha256(encoded).digest(), newline=False)
                return event, digest.translate(_FROM_STANDARD, b"=").decode(), name
        if tell:
            self.report.fail(
                "disclosure.form",
                f"{self.FILE} line {number:,}: {reason}.",
                file=self.FILE,
                line=number,
            )
        return None

    @staticmethod
    def _fault(encoded: bytes, name: str) -> str:
        """What is wrong with `[salt, name, value]`, or ""."""
        try:
            # Its spelling is bound by the digest, which is over this text.
            text = binascii.a2b_base64(encoded.translate(_TO_STANDARD) + b"==").decode("utf-8")
            parts, end = _scan_disclosure(text, 0)
        except (ValueError, RecursionError, StopIteration):
            return "the disclosure is not JSON in base64url"
        if (
            end != len(text)
            or type(parts) is not list
            or len(parts) != 3
            or type(parts[0]) is not str
        ):
            return "the disclosure is not [salt, name, value]"
        if len(parts[0]) < 22:
            return "the salt has fewer than 128 bits"
        if parts[1] != name:
            return f"it is called {name} and discloses {printable(parts[1], 40)}"
        return ""


# -- 9. The replay: is every read and act inside an approved, unexpired grant? ---------------------

# Acts that need no grant, because a standing relation or the record itself covers them: asking,
# deciding, stopping. They open nothing. A deletion case is asked for and decided in the same way;
# starting one (case.running) is an act under a grant.
GRANT_FREE = (
    "request.", "vote.", "grant.", "stop.",
    "case.opened", "case.voted", "case.approved", "case.refused", "case.withdrawn",
    "case.certificate_taken",
)  # fmt: skip
# Outcomes that opened and changed nothing.
NOTHING_OPENED = frozenset({"closed", "refused"})
GRANT_ENDS = frozenset({"grant.returned", "grant.revoked", "grant.suspended"})
APPROVALS, DENIALS = frozenset({"approve", "approved"}), frozenset({"deny", "denied"})


@dataclass
class Revision:
    """What a request asked for at one time."""

    number: int
    at: str
    scopes: frozenset[str]
    minutes: int | None
    needed: int


@dataclass
class Ballot:
    """One vote."""

    position: int
    event: str
    at: str
    revision: int | None
    voter: str
    person: str
    decision: str
    scopes: frozenset[str]
    minutes: int | None
    factor: bool
    policy: int | None
    needed: int


@dataclass
class Request:
    """A request as the log tells it."""

    requester: str = ""
    person: str = ""
    tenant: str = ""
    revisions: list[Revision] = field(default_factory=list)
    ballots: list[Ballot] = field(default_factory=list)
    not_counted: dict[str, str] = field(default_factory=dict)
    policy: int | None = None
    question_open: bool = False


@dataclass
class Grant:
    """A grant as the log tells it. `cut` is the moment it ended, whatever ended it."""

    reference: str
    tenant: str = ""
    made: bool = False
    made_position: int = 0
    made_event: str = ""
    made_at: str = ""
    request: str = ""
    scopes: frozenset[str] = frozenset()
    minutes: int | None = None
    claim_by: str = ""
    policy: int | None = None
    holder: str = ""
    revision: int | None = None
    needed: int = 0
    votes: frozenset[str] | None = None
    judged: bool = False
    start: str = ""
    cut: str = ""
    why_cut: str = ""
    rooms: frozenset[str] | None = None
    last_use: str = ""
    last_position: int = 0


def _integer(detail: Mapping[str, Any], *names: str) -> int | None:
    return next((detail[name] for name in names if type(detail.get(name)) is int), None)


def _string(detail: Mapping[str, Any], *names: str) -> str:
    return next((detail[name] for name in names if type(detail.get(name)) is str), "")


def _strings(detail: Mapping[str, Any], name: str) -> frozenset[str] | None:
    value = detail.get(name)
    if type(value) is not list or not _all_text(map(type, value)):
        return None
    return frozenset(value)


class Replay:
    """Goes through the records in order and holds every use of data against the grants so far.

    `complete` says whether the records begin at position 0: only then is a grant that was never
    made a failure; in a part of the log it may have been made before.
    """

    def __init__(self, report: Report, log: str, complete: bool) -> None:
        self.report, self.log, self.complete = report, log, complete
        self.requests: dict[str, Request] = {}
        self.grants: dict[str, Grant] = {}
        self.stopped: dict[str, str] = {}
        self.latest = ""
        self.uses = self.free = self.by_system = self.refused = 0
        self.unseen = 0
        self.unseen_grants: dict[str, bool] = {}
        self.edges: list[int] = []
        self.back_dated: list[int] = []
        self.judged = self.started = self.ungated = 0
        self._acts: dict[str, Callable[[int, dict[str, Any], str], None]] = {
            "request.submitted": self._asked,
            "request.changed": self._asked,
            "request.question_asked": self._question,
            "request.answered": self._question,
            "request.approved": self._approved,
            "vote.not_counted": self._not_counted,
            "grant.made": self._made,
            "grant.ready": self._made,
            "grant.started": self._started,
            "stop.pressed": self._stop,
            "stop.released": self._stop,
            **dict.fromkeys(GRANT_ENDS, self._ended),
            **dict.fromkeys(("vote.cast", "vote.approve", "vote.deny"), self._voted),
        }

    def feed(self, position: int, record: dict[str, Any]) -> None:
        """Take the next record."""
        at = moment(record["recorded_at"])
        if not at:
            self._fail("record.field", position, record, "recorded_at is no time in UTC")
            return
        if at > self.latest:
            self.latest = at
        elif seconds_between(at, self.latest) > BACK_DATED_SECONDS:
            self.back_dated.append(position)
        kind, outcome = record["type"], record["outcome"]
        act = self._acts.get(kind)
        if act is not None:
            if outcome in NOTHING_OPENED:
                self.refused += 1
                return
            self.free += 1
            act(position, record, at)
            if len(self.requests) + len(self.grants) > TRACKED_MOST:
                raise Unreadable(f"It has more than {TRACKED_MOST:,} requests and grants.")
        elif outcome == "opened":
            self._use(position, record, at)
        elif outcome in NOTHING_OPENED:
            self.refused += 1
        elif record["actor_id"] is None:
            self.by_system += 1
        elif kind.startswith(GRANT_FREE) or record["tenant_id"] is None:
            self.free += 1
        else:
            self._use(position, record, at)

    def finish(self) -> None:
        """Judge grants that were never started, and tell what was counted."""
        for grant in self.grants.values():
            if grant.made and not grant.judged:
                self._judge(grant)
        if self.edges:
            self.report.gap(
                "use.edge",
                f"{plural(len(self.edges), 'read or act', 'reads or acts')} written within"
                f" {EDGE_SECONDS:g} s after the grant ended: probably under way at that moment."
                f" Look at them. Positions {_some(self.edges)}.",
                position=self.edges[0],
            )
        if self.back_dated:
            self.report.gap(
                "record.back_dated",
                f"{plural(len(self.back_dated), 'record')} more than {BACK_DATED_SECONDS:g} s older"
                f" than a record before them. Positions {_some(self.back_dated)}.",
                position=self.back_dated[0],
            )
        if self.unseen:
            self.report.gap(
                "use.grant_elsewhere",
                f"{plural(self.unseen, 'record')} could not be held against their grants"
                f" ({_some(sorted(self.unseen_grants))}): they were made before this part of the"
                " log. Ask for a bundle that begins earlier.",
            )

    # What is told

    def _fail(
        self, code: str, position: int, record: Mapping[str, Any], says: str, **where: str | int
    ) -> None:
        self.report.fail(
            code,
            f"Record {position:,} ({record['type']}, event {record['id']}): {says}.",
            position=position,
            event=record["id"],
            **where,
        )

    # Requests and votes

    def _asked(self, position: int, record: dict[str, Any], at: str) -> None:
        detail = record["detail"]
        request = self.requests.setdefault(record["subject_reference"], Request())
        first = record["type"] == "request.submitted"
        if first and request.revisions:
            self._fail("request.twice", position, record, "the request was submitted before")
        if first:
            request.requester = _string(detail, "requester") or str(record["actor_id"])
            request.person = _string(detail, "requester_person", "person")
            request.tenant = str(record["tenant_id"])
        elif request.requester and record["actor_id"] != request.requester:
            self._fail("request.other", position, record, "somebody else changed the request")
        number = _integer(detail, "revision")
        request.revisions.append(
            Revision(
                number=1 if number is None else number,
                at=at,
                scopes=frozenset(record["scopes"]),
                minutes=_integer(detail, "minutes"),
                needed=_integer(detail, "quorum", "votes_needed", "needed") or 0,
            )
        )
        request.question_open = False

    def _question(self, position: int, record: dict[str, Any], at: str) -> None:
        request = self.requests.setdefault(record["subject_reference"], Request())
        request.question_open = record["type"] == "request.question_asked"

    def _approved(self, position: int, record: dict[str, Any], at: str) -> None:
        request = self.requests.setdefault(record["subject_reference"], Request())
        request.policy = _integer(record["detail"], "policy_version", "policy")

    def _not_counted(self, position: int, record: dict[str, Any], at: str) -> None:
        request = self.requests.setdefault(record["subject_reference"], Request())
        request.not_counted[_string(record["detail"], "voter")] = at

    def _voted(self, position: int, record: dict[str, Any], at: str) -> None:
        detail = record["detail"]
        request = self.requests.setdefault(record["subject_reference"], Request())
        decision = _string(detail, "decision") or record["type"].partition(".")[2]
        if decision in APPROVALS and request.question_open:
            self._fail("vote.question", position, record, "it approves while a question is open")
        request.ballots.append(
            Ballot(
                position=position,
                event=record["id"],
                at=at,
                revision=_integer(detail, "revision"),
                voter=str(record["actor_id"]),
                person=_string(detail, "voter_person", "person"),
                decision=decision,
                scopes=frozenset(record["scopes"]),
                minutes=_integer(detail, "minutes"),
                factor=bool(_string(detail, "second_factor", "method")),
                policy=_integer(detail, "policy_version", "policy"),
                needed=_integer(detail, "quorum", "votes_needed", "needed") or 0,
            )
        )

    # Grants

    def _made(self, position: int, record: dict[str, Any], at: str) -> None:
        detail = record["detail"]
        reference = record["subject_reference"]
        grant = self.grants.setdefault(reference, Grant(reference))
        if grant.made:
            self._fail("grant.twice", position, record, f"{reference} was made before")
            return
        grant.made, grant.made_position, grant.made_event = True, position, record["id"]
        grant.tenant, grant.made_at = str(record["tenant_id"]), at
        grant.request = _string(detail, "request")
        grant.scopes = frozenset(record["scopes"])
        grant.minutes = _integer(detail, "minutes")
        grant.claim_by = moment(detail.get("claim_by"))
        grant.policy = _integer(detail, "policy_version", "policy")
        grant.holder = _string(detail, "holder")
        grant.revision = _integer(detail, "revision")
        grant.needed = _integer(detail, "quorum") or 0
        grant.votes = _strings(detail, "votes")
        if detail.get("whole_tenant") is not True:
            grant.rooms = _strings(detail, "rooms")
        if grant.tenant in self.stopped:
            self._fail("stop.ignored", position, record, "a stop of this tenant stood")

    def _gates(self, position: int, record: dict[str, Any], detail: dict[str, Any]) -> None:
        """Employment, screening, training and privacy wording were judged at the start."""
        if "gates" not in detail:
            self.ungated += 1
            return
        missing = GATES - frozenset(_strings(detail, "gates") or ())
        if missing:
            named = ", ".join(sorted(missing))
            self._fail("start.gates", position, record, f"it was started without {named}")

    def _started(self, position: int, record: dict[str, Any], at: str) -> None:
        detail = record["detail"]
        reference = record["subject_reference"]
        grant = self.grants.setdefault(reference, Grant(reference))
        actor = str(record["actor_id"])
        if grant.start:
            self._fail("start.twice", position, record, f"{reference} was started before")
            return
        if grant.cut:
            self._fail("start.ended", position, record, f"{reference} had ended ({grant.why_cut})")
        self.started += 1
        self._judge(grant)
        if not grant.made:
            if self.complete:
                self._fail("grant.unmade", position, record, f"{reference} was never granted")
            else:
                self._note_unseen(reference)
            grant.tenant, grant.holder = str(record["tenant_id"]), actor
            grant.scopes = frozenset(record["scopes"])
        start = moment(detail.get("starts_at")) or at
        end = moment(detail.get("ends_at"))
        allowed = f"{reference} is for {grant.minutes} minutes"
        most = None if grant.minutes is None else grant.minutes * 60
        if end and most is not None and seconds_between(start, end) > most:
            self._fail("start.longer", position, record, f"{allowed} and would run longer")
        if abs(seconds_between(start, at)) > START_DELAY_SECONDS:
            self._fail("start.time", position, record, "it does not start when it was recorded")
        if grant.claim_by and at >= grant.claim_by:
            self._fail("start.late", position, record, f"{reference} was not started in time")
        if grant.holder and grant.holder != actor:
            self._fail("start.other", position, record, f"somebody else started {reference}")
        if str(record["tenant_id"]) != grant.tenant:
            self._fail("start.tenant", position, record, f"{reference} is of another tenant")
        if not frozenset(record["scopes"]) <= grant.scopes:
            self._fail("start.wider", position, record, f"{reference} does not have these scopes")
        if not _string(detail, "second_factor", "method"):
            self._fail("start.factor", position, record, "it names no second factor")
        self._gates(position, record, detail)
        if grant.tenant in self.stopped:
            self._fail("stop.ignored", position, record, "a stop of this tenant stood")
        grant.holder = grant.holder or actor
        grant.start = start
        if not grant.cut:
            grant.cut, grant.why_cut = end or _later(start, grant.minutes or 0), "its time was over"
        if detail.get("whole_tenant") is True:
            grant.rooms = None
        else:
            rooms = _strings(detail, "rooms")
            grant.rooms = rooms if rooms is not None else grant.rooms

    def _ended(self, position: int, record: dict[str, Any], at: str) -> None:
        reference = record["subject_reference"]
        grant = self.grants.get(reference)
        if grant is None:
            grant = self.grants[reference] = Grant(reference)
            if self.complete:
                self._fail("grant.unmade", position, record, f"{reference} was never granted")
        kind = record["type"]
        if kind == "grant.returned" and grant.holder and record["actor_id"] != grant.holder:
            self._fail("end.other", position, record, f"somebody else returned {reference}")
        if kind == "grant.revoked" and grant.holder and record["actor_id"] == grant.holder:
            self._fail("end.own", position, record, f"the holder revoked {reference}")
        if not grant.cut or at < grant.cut:
            grant.cut, grant.why_cut = at, kind.partition(".")[2]
        if grant.last_use >= grant.cut:
            # The read stands before the end in the log, and is later by the clock.
            self._after(grant.last_position, record, grant, grant.last_use)

    def _stop(self, position: int, record: dict[str, Any], at: str) -> None:
        if record["subject_type"] != "tenant":
            return
        tenant = str(record["tenant_id"])
        if record["type"] == "stop.pressed":
            self.stopped[tenant] = at
        else:
            self.stopped.pop(tenant, None)

    def _judge(self, grant: Grant) -> None:
        """Whether a grant was approved as it must be, by what the log says up to its making."""
        if grant.judged or not grant.made:
            return
        grant.judged = True
        self.judged += 1
        record = {"type": "grant.made", "id": grant.made_event}
        request = self.requests.get(grant.request)
        revisions = [r for r in request.revisions if r.at <= grant.made_at] if request else []
        if request is None or not revisions or not request.requester:
            if self.complete:
                says = f"{grant.reference} comes from no request in the log"
                self._fail("grant.no_request", grant.made_position, record, says)
            else:
                self._note_unseen(grant.reference)
            return
        if grant.holder and grant.holder != request.requester:
            says = f"{grant.reference} is held by somebody who did not ask for it"
            self._fail("grant.other", grant.made_position, record, says)
        grant.holder = grant.holder or request.requester
        for code, says in self._faults(grant, request, revisions[-1]):
            self._fail(code, grant.made_position, record, says, grant=grant.reference)

    def _faults(self, grant: Grant, request: Request, asked: Revision) -> Iterator[tuple[str, str]]:
        """What is wrong with the approval of a grant: code and sentence."""
        name = grant.reference
        before = [b for b in request.ballots if b.at <= grant.made_at]
        standing = {b.voter: b for b in before if b.revision in (None, asked.number)}
        lost = {who: at for who, at in request.not_counted.items() if at <= grant.made_at}
        approving: dict[str, Ballot] = {}
        for ballot in standing.values():
            if ballot.decision not in APPROVALS or ballot.at <= lost.get(ballot.voter, ""):
                continue
            if ballot.voter == request.requester or (
                ballot.person and ballot.person == request.person
            ):
                yield "grant.self_approved", f"{name} was approved by the one who asked for it"
                continue
            approving[ballot.person or ballot.voter] = ballot
            if not ballot.factor:
                yield "vote.factor", f"the vote in event {ballot.event} names no second factor"
        if any(ballot.decision in DENIALS for ballot in before):
            yield "grant.denied", f"{name} was made although the request was denied"
        needed = max(
            1,
            asked.needed,
            grant.needed,
            *(ballot.needed for ballot in before),
            *(VOTES_FLOOR.get(scope, 1) for scope in grant.scopes),
        )
        if len(approving) < needed:
            yield (
                "grant.votes",
                f"{name} has {len(approving)} of {needed} approvals by different people on the"
                f" last revision ({asked.number})",
            )
        if grant.revision not in (None, asked.number):
            yield "grant.revision", f"{name} names another revision than the last ({asked.number})"
        if grant.votes is not None and grant.votes != {b.voter for b in approving.values()}:
            yield "grant.votes", f"{name} names other voters than those who approved"
        allowed = [asked.scopes, *(b.scopes for b in approving.values() if b.scopes)]
        if not all(grant.scopes <= scopes for scopes in allowed):
            yield "grant.wider", f"{name} has scopes that were not asked for or not approved"
        limits = [asked.minutes, *(ballot.minutes for ballot in approving.values())]
        shortest = min((limit for limit in limits if limit is not None), default=None)
        if grant.minutes is None:
            yield "grant.minutes", f"{name} does not say for how long it is"
        elif shortest is not None and grant.minutes > shortest:
            yield (
                "grant.longer",
                f"{name} is for {grant.minutes} minutes, and {shortest} were approved",
            )
        policy = grant.policy if grant.policy is not None else request.policy
        if policy is None or policy < 1:
            yield "grant.policy", f"{name} names no policy version"
        else:
            last = max(approving.values(), key=lambda b: (b.at, b.position), default=None)
            if last is not None and last.policy not in (None, policy):
                yield (
                    "grant.policy",
                    f"{name} names policy {policy}, and its last approval policy {last.policy}",
                )
        if request.tenant != grant.tenant:
            yield "grant.tenant", f"{name} is of another tenant than its request"

    # Uses

    def _use(self, position: int, record: dict[str, Any], at: str) -> None:
        """Hold one read or act against the grants that it names."""
        self.uses += 1
        references = record["grant_references"]
        if not references:
            self._fail("use.no_grant", position, record, "it opened data and names no grant")
            return
        tenant, actor = record["tenant_id"], record["actor_id"]
        opened = set(record["scopes"])
        seen_all = True
        for reference in references:
            grant = self.grants.get(reference)
            if grant is None or not grant.start:
                if self.complete:
                    says = f"{reference} was not started before it"
                    self._fail("use.not_started", position, record, says, grant=reference)
                else:
                    self._note_unseen(reference)
                seen_all = False
                continue
            if at > grant.last_use:
                grant.last_use, grant.last_position = at, position
            opened -= grant.scopes
            if grant.start <= at < grant.cut and grant.tenant == tenant and grant.holder == actor:
                if grant.rooms is not None and not self._in_rooms(record, grant.rooms):
                    says = f"{reference} does not reach {record['subject_reference']}"
                    self._fail("use.room", position, record, says, grant=reference)
                continue
            if grant.tenant != tenant:
                says = f"{reference} is of another tenant"
                self._fail("use.tenant", position, record, says, grant=reference)
            if grant.holder != actor:
                says = f"{reference} is held by somebody else"
                self._fail("use.holder", position, record, says, grant=reference)
            if at < grant.start:
                says = f"it is earlier than the start of {reference}"
                self._fail("use.early", position, record, says, grant=reference)
            if at >= grant.cut:
                self._after(position, record, grant, at)
        if opened and seen_all:
            says = f"no grant that it names has {', '.join(sorted(opened)[:5])}"
            self._fail("use.scope", position, record, says, field="scopes")
        if tenant in self.stopped:
            self._fail("stop.ignored", position, record, "a stop of this tenant stood")

    def _after(self, position: int, record: Mapping[str, Any], grant: Grant, at: str) -> None:
        if seconds_between(grant.cut, at) < EDGE_SECONDS:
            self.edges.append(position)
            return
        self.report.fail(
            "use.after_end",
            f"Record {position:,}: data was opened under {grant.reference} at {at}Z, after its end"
            f" at {grant.cut}Z ({grant.why_cut}).",
            position=position,
            grant=grant.reference,
            event=record["id"],
        )

    @staticmethod
    def _in_rooms(record: Mapping[str, Any], rooms: frozenset[str]) -> bool:
        return record["subject_type"] != "room" or record["subject_reference"] in rooms

    def _note_unseen(self, reference: str) -> None:
        self.unseen += 1
        if len(self.unseen_grants) < SHOWN_MOST:
            self.unseen_grants[reference] = True


def _later(at: str, minutes: int) -> str:
    """A moment so many minutes later."""
    try:
        later = datetime.fromisoformat(at) + timedelta(minutes=minutes)
    except (ValueError, OverflowError):
        return at
    return later.isoformat(timespec="microseconds")


def _some(items: list[Any]) -> str:
    """The first few of a list, and how many more there are."""
    shown = ", ".join(printable(item, 40) for item in items[:5])
    return shown + (f" and {len(items) - 5:,} more" if len(items) > 5 else "")


# -- 10. All of it, in order -----------------------------------------------------------------------


def verify(bundle: Bundle, keys: bytes | None = None, previous: Iterable[bytes] = ()) -> Report:
    """Check a bundle against the auditor's own keys and earlier checkpoints. Never raises."""
    report = Report()
    try:
        _verify(bundle, keys, list(previous), report)
    except Unreadable as error:
        report.unreadable = str(error)
    except MemoryError:
        report.unreadable = "It does not fit into this machine's memory."
    return report


def verify_source(
    source: str | bytes | Mapping[str, bytes],
    keys: bytes | None = None,
    previous: Iterable[bytes] = (),
) -> Report:
    """Check a bundle given as a path, as a zip's bytes, or as files by name. Never raises."""
    try:
        bundle = open_bundle(source)
    except Unreadable as error:
        report = Report()
        report.unreadable = str(error)
        return report
    try:
        return verify(bundle, keys, previous)
    finally:
        bundle.close()


def _verify(bundle: Bundle, keys: bytes | None, previous: list[bytes], report: Report) -> None:
    if "checkpoint" not in bundle:
        raise Unreadable("It holds no file named checkpoint.")
    try:
        head = Checkpoint.parse(bundle.read("checkpoint", NOTE_MOST))
    except BadNote as error:
        report.fail("checkpoint.form", f"checkpoint: {error}", file="checkpoint")
        report.not_checked.append("Anything else: there is nothing to hold it to.")
        return
    report.about.update(origin=printable(head.origin), size=head.size, root=head.root.hex())
    trust = _trust(bundle, keys, head, report)
    if trust is not None:
        signed = check_signatures(report, head, trust, "checkpoint")
        report.about["signed"] = signed
        if signed:
            witnessed = len(report.about.get("witnessed", []))
            report.checked.append(
                "The log's own key signed the checkpoint, and"
                f" {plural(witnessed, 'witness', 'witnesses')} of {len(trust.witnesses)} cosigned"
                f" it (you ask for {trust.quorum})."
            )
    earlier = _earlier(previous, head, trust, report)
    part = _part(bundle, head, report)
    disclosures = Disclosures(bundle, report)
    replay = Replay(report, head.origin.rpartition("/")[2], complete=part == "whole")

    def feed(position: int, record: dict[str, Any]) -> None:
        if record["v"] == 2 and record["sd"]:
            disclosures.expect(position, record["id"], record["sd"])
        replay.feed(position, record)

    log = Log(bundle, report, head, feed)
    _read_records(bundle, log, part, [one.size for _, one in earlier])
    _check_ids(log, report)
    tree_holds = log.proven == log.wanted and log.rebuilt_root in (None, head.root)
    _tell_records(log, part, tree_holds, report)
    _check_earlier(bundle, log, earlier, report)
    disclosures.check()
    _tell_disclosures(disclosures, report)
    replay.finish()
    _tell_replay(replay, part, tree_holds, report)
    _check_manifest(bundle, head, part, report)
    if "pack.json" in bundle:
        Pack(log.single, report).check(
            strict_json(bundle.read("pack.json", PACK_MOST), "pack.json")
        )
    if "ledger.json" in bundle:
        Ledger(log.single, report).check(
            strict_json(bundle.read("ledger.json", PACK_MOST), "ledger.json")
        )
    elif report.about.get("kind") == "ledger":
        report.gap("ledger.none", "It is a ledger, and holds no ledger.json.", file="ledger.json")
    _tell_rest(bundle, report)


def _trust(bundle: Bundle, keys: bytes | None, head: Checkpoint, report: Report) -> Trust | None:
    """The keys to believe: the auditor's own; else the bundle's, which prove little."""
    own = bundle.read("keys.json", SMALL_MOST) if "keys.json" in bundle else None
    if keys is not None:
        trust = Trust.parse(keys, head.origin, "your keys file")
    elif own is not None:
        trust = Trust.parse(own, head.origin, "keys.json")
        report.gap(
            "keys.own",
            "You gave no keys of your own (--keys): the keys come from the bundle itself, so its"
            " signatures prove only that its maker signed it.",
            file="keys.json",
        )
    else:
        report.gap(
            "keys.none",
            "No keys were given: no signature was checked, so everything here may be made up.",
        )
        return None
    if not trust.witnesses or trust.quorum == 0:
        report.gap(
            "witness.none",
            "No witness has to have seen this checkpoint: the log could show others another one.",
        )
    if keys is not None and own is not None:
        try:
            same = Trust.parse(own, head.origin, "keys.json")
            same_keys = {key.text for key in (*same.log_keys, *same.witnesses)}
        except Unreadable:
            same_keys = set()
        if same_keys != {key.text for key in (*trust.log_keys, *trust.witnesses)}:
            report.not_checked.append(
                "keys.json of the bundle: it differs from your keys, and yours were used."
            )
    return trust


def _earlier(
    previous: list[bytes], head: Checkpoint, trust: Trust | None, report: Report
) -> list[tuple[str, Checkpoint]]:
    """The auditor's own earlier checkpoints, as far as they are of this log and signed by it."""
    found = []
    for number, data in enumerate(previous, 1):
        name = "your earlier checkpoint" + (f" {number}" if len(previous) > 1 else "")
        try:
            one = Checkpoint.parse(data)
        except BadNote as error:
            raise Unreadable(f"{name}: {error}") from None
        if one.origin != head.origin:
            raise Unreadable(f"{name} is of another log: {printable(one.origin)}")
        if trust is not None:
            lone = Trust(trust.log_keys, trust.witnesses, 0)
            if not check_signatures(report, one, lone, name):
                continue
        found.append((name, one))
    if not previous:
        report.not_checked.append(
            "That the log only grew since you last looked: you gave no earlier checkpoint"
            " (--previous). Keep this one (--keep)."
        )
    return found


def _part(bundle: Bundle, head: Checkpoint, report: Report) -> str:
    """What the bundle holds of the log: "whole", "range", or "proofs" of single records."""
    report.about["holds"] = "whole"
    if "range.json" in bundle:
        span = strict_json(bundle.read("range.json", SMALL_MOST), "range.json")
        first = span.get("first") if isinstance(span, dict) else None
        last = span.get("last") if isinstance(span, dict) else None
        if type(first) is not int or type(last) is not int or not 0 <= first <= last:
            raise Unreadable("range.json does not give a first and a last position.")
        report.about.update(holds="range", first=first, last=last)
    else:
        tops = {name.partition("/")[0] for name in bundle.names}
        if "proofs" in tops and not any(n.startswith("tile/entries/") for n in bundle.names):
            report.about["holds"] = "proofs"
    return str(report.about["holds"])


def _read_records(bundle: Bundle, log: Log, part: str, sizes: list[int]) -> None:
    proofs = [name for name in bundle.names if name.startswith("proofs/")]
    if part == "whole":
        log.check_whole(sizes)
    elif part == "range":
        first, last = log.report.about["first"], log.report.about["last"]
        log.wanted = last - first + 1
        if last >= log.head.size:
            log.report.fail(
                "range.beyond",
                f"range.json: it ends at position {last:,}, and the log has"
                f" {log.head.size:,} records.",
                file="range.json",
            )
        elif (last - first) // TILE_WIDTH > len(bundle.names):
            log.report.fail(
                "entries.missing",
                "range.json: it names more records than there are files for.",
                file="range.json",
            )
        else:
            log.check_range(first, last)
    if part != "whole":
        log.check_proofs(proofs)


def _check_ids(log: Log, report: Report) -> None:
    """No event may stand twice in the log."""
    twice = log.ids.found()
    if twice:
        report.fail(
            "record.twice",
            f"{plural(len(twice), 'event')} stand more than once in the records given.",
            field="id",
        )


def _check_earlier(
    bundle: Bundle, log: Log, earlier: list[tuple[str, Checkpoint]], report: Report
) -> None:
    """The log must begin with what the auditor saw before."""
    head = log.head
    for name, old in earlier:
        told = f"{name} ({old.size:,} records)"
        if old.size > head.size:
            report.fail(
                "checkpoint.rolled_back",
                f"{told}: this one has only {head.size:,}. The log was rolled back, or its tail"
                " was cut off.",
                file="checkpoint",
                field="size",
                previous=old.size,
            )
            continue
        if old.size == head.size:
            if old.root != head.root:
                report.fail(
                    "checkpoint.forked",
                    f"{told}: this one has the same size and another root. The log shows two"
                    " histories; keep both files, they prove it.",
                    file="checkpoint",
                    field="root",
                    previous=old.size,
                )
                continue
        elif old.size or old.root != EMPTY_ROOT:
            held = _begins_with(bundle, log, old)
            if held is None:
                report.gap(
                    "checkpoint.not_compared",
                    f"{told}: the bundle does not hold what is needed to compare them.",
                    previous=old.size,
                )
                continue
            if not held:
                report.fail(
                    "checkpoint.inconsistent",
                    f"{told}: the first {old.size:,} records are not those that you were shown"
                    " then. The log shows two histories; keep both files, they prove it.",
                    file="checkpoint",
                    field="root",
                    previous=old.size,
                )
                continue
        report.checked.append(f"The log begins with what {told} was about; nothing was taken back.")


def _begins_with(bundle: Bundle, log: Log, old: Checkpoint) -> bool | None:
    """Whether the signed tree begins with an older one; None when that cannot be told."""
    head = log.head
    if log.rebuilt_root == head.root and old.size in log.roots_at:
        return log.roots_at[old.size] == old.root
    if log.tiles.span(0, head.size) == head.root:
        root = log.tiles.span(0, old.size)
        if root is not None:
            return root == old.root
    name = f"consistency/{old.size}.json"
    if name in bundle:
        proof = strict_json(bundle.read(name, SMALL_MOST), name)
        steps = proof.get("hashes") if isinstance(proof, dict) else None
        texts = steps if isinstance(steps, list) else [None]
        hashes = [base64_exact(text) if isinstance(text, str) else None for text in texts]
        if any(raw is None or len(raw) != HASH_SIZE for raw in hashes):
            raise Unreadable(f"{name} is not written as a proof.")
        clean = [raw for raw in hashes if raw is not None]
        return verify_consistency(old.size, head.size, old.root, head.root, clean)
    if old.size in log.roots_at and log.roots_at[old.size] == old.root:
        log.report.not_checked.append(
            f"The first {old.size:,} records are as you saw them: what was changed comes after."
        )
    return None


def _check_manifest(bundle: Bundle, head: Checkpoint, part: str, report: Report) -> None:
    """The manifest is not signed: it only must not say anything else than the checkpoint."""
    if "manifest.json" not in bundle:
        report.gap("manifest.none", "It holds no manifest.json.", file="manifest.json")
        return
    manifest = strict_json(bundle.read("manifest.json", SMALL_MOST), "manifest.json")
    manifest = manifest if isinstance(manifest, dict) else {}
    roots = (head.root.hex(), base64.b64encode(head.root).decode())
    right = {
        "log": manifest.get("log") in (head.origin, head.origin.rpartition("/")[2]),
        "size": type(manifest.get("size")) is int and manifest["size"] == head.size,
        "root": manifest.get("root") in roots,
        "kind": manifest.get("kind") in ("log", "day", "evidence", "ledger"),
    }
    if part != "whole" and manifest.get("kind") == "log":
        right["kind"] = False
    for name, holds in right.items():
        if not holds:
            report.fail(
                "manifest.differs",
                f"manifest.json: its {name} is not that of the checkpoint and the files.",
                file="manifest.json",
                field=name,
            )
    report.about["kind"] = printable(manifest.get("kind"), 20)
    report.not_checked.append(
        "What manifest.json says about the bundle otherwise (its maker, its subject): nobody"
        " signed that."
    )


class Pack:
    """Holds pack.json, which people read, against the records that it tells of."""

    FIELDS: ClassVar = {
        "at": "recorded_at",
        "what": "type",
        "outcome": "outcome",
        "actor": "actor_id",
        "scopes": "scopes",
        "detail": "detail",
    }
    LISTS = ("request", "talk", "votes", "decided", "made", "started", "ended", "uses")

    def __init__(self, records: Mapping[int, dict[str, Any]], report: Report) -> None:
        self.records, self.report = records, report
        self.told: dict[int, bool] = {}

    def check(self, pack: Any) -> None:
        """Each line must be what its record says, and no record may be left out."""
        before = self.report.failure_count
        pack = pack if isinstance(pack, dict) else {}
        for name in self.LISTS:
            lines = pack.get(name)
            for line in lines if isinstance(lines, list) else [None]:
                self._check_line(name, line if isinstance(line, dict) else {})
        for position in sorted(self.records.keys() - self.told.keys()):
            self._differs("pack.omits", f"it leaves out record {position:,}", position)
        first = self.records[min(self.records)] if self.records else {}
        tenant = {"id": first.get("tenant_id"), "reference": first.get("tenant_reference")}
        grants = {g for record in self.records.values() for g in record["grant_references"]}
        heads = {
            "log": pack.get("log") == first.get("log"),
            "tenant": pack.get("tenant") == tenant,
            "purpose": pack.get("purpose") == first.get("purpose"),
            "grant": isinstance(pack.get("grant"), str) and pack["grant"] in grants,
        }
        for name in [*(name for name in heads if not heads[name]), *self._unknown(pack)]:
            self._differs("pack.differs", f"its {printable(name, 40)} is not in the records", 0)
        if self.report.failure_count == before:
            self.report.checked.append(
                f"pack.json tells {plural(len(self.told), 'record')}, each as it is."
            )

    def _unknown(self, pack: Mapping[str, Any]) -> list[str]:
        return sorted(pack.keys() - {*self.LISTS, "log", "tenant", "purpose", "grant"})

    def _check_line(self, name: str, line: dict[str, Any]) -> None:
        position = line.get("position")
        record = self.records.get(position) if type(position) is int else None
        if record is None or type(position) is not int:
            self._differs("pack.differs", f"a line of {name} has no record here", 0)
            return
        self.told[position] = True
        for key, value in line.items():
            if key == "position":
                continue
            right = record.get(self.FIELDS.get(key, key), ...)
            if key == "subject":
                right = [record["subject_type"], record["subject_reference"]]
            if right != value:
                says = f"in {name}, {printable(key, 40)} of record {position:,} is another"
                self._differs("pack.differs", says, position)

    def _differs(self, code: str, says: str, position: int) -> None:
        self.report.fail(code, f"pack.json: {says}.", file="pack.json", position=position)


class Ledger:
    """Counts ledger.json, which a tenant reads, again from the records of the views it tells of."""

    def __init__(self, records: Mapping[int, dict[str, Any]], report: Report) -> None:
        self.records, self.report = records, report
        self.told: dict[int, int] = {}  # the line that counted a view
        self.kinds: dict[str, str] = {}  # what was said of an actor
        self.views = self.sent = 0

    def check(self, ledger: Any) -> None:
        """Each line must be what its records make, and no view of the month may be left out."""
        before = self.report.failure_count
        ledger = ledger if isinstance(ledger, dict) else {}
        month, tenant, lines = ledger.get("month"), ledger.get("tenant"), ledger.get("lines")
        if type(month) is not str or not re.fullmatch(r"[0-9]{4}-[0-9]{2}", month, re.ASCII):
            self._differs("ledger.differs", "it names no month", 0)
            return
        counted = {at: one for at, one in self.records.items() if self._counts(one, month, tenant)}
        for number, line in enumerate(lines if isinstance(lines, list) else [None], 1):
            self._check_line(number, line if isinstance(line, dict) else {}, counted)
        for position in sorted(counted.keys() - self.told.keys()):
            says = f"it leaves out the view of record {position:,}"
            self._differs("ledger.omits", says, position)
        if self.report.failure_count == before:
            self.report.checked.append(
                f"ledger.json counts {plural(self.views, 'view')} and"
                f" {plural(self.sent, 'form')} sent in {plural(len(lines or []), 'line')}; each"
                " was counted again from its records."
            )
        self.report.not_checked.append(
            "What ledger.json says of who looked (employer, country), and its words for scopes: no"
            " record holds them. That one person stands under one kind was checked."
        )

    @staticmethod
    def _counts(record: Mapping[str, Any], month: str, tenant: object) -> bool:
        """Whether a record is a view that showed something of the tenant in that month."""
        return (
            record["type"].startswith("view.")
            and record["outcome"] == "opened"
            and record["tenant_reference"] == tenant
            and record["recorded_at"].startswith(month + "-")
            and record["detail"].get("found") is not False
        )

    def _check_line(
        self, number: int, line: dict[str, Any], counted: Mapping[int, dict[str, Any]]
    ) -> None:
        positions = line.get("positions")
        records = []
        for position in positions if isinstance(positions, list) else [None]:
            record = counted.get(position) if type(position) is int else None
            if record is None or type(position) is not int:
                where = position if type(position) is int else 0
                says = f"line {number} counts {printable(position, 20)}, which is no view of the"
                self._differs("ledger.differs", f"{says} tenant and month in this bundle", where)
                return
            if position in self.told:
                says = f"lines {self.told[position]} and {number} both count record {position:,}"
                self._differs("ledger.twice", says, position)
            self.told[position] = number
            records.append(record)
        if not records or type(positions) is not list:
            self._differs("ledger.differs", f"line {number} counts nothing", 0)
            return
        self._compare(number, line, records, positions[0])

    def _compare(
        self, number: int, line: dict[str, Any], records: list[dict[str, Any]], position: int
    ) -> None:
        """Hold what a line says against what its records make."""
        sent = sum("method" in one["detail"] for one in records)
        self.views, self.sent = self.views + len(records) - sent, self.sent + sent
        times = [moment(one["recorded_at"]) for one in records]
        head = records[0]
        scopes = sorted(head["scopes"])
        right = {
            "views": len(records) - sent,
            "sent": sent,
            "things": len({(one["subject_type"], one["subject_reference"]) for one in records}),
            "day": head["recorded_at"][:10],
            "scopes": scopes,
            "purpose": head["purpose"],
        }
        given = {"sent": 0, **line}
        for name, made in right.items():
            if type(given.get(name)) is not type(made) or given[name] != made:
                says = f"line {number} says {name} {printable(given.get(name), 60)}, its records"
                self._differs("ledger.differs", f"{says} make {made}", position, field=name)
        for name, made in (("first", min(times)), ("last", max(times))):
            if moment(given.get(name)) != made:
                says = f"line {number} says {name} {printable(given.get(name), 40)}, its records"
                self._differs("ledger.differs", f"{says} make {made}", position, field=name)
        for at, one in zip(line["positions"], records):
            kept = (one["recorded_at"][:10], sorted(one["scopes"]), one["purpose"])
            if kept != (right["day"], scopes, right["purpose"]):
                says = f"line {number} counts record {at:,}, of another day, scope or purpose"
                self._differs("ledger.differs", says, at)
        self._check_who(number, line.get("who"), scopes, records, position)

    def _check_who(
        self, number: int, who: object, scopes: list[str], records: list[Any], position: int
    ) -> None:
        """The part that a person played follows from the scopes; the kind must stay one."""
        part, _, kind = who.partition(", ") if isinstance(who, str) else ("", "", "")
        if part != ("auditor" if scopes == ["audit.view"] else "operator") or not kind:
            says = f"in line {number}, who looked is not written as its scopes have it"
            self._differs("ledger.differs", says, position, field="who")
            return
        for one in records:
            if self.kinds.setdefault(str(one["actor_id"]), kind) != kind:
                says = f"line {number} says of one person what another line says otherwise"
                self._differs("ledger.differs", says, position, field="who")
                return

    def _differs(self, code: str, says: str, position: int, **more: str) -> None:
        self.report.fail(
            code, f"ledger.json: {says}.", file="ledger.json", position=position, **more
        )


def _tell_records(log: Log, part: str, tree_holds: bool, report: Report) -> None:
    """Say what the records were held against."""
    report.about["records"] = log.count
    size = f"{log.head.size:,}"
    if tree_holds and part == "whole":
        report.checked.append(
            f"All {size} records, none missing, changed or moved, lead to the signed root."
        )
    elif tree_holds:
        report.checked.append(
            f"{plural(log.proven, 'record')} of {size}, each at its place in the signed tree."
        )
    elif log.proven:
        report.checked.append(f"{plural(log.proven, 'record')} lead to the signed root.")
    if part != "whole":
        report.not_checked.append(
            "Records that are not in this bundle, and so whether something was left out of it."
        )
    report.not_checked += [
        "That everything that happened was written down: a log can prove what it holds, not what"
        " it was never told.",
        "Repeated identical views within five minutes: the log holds the first of them.",
    ]


def _tell_disclosures(disclosures: Disclosures, report: Report) -> None:
    if disclosures.FILE in disclosures.bundle:
        report.checked.append(
            f"{plural(disclosures.given, 'disclosure')} compared with what the records commit to."
        )
    if report.redacted_count:
        report.not_checked.append(
            f"{plural(report.redacted_count, 'redacted value')}: taken out, or not given to you."
            f" The records are whole. First at positions"
            f" {_some([one['position'] for one in report.redacted])}."
        )


def _tell_replay(replay: Replay, part: str, tree_holds: bool, report: Report) -> None:
    report.about["replay"] = {
        "reads_and_acts": replay.uses,
        "grants_judged": replay.judged,
        "grants_started": replay.started,
        "by_the_system": replay.by_system,
        "opened_nothing": replay.refused,
        "needing_no_grant": replay.free,
    }
    report.checked.append(
        f"{plural(replay.uses, 'read or act', 'reads and acts')} held against their grants (person,"
        f" tenant, scopes, time), and {plural(replay.judged, 'grant')} against request, votes,"
        " quorum, second factors and policy version."
    )
    if not tree_holds:
        report.not_checked.append(
            "Whether what the replay says is true of the signed log: it ran over the records as"
            " they are here."
        )
    if replay.by_system:
        report.not_checked.append(
            f"{plural(replay.by_system, 'record')} of what the system did by itself: no person, no"
            " grant."
        )
    if replay.ungated:
        starts = plural(replay.ungated, "start")
        report.not_checked.append(f"The personnel gates at {starts}: they are not in the log.")
    report.not_checked += [
        "Whether two accounts are one person, and whether the policy of that version asked for"
        " more than the log says.",
        "What the log does not carry: the groups that voters were in, which room a device or"
        " incident is of, and emergency stops of a person (those of a tenant were replayed).",
    ]


def _tell_rest(bundle: Bundle, report: Report) -> None:
    """Name the files that nothing was done with."""
    known = {"keys.json", "manifest.json"}
    idle = sorted(name for name in bundle.names if name not in bundle.used and name not in known)
    # Those of earlier checkpoints that the auditor did not keep.
    idle = [name for name in idle if not name.startswith("consistency/")]
    harmless = [name for name in idle if not name.startswith(("tile/", "proofs/"))]
    if harmless:
        report.not_checked.append(f"{plural(len(harmless), 'unknown file')}: {_some(harmless)}.")
    if len(idle) > len(harmless):
        tiles = [name for name in idle if name not in harmless]
        report.gap(
            "files.idle",
            f"{plural(len(tiles), 'tile or proof', 'tiles or proofs')} that a bundle like this does"
            f" not need, and that were not looked at: {_some(tiles)}.",
            file=tiles[0],
        )


# -- 11. The command -------------------------------------------------------------------------------

HEADINGS = {
    "verified": "VERIFIED",
    "failed": "VERIFICATION FAILED",
    "unreadable": "CANNOT BE READ",
    "verified with gaps": "VERIFIED, WITH GAPS",
}


def as_text(report: Report) -> str:
    """The report in plain words."""
    about = report.about
    lines = [HEADINGS[report.verdict]]
    if report.unreadable:
        return f"{lines[0]}\n\n  {report.unreadable}\n"
    if "origin" in about:
        lines += ["", f"  Log      {about['origin']}", f"  Records  {about['size']:,}"]
        lines += [f"  Root     {about['root']}"]
        seen = [_clock(at) for at in about.get("witnessed", [])]
        lines += [f"  Witness  saw it at {at}" for at in seen]
    lines += _block("Wrong", [f"{f.says} [{f.code}]" for f in report.failures])
    if report.failure_count > len(report.failures):
        lines.append(f"  ... and {report.failure_count - len(report.failures):,} more")
    lines += _block("Gaps", [f"{f.says} [{f.code}]" for f in report.gaps])
    if report.gap_count > len(report.gaps):
        lines.append(f"  ... and {report.gap_count - len(report.gaps):,} more")
    lines += _block("Checked", report.checked)
    lines += _block("Not checked", report.not_checked)
    return "\n".join(lines) + "\n"


def _block(title: str, sentences: list[str]) -> list[str]:
    return ["", title, *(f"  - {sentence}" for sentence in sentences)] if sentences else []


def _clock(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"second {seconds}"


def _file(path: str, what: str) -> bytes:
    """A small file of the auditor's own. Raises Unreadable."""
    try:
        with open(path, "rb") as file:
            data = file.read(SMALL_MOST + 1)
    except (OSError, ValueError) as error:
        raise Unreadable(f"{what} cannot be read: {printable(error, 160)}") from None
    if len(data) > SMALL_MOST:
        raise Unreadable(f"{what} is larger than {SMALL_MOST:,} bytes.")
    return data


def _keep(path: str, report: Report, checkpoint: bytes) -> None:
    """Keep the checkpoint for next time, whole or not at all."""
    if report.exit_code in (1, 2) or not report.about.get("signed"):
        report.not_checked.append("The checkpoint was not kept: it was not verified and signed.")
        return
    try:
        with open(f"{path}.new", "wb") as file:
            file.write(checkpoint)
        os.replace(f"{path}.new", path)
    except (OSError, ValueError) as error:
        report.gap("keep.failed", f"The checkpoint could not be kept: {error}", file=path)


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="rooms_verify.py",
        description="Check an exported part of the Rooms Ops record, offline.",
        epilog="Exit codes: 0 verified, 1 verification failed, 2 cannot be read, 3 verified with"
        " gaps.",
    )
    parser.add_argument("bundle", help="the zip, or a folder with its content")
    parser.add_argument("--keys", help="the keys that you trust (not the bundle's copy)")
    parser.add_argument(
        "--previous",
        action="append",
        default=[],
        help="a checkpoint you kept; may be repeated",
    )
    parser.add_argument("--keep", help="where to keep this checkpoint for next time")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser.parse_args(argv)


def run(arguments: argparse.Namespace) -> Report:
    """Do what the command line asks. Never raises."""
    try:
        keys = _file(arguments.keys, "Your keys file") if arguments.keys else None
        previous = [_file(path, "Your earlier checkpoint") for path in arguments.previous]
        bundle = open_bundle(arguments.bundle)
        report = verify(bundle, keys, previous)
        if arguments.keep and not report.unreadable:
            _keep(arguments.keep, report, bundle.read("checkpoint", NOTE_MOST))
        bundle.close()
    except Unreadable as error:
        report = Report()
        report.unreadable = str(error)
    return report


def main(argv: list[str] | None = None) -> int:
    """The command: print the report, return the exit code."""
    gc.disable()  # records hold no cycles, and looking for some takes a tenth of the time
    arguments = _arguments(argv)
    report = run(arguments)
    told = json.dumps(report.as_dict(), indent=2) + "\n" if arguments.json else as_text(report)
    sys.stdout.buffer.write(told.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
    sys.stdout.flush()
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
