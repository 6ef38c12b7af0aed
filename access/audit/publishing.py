"""Publish checkpoints into the database of their log, and have them cosigned.

Read under rooms_auditor: heads, tiles and checkpoints, which hold hashes and nothing else. Only
these cross from one region to another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.db import connections, transaction

from access import clock
from access.audit import proofs
from access.audit.checkpoints import Checkpoint, log_name, origin
from access.audit.notes import DASH, VerifierKey
from access.audit.signing import Inconsistent, LogSigner, Witness
from access.audit.store import Log, log_of, read_head
from access.audit.tiles import BadTile

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

Prove = Callable[[int], Sequence[bytes]]


def quorum(witnesses: int) -> int:
    """How many of the witnesses must have cosigned: half of them, rounded up."""
    return (witnesses + 1) // 2


def keys_json(signer: LogSigner, witnesses: Iterable[VerifierKey]) -> dict[str, Any]:
    """Whose signatures to expect: the log's newest key, its other ones, and the witnesses."""
    names = sorted(str(key) for key in witnesses)
    keys: dict[str, Any] = {
        "log": str(signer.keys[0].verifier),
        "witnesses": names,
        "quorum": quorum(len(names)),
    }
    if len(signer.keys) > 1:
        keys["log_also"] = [str(key.verifier) for key in signer.keys[1:]]
    return keys


def publish(alias: str, signer: LogSigner, witnesses: Sequence[VerifierKey]) -> bool:
    """Sign and publish the log's newest state, if there is news. Raises Inconsistent.

    Without news the head is still held against what was signed: a log that shrank is found out.
    """
    log = log_of(alias)
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        size, root = read_head(cursor, log)
        new, seen = Checkpoint(signer.origin, size, root), signer.memory.last(signer.origin)
        if (size == 0 and seen is None) or (new == seen and size == newest(cursor, log)):
            return False
        note = signer.sign(new, _steps(cursor, log, seen, new))
        cursor.execute(
            f"insert into {log.checkpoint} (size, root, note, cosignatures, keys, published_at)"  # noqa: S608 - ours
            " values (%s, %s, %s, '{}', %s, lock.now()) on conflict (size) do nothing",
            [size, root, note, json.dumps(keys_json(signer, witnesses))],
        )
        return bool(cursor.rowcount)


class Cosigner(Protocol):
    """A witness as the signer asks it: in this process, or elsewhere."""

    @property
    def name(self) -> str:
        """The name of its key."""

    def cosign(self, note: str, new: Checkpoint, prove: Prove) -> str:
        """Its line for a checkpoint that continues what it knows. Raises Inconsistent, BadNote,
        or what says that it cannot be asked now."""


@dataclass(frozen=True)
class OwnWitness:
    """A witness of this process. `clock_of` is the database whose clock it goes by."""

    witness: Witness
    clock_of: str

    @property
    def name(self) -> str:
        """The name of its key."""
        return self.witness.key.name

    def cosign(self, note: str, new: Checkpoint, prove: Prove) -> str:
        """Its line, after a proof from what its own memory says."""
        seen = self.witness.memory.last(new.origin)
        steps = prove(seen.size) if seen is not None and 0 < seen.size < new.size else []
        at = int(clock.now(self.clock_of).timestamp())
        return self.witness.add_checkpoint(note.encode(), steps, at)


def have_cosigned(alias: str, witness: Cosigner) -> bool:
    """Have a witness cosign the log's newest checkpoint, once. Raises what the witness raises.

    No transaction waits for the witness: what it answers is added to the checkpoint it is of.
    """
    log = log_of(alias)
    with connections[alias].cursor() as cursor:
        cursor.execute(
            f"select size, root, note, cosignatures from {log.checkpoint}"  # noqa: S608 - ours
            " order by size desc limit 1"
        )
        row = cursor.fetchone()
        mine = f"{DASH}{witness.name} "
        if row is None or any(line.startswith(mine) for line in row[3]):
            return False
        size, root, note, _ = row
        new = Checkpoint(origin(log_name(alias)), size, bytes(root))
        line = witness.cosign(note, new, lambda old: _proof(cursor, log, old, new))
        cursor.execute(
            f"update {log.checkpoint} set cosignatures = cosignatures || %s::text"  # noqa: S608 - ours
            " where size = %s and not exists ("
            " select from unnest(cosignatures) said where starts_with(said, %s))",
            [line, size, mine],
        )
        return bool(cursor.rowcount)


def newest(cursor: CursorWrapper, log: Log) -> int:
    """The size of the newest published checkpoint; 0 when there is none."""
    cursor.execute(f"select coalesce(max(size), 0) from {log.checkpoint}")  # noqa: S608 - ours
    return int(cursor.fetchone()[0])


def _steps(
    cursor: CursorWrapper, log: Log, seen: Checkpoint | None, new: Checkpoint
) -> list[bytes]:
    """The consistency proof that a signer asks for; empty where there is none to give."""
    if seen is None or not 0 < seen.size < new.size:
        return []
    return _proof(cursor, log, seen.size, new)


def _proof(cursor: CursorWrapper, log: Log, old: int, new: Checkpoint) -> list[bytes]:
    try:
        return proofs.consistency(cursor, log, old, new.size)
    except BadTile as error:
        raise Inconsistent(f"{new.origin} has no proof to give: {error}") from error
