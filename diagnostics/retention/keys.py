"""Destroy the data keys of months that nothing needs any more, and drop the rows of old ones."""

from __future__ import annotations

import uuid
from typing import Final

from django.db import OperationalError

from diagnostics.kinds import KeyClass
from diagnostics.retention.due import KEYS_LAST, KINDS_OF
from diagnostics.retention.ledger import Ledger
from diagnostics.vault.tables import TABLES
from rooms.drain.line import Line, working

# The files that keep a key alive: what was stored in its month, of the kinds that it seals. Names
# and words belong to lines of logs; the key for words is of no month.
FILES_OF: Final[dict[KeyClass, list[str]]] = {
    KeyClass.LOG: KINDS_OF[KeyClass.LOG],
    KeyClass.NAME: KINDS_OF[KeyClass.LOG],
    KeyClass.SEARCH: KINDS_OF[KeyClass.LOG],
    KeyClass.QUERY: KINDS_OF[KeyClass.QUERY],
    KeyClass.ACTIVITY: KINDS_OF[KeyClass.ACTIVITY],
}
# A key of this month may be taken for writing at any moment; one for words, on any day.
CANDIDATES: Final = """
    select k.tenant_id, k.id from {table} k
    where k.level = 'data' and k.klass = %s and k.destroyed_at is null
      and (k.month < date_trunc('month', lock.now() at time zone 'UTC')
           or (k.month is null and k.made_at < lock.now() - interval '1 day'))
      and {unneeded}
    limit 500
"""
UNNEEDED: Final = """
    not exists (
        select from diagnostics_collectionfile f
        where f.tenant_id = k.tenant_id and f.kind = any(%s::text[])
          and (k.month is null or (f.made_at >= k.month::timestamp at time zone 'UTC'
               and f.made_at < (k.month + interval '1 month') at time zone 'UTC')))
"""
# Two statements: the second sees what a writer committed while the first waited for it.
LOCK: Final = """
    select k.id from {table} k where k.tenant_id = %s and k.id = any(%s::uuid[])
    and k.destroyed_at is null order by k.id for update
"""
DESTROY: Final = """
    update {table} k set wrapped = '', destroyed_at = lock.now()
    where k.tenant_id = %s and k.id = any(%s::uuid[]) and k.destroyed_at is null
      and not diagnostics.is_held(k.tenant_id, null, null)
      and {unneeded}
    returning k.id
"""
# A tenant's own key stays as an empty row: it says that no other is made.
DROP: Final = (
    """
    delete from diagnostics_contentkey where ctid = any(array(
        select ctid from diagnostics_contentkey
        where level = 'data' and destroyed_at < lock.now() - %s::interval limit 10000))""",
    """
    delete from diagnostics_activitykey where ctid = any(array(
        select ctid from diagnostics_activitykey
        where level = 'data' and destroyed_at < lock.now() - %s::interval limit 10000))""",
)


def unneeded_keys(line: Line) -> dict[uuid.UUID, list[tuple[str, KeyClass, uuid.UUID]]]:
    """Keys that seal nothing any more, by tenant: their table, class and id."""
    found: dict[uuid.UUID, list[tuple[str, KeyClass, uuid.UUID]]] = {}
    for table in (one._meta.db_table for one in TABLES):
        for klass, kinds in FILES_OF.items():
            text = CANDIDATES.format(table=table, unneeded=UNNEEDED)
            for tenant_id, key in line.rows(text, klass.value, kinds):
                found.setdefault(tenant_id, []).append((table, klass, key))
    return found


def destroy_unneeded(ledger: Ledger, keys: list[tuple[str, KeyClass, uuid.UUID]]) -> int:
    """Destroy those of these keys that still seal nothing; how many went."""
    tenant_id, count = ledger.tenant[0], 0
    for table, klass, key in keys:
        try:
            with working(ledger.region) as line:
                line.rows(LOCK.format(table=table), tenant_id, [key])
                text = DESTROY.format(table=table, unneeded=UNNEEDED)
                gone = [row[0] for row in line.rows(text, tenant_id, [key], FILES_OF[klass])]
                ledger.keys(gone)
                ledger.save()
                count += len(gone)
        except OperationalError:
            ledger.forget()  # a writer holds it; the next run looks again
    return count


def drop_old_rows(region: str) -> int:
    """Drop the empty rows of data keys that were destroyed long ago; how many."""
    with working(region) as line:
        return sum(line.run(statement, KEYS_LAST) for statement in DROP)
