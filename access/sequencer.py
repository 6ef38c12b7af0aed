"""Give staged events their positions in the log: one sequencer a database, gap-free, crash-safe.

A position is not a sequence value. Each batch takes staged events that are visible, appends them
to the tree and removes them from the stage in one transaction; what a slow writer commits later
is simply sequenced later. If the process dies, the transaction never was.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import rfc8785
from django.db import connections, transaction

from access.merkle import Peaks, leaf_hash
from access.residency import CONTROL

BATCH = 1000


@dataclass(frozen=True)
class Log:
    """The tables of one plane's log."""

    event: str
    leaf: str
    head: str


REGIONAL_LOG = Log("access_auditevent", "access_regionalleaf", "access_regionalhead")
CONTROL_LOG = Log("access_controlevent", "access_controlleaf", "access_controlhead")

_COLUMNS = (
    "id, recorded_at, type, outcome, actor_id, session, tenant_id, tenant_reference, scopes,"
    " grant_references, purpose, subject_type, subject_reference, detail"
)


def sequence(alias: str) -> int:
    """Sequence one batch of a database's log. Returns how many events got a position.

    The row lock on the head lets one sequencer work at a time; a second one waits and then
    continues where the first one stopped.
    """
    log = CONTROL_LOG if alias == CONTROL else REGIONAL_LOG
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(f"select size, peaks from {log.head} where id = 1 for update")  # noqa: S608 - ours
        size, roots = cursor.fetchone()
        peaks = Peaks(size, tuple(bytes(root) for root in roots))
        cursor.execute(
            f"select {_COLUMNS} from {log.event} where id in"  # noqa: S608 - our own table names
            " (select event_id from lock.staged order by staged_at, event_id limit %s)"
            " order by recorded_at, id",
            [BATCH],
        )
        rows = cursor.fetchall()
        if not rows:
            return 0
        contents = [canonical(alias, row) for row in rows]
        hashes = [leaf_hash(content) for content in contents]
        grown = peaks.append(hashes)
        cursor.executemany(
            f"insert into {log.leaf} (position, event_id, leaf_hash, content)"  # noqa: S608 - ours
            " values (%s, %s, %s, %s)",
            [
                (size + offset, row[0], digest, content)
                for offset, (row, digest, content) in enumerate(
                    zip(rows, hashes, contents, strict=True)
                )
            ],
        )
        cursor.execute(
            f"update {log.head} set size = %s, root = %s, peaks = %s, updated_at = lock.now()"  # noqa: S608 - ours
            " where id = 1",
            [grown.size, grown.root(), list(grown.roots)],
        )
        cursor.execute("delete from lock.staged where event_id = any(%s)", [[r[0] for r in rows]])
        return len(rows)


def canonical(alias: str, row: tuple[Any, ...]) -> bytes:
    """The leaf's content: the event as canonical JSON (RFC 8785), names of people left out."""
    names = [name.strip() for name in _COLUMNS.split(",")]
    record = {name: _plain(value) for name, value in zip(names, row, strict=True)}
    record["detail"] = json.loads(record["detail"])  # jsonb arrives as text
    return rfc8785.dumps({"v": 1, "log": alias, **record})


def _plain(value: Any) -> Any:
    """A value as JSON has it: times as RFC 3339 UTC, ids as text."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    return value


def oldest_staged_seconds(alias: str) -> float:
    """How long the oldest staged event has waited, in seconds; 0 when none waits."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "select coalesce(extract(epoch from lock.now() - min(staged_at)), 0)::float8"
            " from lock.staged"
        )
        return float(cursor.fetchone()[0])
