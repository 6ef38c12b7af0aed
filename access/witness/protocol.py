"""What a witness is asked and what it answers (C2SP tlog-witness, add-checkpoint). Pure of HTTP."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from access.audit.checkpoints import Checkpoint, opened
from access.audit.cosignatures import cosign
from access.audit.durable import Memory, MemoryFault
from access.audit.merkle import EMPTY_ROOT, HASH_SIZE
from access.audit.notes import BadNote, Note, Signer, VerifierKey, decoded, encoded
from access.audit.signing import Inconsistent, check_continues

MOST_STEPS: Final = 63
LARGEST: Final = 64_000
SIZE_TYPE: Final = "text/x.tlog.size"
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})")


class Malformed(ValueError):
    """A request that has not the form of one."""


@dataclass(frozen=True)
class Submission:
    """An old size, the proof from it, and a signed checkpoint as it was sent."""

    old: int
    steps: tuple[bytes, ...]
    note: bytes

    def body(self) -> bytes:
        """The request's body."""
        lines = [f"old {self.old}", *(encoded(step) for step in self.steps), "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def parse(cls, body: bytes) -> Submission:
        """Take a body apart strictly, or Malformed."""
        head, gap, note = body.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise Malformed("The proof is not in ASCII.") from error
        said = _OLD.fullmatch(first)
        if not gap or said is None or len(lines) > MOST_STEPS:
            raise Malformed("A request is an old size, up to 63 hashes, an empty line and a note.")
        try:
            steps = tuple(decoded(line) for line in lines)
        except BadNote as error:
            raise Malformed(str(error)) from error
        if any(len(step) != HASH_SIZE for step in steps):
            raise Malformed("A hash of the proof has 32 bytes.")
        return cls(int(said[1]), steps, note)


@dataclass(frozen=True)
class Answer:
    """A status and a body; `kind` is the content type."""

    status: int
    body: str
    kind: str = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Desk:
    """One witness: its key, what it signed, and the keys of the logs it was told of.

    `clock` is the witness's own: its times are its word and nobody else's.
    """

    key: Signer
    memory: Memory
    logs: dict[str, Sequence[VerifierKey]]
    clock: Callable[[], float] = time.time

    def add_checkpoint(self, body: bytes) -> Answer:
        """Cosign a checkpoint that provably continues the last one, or say why not."""
        try:
            asked = Submission.parse(body)
        except Malformed as error:
            return Answer(400, f"{error}\n")
        name = asked.note.decode(errors="replace").partition("\n")[0]
        if name not in self.logs:
            return Answer(404, "This witness does not know the log.\n")
        try:
            new = opened(asked.note, name, self.logs[name])
        except BadNote as error:
            return Answer(403, f"{error}\n")
        if asked.old > new.size:
            return Answer(400, "The old size is larger than the checkpoint.\n")
        try:
            return self._judge(asked, new)
        except MemoryFault:
            # Unreadable, or somebody else signed meanwhile: nothing is signed until it is clear.
            return Answer(503, "The memory of this witness cannot be used.\n")

    def _judge(self, asked: Submission, new: Checkpoint) -> Answer:
        seen = self.memory.last(new.origin)
        known = seen.size if seen else 0
        if asked.old != known:
            return Answer(409, f"{known}\n", SIZE_TYPE)
        if (new.size == 0 and new.root != EMPTY_ROOT) or (known == 0 and asked.steps):
            return Answer(422, "From nothing, there is nothing to prove.\n")
        try:
            check_continues(seen, new, asked.steps)
        except Inconsistent as error:
            return Answer(422, f"{error}\n")
        self.memory.replace(seen, new)
        return Answer(200, cosign(self.key, Note.parse(asked.note).text, int(self.clock())))
