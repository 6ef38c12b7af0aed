"""Publish checkpoints into the database of their log, and have them cosigned.

Read under rooms_auditor: heads, tiles and checkpoints, which hold hashes and nothing else. Only
these cross from one region to another.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

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


def have_cosigned(alias: str, witness: Witness, clock_of: str) -> bool:
    """Have a witness cosign the log's newest checkpoint, once. Raises Inconsistent or BadNote.

    `clock_of` is the database whose clock the witness goes by.
    """
    log = log_of(alias)
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(
            f"select size, root, note, cosignatures from {log.checkpoint}"  # noqa: S608 - ours
            " order by size desc limit 1 for update"
        )
        row = cursor.fetchone()
        if row is None:
            return False
        size, root, note, lines = row
        if any(line.startswith(f"{DASH}{witness.key.name} ") for line in lines):
            return False
        new = Checkpoint(origin(log_name(alias)), size, bytes(root))
        steps = _steps(cursor, log, witness.memory.last(new.origin), new)
        line = witness.add_checkpoint(note.encode(), steps, int(clock.now(clock_of).timestamp()))
        cursor.execute(
            f"update {log.checkpoint} set cosignatures = cosignatures || %s::text where size = %s",  # noqa: S608 - ours
            [line, size],
        )
    return True


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
    try:
        return proofs.consistency(cursor, log, seen.size, new.size)
    except BadTile as error:
        raise Inconsistent(f"{new.origin} has no proof to give: {error}") from error
