"""The signer of a log, and the witnesses of others (C2SP tlog-checkpoint, tlog-witness).

Neither believes the database: each keeps its own memory of what it signed, and signs only what
a consistency proof (RFC 9162, section 2.1.4) shows to continue that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from access.audit.checkpoints import Checkpoint, opened
from access.audit.cosignatures import cosign
from access.audit.durable import Memory
from access.audit.merkle import BrokenProof, check_consistency
from access.audit.notes import BadNote, Note, Signer, VerifierKey


class Inconsistent(RuntimeError):
    """The log does not continue what was signed before: rolled back, forked or tampered with."""


def check_continues(seen: Checkpoint | None, new: Checkpoint, hashes: Sequence[bytes]) -> None:
    """Raise Inconsistent unless `new` provably continues `seen`. The very first is taken as is."""
    if seen is None or seen.size == 0:
        if hashes:
            raise Inconsistent("Nothing was signed yet, so there is nothing to prove.")
        return
    if new.size < seen.size:
        raise Inconsistent(f"{new.origin} has {new.size} events; {seen.size} were signed before.")
    try:
        check_consistency(seen.size, new.size, seen.root, new.root, hashes)
    except BrokenProof as error:
        raise Inconsistent(f"{new.origin} does not continue what was signed: {error}") from error


@dataclass(frozen=True)
class LogSigner:
    """Signs the checkpoints of one log with all of its keys, newest first."""

    keys: Sequence[Signer]
    memory: Memory

    @property
    def origin(self) -> str:
        """The log's origin line."""
        return self.keys[0].name

    def sign(self, new: Checkpoint, hashes: Sequence[bytes]) -> str:
        """The signed note of a checkpoint that continues the last one. Raises Inconsistent."""
        if new.origin != self.origin:
            raise BadNote(f"The key of {self.origin} does not sign for {new.origin}.")
        seen = self.memory.last(new.origin)
        check_continues(seen, new, hashes)
        self.memory.replace(seen, new)
        text = new.text()
        return text + "\n" + "".join(key.sign(text) for key in self.keys)


@dataclass(frozen=True)
class Witness:
    """Cosigns checkpoints of the logs whose keys it was given (tlog-witness, add-checkpoint)."""

    key: Signer
    memory: Memory
    logs: dict[str, Sequence[VerifierKey]]

    def add_checkpoint(self, note: bytes, hashes: Sequence[bytes], at: int) -> str:
        """The cosignature line for a signed checkpoint that continues what this witness knows.

        `at` is the time in seconds since 1970. Raises BadNote for one that the log did not sign,
        Inconsistent for one that does not follow.
        """
        name = note.decode(errors="replace").partition("\n")[0]
        if name not in self.logs:
            raise BadNote(f"{self.key.name} does not know the log {name[:80]!r}.")
        new = opened(note, name, self.logs[name])
        seen = self.memory.last(name)
        check_continues(seen, new, hashes)
        self.memory.replace(seen, new)
        return cosign(self.key, Note.parse(note).text, at)
