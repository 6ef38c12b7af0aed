"""Checkpoints (C2SP tlog-checkpoint): a log's origin, size and root, the text of a signed note."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from access.audit.merkle import EMPTY_ROOT, HASH_SIZE
from access.audit.notes import BadNote, Note, VerifierKey, decoded, encoded
from access.residency import CONTROL

HOST: Final = "rooms-ops.example"
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")


def log_name(alias: str) -> str:
    """What the log of a database is called: `control`, or the region."""
    return "control" if alias == CONTROL else alias.removesuffix("_owner")


def origin(log: str) -> str:
    """The first line of a log's checkpoints, and the name of its key."""
    return f"{HOST}/audit/{log}"


def witness_name(region: str) -> str:
    """The name of a region's witness."""
    return f"{HOST}/witness/{region}"


@dataclass(frozen=True)
class Checkpoint:
    """A log at one size."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed: three lines and no extensions."""
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a checkpoint without extension lines, or BadNote."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise BadNote("A checkpoint has three lines.")
        if not _NUMBER.fullmatch(lines[1]):
            raise BadNote(f"{lines[1][:60]!r} is no size of a tree.")
        root = decoded(lines[2])
        if len(root) != HASH_SIZE:
            raise BadNote("The root of a checkpoint has 32 bytes.")
        size = int(lines[1])
        if size == 0 and root != EMPTY_ROOT:
            raise BadNote("An empty tree has another root.")
        return cls(lines[0], size, root)


def opened(data: bytes, origin: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The checkpoint of a note that one of the log's keys signed, or BadNote."""
    note = Note.parse(data)
    if not note.signed_by(keys):
        raise BadNote("No known key of the log signed the checkpoint.")
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != origin:
        raise BadNote(f"The checkpoint is of {checkpoint.origin}, not of {origin}.")
    return checkpoint
