"""The log holds itself against its own tree: a sample of leaves, and its end."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from django.db import connections, transaction

from access.audit import proofs
from access.audit.merkle import BrokenProof, check_inclusion, leaf_hash
from access.audit.store import Log, log_of, read_head
from access.audit.tiles import BadTile

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

SAMPLE: Final = 32
LONGEST: Final = 200


def check(alias: str, sample: int = SAMPLE) -> str:
    """What is wrong with the log, as a sentence; empty when nothing is."""
    log = log_of(alias)
    with connections[alias].cursor() as cursor:
        return _problem(cursor, log, sample)[:LONGEST]


def note_result(alias: str, problem: str) -> None:
    """Keep the result where the status page finds it."""
    log = log_of(alias)
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(
            f"update {log.head} set checked_at = lock.now(), check_problem = %s where id = 1",  # noqa: S608 - ours
            [problem[:LONGEST]],
        )


def _problem(cursor: CursorWrapper, log: Log, sample: int) -> str:
    size, root = read_head(cursor, log)
    if size == 0:
        return ""
    cursor.execute(
        f"select max(position) from {log.leaf} where position >= %s",  # noqa: S608 - ours
        [size - 1],
    )
    last = cursor.fetchone()[0]
    # The sequencer may have added more since the head was read; less is never right.
    if last is None:
        return f"Event {size - 1}, the last one, is missing."
    positions = {size - 1, 0, *(secrets.randbelow(size) for _ in range(sample))}
    cursor.execute(
        f"select position, leaf_hash, content from {log.leaf} where position = any(%s)",  # noqa: S608 - ours
        [sorted(positions)],
    )
    found = {row[0]: (bytes(row[1]), bytes(row[2])) for row in cursor.fetchall()}
    for position in sorted(positions):
        if position not in found:
            return f"Event {position} is missing."
        kept, content = found[position]
        if leaf_hash(content) != kept:
            return f"Event {position} does not have the content that was hashed."
        try:
            steps = proofs.inclusion(cursor, log, position, size)
            check_inclusion(position, size, kept, steps, root)
        except (BrokenProof, BadTile) as error:
            return f"Event {position} is not proven: {error}"
    return ""
