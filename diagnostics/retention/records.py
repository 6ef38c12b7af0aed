"""Records of collections whose time is over, and collections of which nothing is left."""

from __future__ import annotations

import uuid
from typing import Final

from django.db import OperationalError

from diagnostics.retention.due import LASTS, ORDERS_LAST, RECORD_LASTS
from diagnostics.retention.ledger import Ledger
from rooms.drain.line import Line, working

AT_ONCE: Final = 1_000
EMPTIED: Final = """
    update diagnostics_collection c set state = 'destroyed', destroyed_at = lock.now()
    where c.tenant_id = %s and c.state = 'ready' and c.ready_at <= %s
      and not exists (select from diagnostics_collectionfile f
                      where f.tenant_id = c.tenant_id and f.collection_id = c.id)
      and not diagnostics.is_held(c.tenant_id, c.room_id, c.id)
    returning c.id
"""
EMPTIED_WHOSE: Final = """
    select c.tenant_id, min(c.tenant_reference) from diagnostics_collection c
    where c.state = 'ready' and c.ready_at <= %s
      and not exists (select from diagnostics_collectionfile f
                      where f.tenant_id = c.tenant_id and f.collection_id = c.id)
    group by c.tenant_id limit 500
"""
OLD_WHOSE: Final = """
    select c.tenant_id, min(c.tenant_reference) from diagnostics_collection c
    where c.ordered_at <= %s and c.state in ('destroyed', 'refused', 'failed', 'expired')
    group by c.tenant_id limit 500
"""
OLD: Final = """
    select c.id, c.reference from diagnostics_collection c
    where c.tenant_id = %s and c.ordered_at <= %s
      and c.state in ('destroyed', 'refused', 'failed', 'expired')
      and not diagnostics.is_held(c.tenant_id, c.room_id, c.id)
      and not exists (select from diagnostics_upload u where u.tenant_id = c.tenant_id
                      and u.collection_id = c.id and u.dropped_at is null)
    order by c.ordered_at limit %s
"""
# Children first. Literal statements, so that it can be read here what is deleted.
PARTS: Final = """
    delete from diagnostics_collectionpart where tenant_id = %s and collection_id = any(%s::uuid[])
"""
UPLOADS: Final = """
    delete from diagnostics_upload where tenant_id = %s and collection_id = any(%s::uuid[])
"""
COLLECTIONS: Final = """
    delete from diagnostics_collection where tenant_id = %s and id = any(%s::uuid[])
"""
WHAT_PEOPLE_DID: Final = {
    "diagnostics_reveal": """
        delete from diagnostics_reveal where ctid = any(array(
            select r.ctid from diagnostics_reveal r
            where r.at <= lock.now() - %s::interval
              and not diagnostics.is_held(r.tenant_id, r.room_id, null) limit 10000))
        returning tenant_id""",
    "diagnostics_download": """
        delete from diagnostics_download where ctid = any(array(
            select d.ctid from diagnostics_download d
            where d.made_at <= lock.now() - %s::interval
              and not diagnostics.is_held(d.tenant_id, d.room_id, null) limit 10000))
        returning tenant_id""",
}
# What was held, destroyed and certified is a record too, and has an end.
OLD_RECORDS: Final = (
    "delete from diagnostics_legalhold"
    " where coalesce(released_at, case when confirmed_at is null then lapses_at end)"
    " < lock.now() - %s::interval",
    "delete from diagnostics_destruction where ended_at < lock.now() - %s::interval",
)
OLD_CASES: Final = """
    select k.tenant_id, k.id from diagnostics_case k
    where k.state in ('done', 'refused', 'withdrawn') and k.state_at < lock.now() - %s::interval
    limit 200
"""
CASE_PARTS: Final = (
    "delete from diagnostics_casecertificate where tenant_id = %s and case_id = %s",
    "delete from diagnostics_casestep where tenant_id = %s and case_id = %s",
    "delete from diagnostics_casevote where tenant_id = %s and case_id = %s",
    "delete from diagnostics_case where tenant_id = %s and id = %s",
)


def tenants_with_records(line: Line) -> list[tuple[uuid.UUID, str]]:
    """Tenants with collections that were emptied, or whose record is too old."""
    now = line.now()
    found = line.rows(EMPTIED_WHOSE, now - min(LASTS.values()))
    return [(row[0], row[1]) for row in (*found, *line.rows(OLD_WHOSE, now - ORDERS_LAST))]


def mark_emptied(ledger: Ledger, *, at_any_age: bool = False) -> int:
    """Collections with no file left are destroyed; how many became so."""
    with working(ledger.region) as line:
        before = line.now() if at_any_age else line.now() - min(LASTS.values())
        gone = line.rows(EMPTIED, ledger.tenant[0], before)
    return len(gone)


def destroy_records(ledger: Ledger) -> int:
    """Delete the records of collections whose time is over; how many."""
    tenant_id, total = ledger.tenant[0], 0
    while True:
        with working(ledger.region) as line:
            old = line.rows(OLD, tenant_id, line.now() - ORDERS_LAST, AT_ONCE)
            delete_records(ledger, line, old)
            ledger.save()
        total += len(old)
        if len(old) < AT_ONCE:
            return total


def delete_records(ledger: Ledger, line: Line, rows: list[tuple[uuid.UUID, str]]) -> None:
    """Delete these collections with their parts and uploads, inside the open transaction."""
    ids = [row[0] for row in rows]
    if not ids:
        return
    for table, statement in (
        ("diagnostics_collectionpart", PARTS),
        ("diagnostics_upload", UPLOADS),
        ("diagnostics_collection", COLLECTIONS),
    ):
        ledger.count(table, line.run(statement, ledger.tenant[0], ids))
    for _, reference in rows:
        ledger.file("collection", reference)


def forget_what_people_did(region: str) -> int:
    """Reveals and downloads that are older than the record of a collection; how many."""
    total = 0
    for statement in WHAT_PEOPLE_DID.values():
        with working(region) as line:
            total += len(line.rows(statement, ORDERS_LAST))
    return total


def forget_old_cases(region: str) -> int:
    """Holds, destructions and cases whose record is too old; how many rows went."""
    try:
        with working(region) as line:
            total = sum(line.run(statement, RECORD_LASTS) for statement in OLD_RECORDS)
            for tenant_id, case_id in line.rows(OLD_CASES, RECORD_LASTS):
                total += sum(line.run(statement, tenant_id, case_id) for statement in CASE_PARTS)
    except OperationalError:
        return 0
    return total
