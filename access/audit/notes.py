"""Signed notes and verifier keys (C2SP signed-note): a text, an empty line, signature lines.

Only Ed25519 over the text (type 0x01) is made and checked here; cosignatures have their own file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
DASH: Final = "\u2014 "
LARGEST: Final = 1_000_000
MOST_SIGNATURES: Final = 100
KEY_ID_SIZE: Final = 4
PUBLIC_SIZE: Final = 32


class BadNote(ValueError):
    """A note, key or signature that is malformed or wrong; the message says how."""


def decoded(text: str) -> bytes:
    """The bytes of base64 in its one canonical spelling, or BadNote."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote(f"{text[:60]!r} is not base64.") from error
    if encoded(data) != text:
        raise BadNote(f"{text[:60]!r} is not canonical base64.")
    return data


def encoded(data: bytes) -> str:
    """Standard base64, with padding."""
    return base64.b64encode(data).decode()


def check_name(name: str) -> str:
    """The name of a key, or BadNote: it is not empty and has no space and no plus."""
    if not name or "+" in name or any(letter.isspace() for letter in name):
        raise BadNote(f"{name[:60]!r} is no name of a key.")
    return name


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The first four bytes of SHA-256 over name, newline, type and public key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:KEY_ID_SIZE]


@dataclass(frozen=True)
class VerifierKey:
    """The public half of a key: who signs, how, and what checks it."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that a signature line begins with."""
        return key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        material = encoded(bytes([self.kind]) + self.public)
        return f"{self.name}+{self.id.hex()}+{material}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a vkey; BadNote for another type, a wrong id or any other spelling."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise BadNote("A verifier key is name+id+key.")
        name, number, material = check_name(parts[0]), parts[1], decoded(parts[2])
        if len(material) != 1 + PUBLIC_SIZE or material[0] not in (ED25519, COSIGNATURE):
            raise BadNote(f"The verifier key of {name} is of an unknown type.")
        key = cls(name, material[0], material[1:])
        if key.id.hex() != number:
            raise BadNote(f"The id of the verifier key of {name} is wrong.")
        return key

    def check(self, signature: bytes, message: bytes) -> None:
        """Check an Ed25519 signature (RFC 8032) over a message, or BadNote."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError) as error:
            raise BadNote(f"The signature of {self.name} is wrong.") from error


@dataclass(frozen=True)
class Signer:
    """The private half of a key."""

    name: str
    kind: int
    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, name: str, kind: int, seed: bytes) -> Signer:
        """A key from its 32 secret bytes (RFC 8032, section 5.1.5)."""
        return cls(check_name(name), kind, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public = self.private.public_key().public_bytes_raw()
        return VerifierKey(self.name, self.kind, public)

    def line(self, signature: bytes) -> str:
        """A signature line around a signature of this key."""
        return f"{DASH}{self.name} {encoded(self.verifier.id + signature)}\n"

    def sign(self, text: str) -> str:
        """The signature line for a note's text."""
        if not text.endswith("\n"):
            raise BadNote("The text of a note ends with a newline.")
        return self.line(self.private.sign(text.encode()))


@dataclass(frozen=True)
class Signature:
    """One signature line, taken apart."""

    name: str
    key_id: bytes
    signature: bytes

    def by(self, key: VerifierKey) -> bool:
        """Whether the line says it is of that key."""
        return (self.name, self.key_id) == (key.name, key.id)


@dataclass(frozen=True)
class Note:
    """A note taken apart; nothing of it is believed yet."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Take a note apart strictly, or BadNote."""
        if len(data) > LARGEST:
            raise BadNote("The note is too long.")
        try:
            whole = data.decode()
        except UnicodeDecodeError as error:
            raise BadNote("The note is not UTF-8.") from error
        if any(letter < " " and letter != "\n" for letter in whole):
            raise BadNote("The note contains a control character.")
        text, gap, tail = whole.rpartition("\n\n")
        if not gap or not tail.endswith("\n"):
            raise BadNote("The note has no signature lines.")
        lines = tail[:-1].split("\n")
        if len(lines) > MOST_SIGNATURES:
            raise BadNote("The note has too many signatures.")
        return cls(text + "\n", tuple(_signature(line) for line in lines))

    def signed_by(self, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
        """Those keys that signed the text. Unknown signatures are passed over; a wrong one of a
        known key spoils the note (BadNote)."""
        found = []
        for key in keys:
            mine = [one for one in self.signatures if one.by(key)]
            for one in mine:
                key.check(one.signature, self.text.encode())
            if mine:
                found.append(key)
        return found


def _signature(line: str) -> Signature:
    if not line.startswith(DASH):
        raise BadNote("A signature line does not begin with a dash.")
    name, gap, rest = line[len(DASH) :].partition(" ")
    material = decoded(rest)
    if not gap or len(material) <= KEY_ID_SIZE:
        raise BadNote("A signature line is too short.")
    return Signature(check_name(name), material[:KEY_ID_SIZE], material[KEY_ID_SIZE:])
