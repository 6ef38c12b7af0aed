"""Timestamped Ed25519 cosignatures of checkpoints (C2SP tlog-cosignature, type 0x04)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from access.audit.notes import COSIGNATURE, BadNote, Note, Signer, VerifierKey

TIME_SIZE: Final = 8
LATEST: Final = 2**63 - 1


def message(text: str, at: int) -> bytes:
    """What is signed: the header, the time in seconds since 1970, and the checkpoint's text."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def cosign(signer: Signer, text: str, at: int) -> str:
    """The signature line of a witness for a checkpoint's text at a time in seconds since 1970."""
    if signer.kind != COSIGNATURE or not 0 <= at <= LATEST:
        raise BadNote("A cosignature needs a witness's key and a time.")
    signature = signer.private.sign(message(text, at))
    return signer.line(at.to_bytes(TIME_SIZE, "big") + signature)


def cosigned_by(note: Note, keys: Iterable[VerifierKey]) -> dict[VerifierKey, int]:
    """The witnesses that cosigned, with the time each says. BadNote for a wrong cosignature of
    a known witness; unknown ones are passed over."""
    found: dict[VerifierKey, int] = {}
    for key in keys:
        for one in note.signatures:
            if not one.by(key):
                continue
            at = int.from_bytes(one.signature[:TIME_SIZE], "big")
            if len(one.signature) != TIME_SIZE + 64 or at > LATEST:
                raise BadNote(f"The cosignature of {key.name} is malformed.")
            key.check(one.signature[TIME_SIZE:], message(note.text, at))
            found[key] = at
    return found
