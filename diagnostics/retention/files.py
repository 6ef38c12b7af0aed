"""Destroy files of bundles with all that came of them, in batches that hold nobody up.

A file is marked first, so that it is not shown any more; then its rows, what is stored of it, and
its own row go. Killed at any place, it is finished by whoever comes next: nothing is counted twice,
for each batch is counted in its own transaction.
"""

from __future__ import annotations

import logging
import uuid
from typing import Final, NamedTuple

from django.db import OperationalError

from diagnostics import storage
from diagnostics.kinds import QUERIES, KeyClass, PartKind
from diagnostics.retention.ledger import Ledger
from rooms.drain.line import Line, working

logger = logging.getLogger(__name__)

# Rows that one statement deletes: about a tenth of a second of work.
ROWS_AT_ONCE: Final = 10_000
# Tables whose rows name their file, the many small ones first; spelled out, to be found by name.
SOME: Final = {
    "diagnostics_logword": """
        delete from diagnostics_logword where ctid = any(array(
            select ctid from diagnostics_logword
            where tenant_id = %s and file_id = %s limit %s))""",
    "diagnostics_logmask": """
        delete from diagnostics_logmask where ctid = any(array(
            select ctid from diagnostics_logmask
            where tenant_id = %s and file_id = %s limit %s))""",
    "diagnostics_logentry": """
        delete from diagnostics_logentry where ctid = any(array(
            select ctid from diagnostics_logentry
            where tenant_id = %s and file_id = %s limit %s))""",
    "diagnostics_systemquery": """
        delete from diagnostics_systemquery where ctid = any(array(
            select ctid from diagnostics_systemquery
            where tenant_id = %s and file_id = %s limit %s))""",
    "diagnostics_activityentry": """
        delete from diagnostics_activityentry where ctid = any(array(
            select ctid from diagnostics_activityentry
            where tenant_id = %s and file_id = %s limit %s))""",
}
# Counts of the tenant lose what the file had in each hour; hours with nothing left go.
UNCOUNT: Final = """
    with gone as (
        delete from diagnostics_loghour where tenant_id = %s and file_id = %s
        returning tenant_id, hour, source, level, lines),
    fewer as (
        select tenant_id, hour, source, level, sum(lines)::bigint as lines from gone
        group by 1, 2, 3, 4),
    held as materialized (
        select t.tenant_id, t.hour, t.source, t.level, f.lines as less
        from diagnostics_logtotal t join fewer f using (tenant_id, hour, source, level)
        order by t.hour, t.source, t.level for update of t),
    corrected as (
        update diagnostics_logtotal t set lines = t.lines - h.less from held h
        where (t.tenant_id, t.hour, t.source, t.level)
              = (h.tenant_id, h.hour, h.source, h.level))
    select count(*) from gone
"""
EMPTY_TOTALS: Final = "delete from diagnostics_logtotal where tenant_id = %s and lines <= 0"
MARK: Final = """
    update diagnostics_collectionfile set destroyed_at = lock.now()
    where tenant_id = %s and id = %s and destroyed_at is null
"""
DROP: Final = "delete from diagnostics_collectionfile where tenant_id = %s and id = %s"


class File(NamedTuple):
    """A file that goes."""

    id: uuid.UUID
    reference: str
    kind: str
    stored_as: str
    stored_bytes: int


def class_of(kind: str) -> KeyClass:
    """The class of data that a kind of file holds."""
    if kind == PartKind.ACTIVITY:
        return KeyClass.ACTIVITY
    return KeyClass.QUERY if kind in QUERIES else KeyClass.LOG


def destroy_file(ledger: Ledger, file: File) -> bool:
    """Destroy one file; False when somebody was in the way, and it is left for the next time.

    Raises what the lock raises for a file that a legal hold keeps: whoever calls it has looked.
    """
    region, tenant_id = ledger.region, ledger.tenant[0]
    try:
        with working(region) as line:
            line.run(MARK, tenant_id, file.id)
        for table, statement in SOME.items():
            _empty(ledger, table, statement, file)
        with working(region) as line:
            hours = line.rows(UNCOUNT, tenant_id, file.id)[0][0]
            totals = line.run(EMPTY_TOTALS, tenant_id)
            ledger.count("diagnostics_loghour", hours)
            ledger.count("diagnostics_logtotal", totals)
            ledger.save()
        if file.stored_as:
            storage.remove(region, file.stored_as)
        with working(region) as line:
            _drop(ledger, line, file)
    except (OperationalError, storage.StorageFault, storage.StillThere) as busy:
        ledger.forget()
        logger.warning("A file of %s stays until the next run: %s", region, type(busy).__name__)
        return False
    return True


def _empty(ledger: Ledger, table: str, statement: str, file: File) -> None:
    """All rows of a file in one table, a batch at a time."""
    gone = ROWS_AT_ONCE
    while gone == ROWS_AT_ONCE:
        with working(ledger.region) as line:
            gone = line.run(statement, ledger.tenant[0], file.id, ROWS_AT_ONCE)
            ledger.count(table, gone)
            ledger.save()


def _drop(ledger: Ledger, line: Line, file: File) -> None:
    gone = line.run(DROP, ledger.tenant[0], file.id)
    if gone:
        ledger.count("diagnostics_collectionfile", gone)
        ledger.file(class_of(file.kind).value, file.reference)
        if file.stored_as:
            ledger.stored(1, file.stored_bytes)
        ledger.save()
