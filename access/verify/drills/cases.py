"""Each way to tamper with a log, and what an auditor must be told of it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from access.verify import rooms_verify as verify
from access.verify.drills.workshop import Files, Workshop


@dataclass(frozen=True)
class Case:
    """A tampered bundle, which code at which position must come of it, and what the auditor keeps.

    The codes are alternatives; `position` is None where the place is not a position.
    """

    name: str
    what_was_done: str
    files: Files
    codes: tuple[str, ...]
    position: int | None = None
    keys: bytes = b""
    previous: tuple[bytes, ...] = ()


class Tampering(Workshop):
    """A log in the workshop, and what can be done to it."""

    def cases(self) -> Iterable[Case]:
        """Each way to tamper, the untouched bundle first."""
        steps: list[Callable[[], Case | None]] = [
            self.untouched,
            self.edited_record,
            self.deleted_record,
            self.swapped_records,
            self.truncated_tail,
            self.rebuilt_tree,
            self.rolled_back,
            self.rolled_back_and_written_on,
            self.forked,
            self.changed_tile,
            self.unsigned_checkpoint,
            self.one_witness_less,
            self.missing_disclosure,
            self.wrong_disclosure,
        ]
        for step in steps:
            case = step()
            if case is not None:
                yield replace(case, keys=self.keys)

    def untouched(self) -> Case:
        """The control: what is good must be called good."""
        return Case("Untouched", "Nothing: this is the bundle as it is.", self.files, ())

    @property
    def middle(self) -> int:
        """A position to tamper at."""
        return self.size // 2

    def _edited(self) -> list[bytes]:
        leaves = list(self.leaves)
        record = json.loads(leaves[self.middle])
        # The last letter of its id: the record stays well formed.
        other = record["id"][:-1] + ("0" if record["id"][-1] != "0" else "1")
        leaves[self.middle] = leaves[self.middle].replace(record["id"].encode(), other.encode())
        return leaves

    def edited_record(self) -> Case:
        """One byte of one record."""
        return Case(
            "Edited record",
            f"One character of the record of position {self.middle} was changed.",
            self.with_entries(self._edited()),
            ("record.changed",),
            self.middle,
        )

    def deleted_record(self) -> Case:
        """One record taken out, the others moved up."""
        leaves = [*self.leaves[: self.middle], *self.leaves[self.middle + 1 :]]
        return Case(
            "Deleted record",
            f"The record of position {self.middle} was taken out.",
            self.with_entries(leaves),
            ("record.deleted",),
            self.middle,
        )

    def swapped_records(self) -> Case:
        """Two records in each other's place."""
        leaves = list(self.leaves)
        one, other = self.middle - 1, self.middle
        leaves[one], leaves[other] = leaves[other], leaves[one]
        return Case(
            "Swapped records",
            f"The records of positions {one} and {other} changed places.",
            self.with_entries(leaves),
            ("record.swapped",),
            one,
        )

    def truncated_tail(self) -> Case:
        """The newest records taken out, the checkpoint left."""
        left = self.size - max(1, self.size // 10)
        return Case(
            "Truncated tail",
            f"All records from position {left} on were taken out.",
            self.with_entries(self.leaves[:left]),
            ("record.deleted", "entries.missing"),
            # A tile that lost all of its records is missing as a whole.
            left if left % verify.TILE_WIDTH and left // 256 == (self.size - 1) // 256 else None,
        )

    def rebuilt_tree(self) -> Case:
        """A record edited and all tiles made anew, by somebody without the log's key."""
        return Case(
            "Edited record, tree rebuilt",
            f"The record of position {self.middle} was changed and all tiles were made anew; the"
            " checkpoint stayed.",
            {**self.remade(self._edited(), self.files["checkpoint"])},
            ("tree.root",),
        )

    def rolled_back(self) -> Case:
        """Yesterday's log, whole and signed."""
        leaves = self.leaves[: self.middle]
        return Case(
            "Database rolled back to yesterday",
            f"A whole and signed bundle of an earlier state ({self.middle} records) was given to"
            " an auditor who had kept a later checkpoint.",
            self.remade(leaves, self.signed(leaves)),
            ("checkpoint.rolled_back",),
            previous=(self.files["checkpoint"],),
        )

    def rolled_back_and_written_on(self) -> Case:
        """Rolled back, and other records written in the place of the lost ones."""
        kept, lost = self.leaves[: self.middle], self.leaves[self.middle :]
        leaves = [*kept, *lost[1:], lost[0]]
        earlier = self.signed(self.leaves[: self.middle + 1])
        return Case(
            "Rolled back and written on",
            f"The log was rolled back to {self.middle} records, others were written in their"
            " place, and it was signed again.",
            self.remade(leaves, self.signed(leaves)),
            ("checkpoint.inconsistent",),
            previous=(earlier,),
        )

    def forked(self) -> Case:
        """Two checkpoints of one size."""
        fork = self.signed(self.leaves, hashlib.sha256(b"another history").digest())
        return Case(
            "Forked checkpoints",
            "The auditor had kept a signed checkpoint of the same size with another root.",
            self.files,
            ("checkpoint.forked",),
            previous=(fork,),
        )

    def changed_tile(self) -> Case:
        """One byte of a hash tile."""
        number, at = divmod(self.middle, verify.TILE_WIDTH)
        name = verify.tile_name(0, number, verify.width_of(self.size, 0, number))
        tile = bytearray(self.files[name])
        tile[at * verify.HASH_SIZE] ^= 1
        return Case(
            "Changed hash tile",
            f"One byte of {name} was changed.",
            {**self.files, name: bytes(tile)},
            ("tile.changed",),
            self.middle,
        )

    def unsigned_checkpoint(self) -> Case:
        """Another root under the same signatures."""
        text = self.files["checkpoint"]
        root = base64.b64encode(verify.Checkpoint.parse(text).root)
        other = base64.b64encode(hashlib.sha256(root).digest())
        return Case(
            "Changed checkpoint",
            "The root in the checkpoint was exchanged; its signatures stayed.",
            {**self.files, "checkpoint": text.replace(root, other)},
            ("log.signature",),
        )

    def one_witness_less(self) -> Case:
        """The cosignature taken out."""
        lines = self.files["checkpoint"].splitlines(keepends=True)
        return Case(
            "Missing cosignature",
            "The witness's line was taken out of the checkpoint.",
            {**self.files, "checkpoint": b"".join(lines[:-1])},
            ("witness.quorum",),
        )

    def _disclosed(self) -> tuple[int, int, list[bytes]] | None:
        """A line of disclosures whose record has one disclosure, its position, and all lines."""
        lines = self.files.get("disclosures.jsonl", b"").splitlines(keepends=True)
        records = [json.loads(leaf) for leaf in self.leaves]
        positions = {record["id"]: at for at, record in enumerate(records)}
        if not lines or sum(len(record.get("sd", [])) for record in records) != len(lines):
            return None  # some are redacted already, and it could not be told which
        number = len(lines) // 2
        return number, positions[json.loads(lines[number])["event"]], lines

    def missing_disclosure(self) -> Case | None:
        """A name taken out: that is allowed, and seen."""
        disclosed = self._disclosed()
        if disclosed is None:
            return None
        number, position, lines = disclosed
        return Case(
            "Missing disclosure",
            f"One name was taken out of disclosures.jsonl (position {position}), as erasing does."
            " The record must stay whole.",
            {**self.files, "disclosures.jsonl": b"".join(lines[:number] + lines[number + 1 :])},
            ("redacted",),
            position,
        )

    def wrong_disclosure(self) -> Case | None:
        """Another name under the same salt."""
        disclosed = self._disclosed()
        if disclosed is None:
            return None
        number, _, lines = disclosed
        line = json.loads(lines[number])
        text = line["disclosure"]
        salt, name, _ = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        other = json.dumps([salt, name, "Somebody else"]).encode()
        lie = base64.urlsafe_b64encode(other).rstrip(b"=").decode()
        lines[number] = (json.dumps({**line, "disclosure": lie}, sort_keys=True) + "\n").encode()
        return Case(
            "Wrong disclosure",
            f"Another name was put into line {number + 1} of disclosures.jsonl.",
            {**self.files, "disclosures.jsonl": b"".join(lines)},
            ("disclosure.wrong",),
        )
