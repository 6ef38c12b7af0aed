"""Give staged events their positions in the log: one sequencer a database, gap-free, crash-safe.

A position is not a sequence value. Each batch takes staged events that are visible, appends them
to the tree (RFC 9162, section 2.1) and its tiles (C2SP tlog-tiles) and removes them from the
stage in one transaction; what a slow writer commits later is simply sequenced later. If the
process dies, the transaction never was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import connections, transaction

from access.audit import tiles
from access.audit.checkpoints import log_name
from access.audit.leaves import FIELDS, canonical
from access.audit.merkle import Peaks, leaf_hash
from access.audit.store import CONTROL_LOG, REGIONAL_LOG, Log, log_of, read_tiles
from access.backend.connect import connection_of

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

__all__ = [
    "BATCH",
    "CONTROL_LOG",
    "REGIONAL_LOG",
    "LostEvent",
    "complete_tiles",
    "keep_months",
    "oldest_staged_seconds",
    "sequence",
]

BATCH = 5000
# Tables for so many months ahead; the last one takes whatever comes after them.
MONTHS_AHEAD = 3


class LostEvent(LookupError):
    """What was staged is not what is there: somebody changed the record with its guards off."""


def sequence(alias: str) -> int:
    """Sequence one batch of a database's log. Returns how many events got a position.

    The row lock on the head lets one sequencer work at a time; a second one waits and then
    continues where the first one stopped.
    """
    log = log_of(alias)
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(f"select size, peaks from {log.head} where id = 1 for update")  # noqa: S608 - ours
        size, roots = cursor.fetchone()
        rows = _take(cursor, log)
        if not rows:
            return 0
        name = log_name(alias)
        contents = [canonical(name, row[:-1], row[-1]) for row in rows]
        hashes = [leaf_hash(content) for content in contents]
        _append_leaves(alias, log, size, [row[0] for row in rows], hashes, contents)
        _grow_tiles(cursor, alias, log, size, hashes)
        grown = Peaks(size, tuple(bytes(root) for root in roots)).append(hashes)
        cursor.execute(
            f"update {log.head} set size = %s, root = %s, peaks = %s, updated_at = lock.now()"  # noqa: S608 - ours
            " where id = 1",
            [grown.size, grown.root(), list(grown.roots)],
        )
        return len(rows)


def complete_tiles(alias: str) -> None:
    """Make the tiles of a log that was begun before there were any; does nothing otherwise."""
    log = log_of(alias)
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(f"select size from {log.head} where id = 1 for update")  # noqa: S608 - ours
        _edge(cursor, alias, log, cursor.fetchone()[0])


def _take(cursor: CursorWrapper, log: Log) -> list[tuple[Any, ...]]:
    """Take a batch from the stage: the events with their disclosures, in the order of time.

    The time on the stage is the event's own, which says in which month's table it stands. Raises
    LostEvent when one is not there: nothing is left out quietly.
    """
    cursor.execute(
        "with taken as (delete from lock.staged where event_id in"  # noqa: S608 - ours
        " (select event_id from lock.staged order by staged_at, event_id limit %s)"
        f" returning event_id, staged_at) select {', '.join(FIELDS.values())},"
        f" array(select d.disclosure from {log.disclosure} d where d.event_id = e.id)"
        f" from taken left join {log.event} e"
        " on e.id = taken.event_id and e.recorded_at = taken.staged_at"
        " order by taken.staged_at, taken.event_id",
        [BATCH],
    )
    rows = list(cursor.fetchall())
    if any(row[0] is None for row in rows):
        raise LostEvent("An event on the stage is gone, or has another time than it came with.")
    return rows


def _write_arrays(alias: str, statement: str, arrays: Sequence[object]) -> None:
    """Write many rows in one statement, as binary arrays: COPY is not allowed under row security,
    and what Django sends as text takes longer to spell than to hash."""
    connection = connection_of(alias)
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement.encode(), arrays)


def _append_leaves(
    alias: str,
    log: Log,
    size: int,
    ids: list[str],
    hashes: list[bytes],
    contents: list[bytes],
) -> None:
    _write_arrays(
        alias,
        f"insert into {log.leaf} (position, event_id, leaf_hash, content)"  # noqa: S608 - ours
        " select %s + at - 1, event_id::uuid, leaf_hash, content from unnest(%b::text[],"
        " %b::bytea[], %b::bytea[]) with ordinality as given (event_id, leaf_hash, content, at)",
        [size, ids, hashes, contents],
    )


def _grow_tiles(
    cursor: CursorWrapper, alias: str, log: Log, size: int, hashes: list[bytes]
) -> None:
    """Write the tiles that the new leaves change."""
    partial = _edge(cursor, alias, log, size)
    _write_tiles(alias, log, tiles.grown(size, partial, hashes))


def _edge(cursor: CursorWrapper, alias: str, log: Log, size: int) -> dict[tiles.Place, bytes]:
    """The partial tiles; a log that is older than its tiles gets them all from its leaves, once."""
    wanted = tiles.edge(size)
    found = read_tiles(cursor, log, wanted)
    if len(found) < len(wanted):
        _make_tiles(cursor, alias, log, size)
        found = read_tiles(cursor, log, wanted)
    return found


def _write_tiles(alias: str, log: Log, changed: dict[tiles.Place, bytes]) -> None:
    _write_arrays(
        alias,
        f"insert into {log.tile} (level, number, hashes)"  # noqa: S608 - ours
        " select * from unnest(%s::smallint[], %s::bigint[], %b::bytea[])"
        " on conflict (level, number) do update set hashes = excluded.hashes",
        [
            [place.level for place in changed],
            [place.number for place in changed],
            list(changed.values()),
        ],
    )


def _make_tiles(cursor: CursorWrapper, alias: str, log: Log, size: int) -> None:
    """Make the tiles of a log whose leaves were sequenced before there were any."""
    cursor.execute(
        f"select leaf_hash from {log.leaf}"  # noqa: S608 - ours
        " where position < %s order by position",
        [size],
    )
    hashes = [bytes(row[0]) for row in cursor.fetchall()]
    if len(hashes) != size:
        raise tiles.BadTile(f"The log has {len(hashes)} leaves, and its head says {size}.")
    _write_tiles(alias, log, tiles.grown(0, {}, hashes))


def keep_months(alias: str) -> int:
    """Have tables for the events of the coming months; how many were made. Cheap when all are."""
    with connections[alias].cursor() as cursor:
        cursor.execute("select lock.keep_months(%s)", [MONTHS_AHEAD])
        return int(cursor.fetchone()[0])


def oldest_staged_seconds(alias: str) -> float:
    """How long the oldest staged event has waited, in seconds; 0 when none waits."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "select coalesce(extract(epoch from lock.now() - min(staged_at)), 0)::float8"
            " from lock.staged"
        )
        return float(cursor.fetchone()[0])
