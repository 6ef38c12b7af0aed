"""The steps of a case. Each can be begun again at any place: what is done stays done."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final

from django.db import connections, transaction

from access import audit
from diagnostics.cases.scope import (
    CHUNKS,
    COUNT_FILES,
    ORDERED,
    RECORDS,
    REMEDIATIONS,
    SCOPE,
    counts_of,
    files_of,
    leaves,
    room_tables,
    scope_of,
)
from diagnostics.intake.chunks import remove_chunk
from diagnostics.kinds import KeyClass
from diagnostics.models import Case, CaseReach
from diagnostics.retention.files import destroy_file
from diagnostics.retention.keys import destroy_unneeded, unneeded_keys
from diagnostics.retention.ledger import Ledger
from diagnostics.retention.records import mark_emptied
from diagnostics.vault.destroying import destroy_all_keys, destroy_data_keys
from rooms.drain.line import working

AT_ONCE: Final = 200
ROWS_AT_ONCE: Final = 5_000
# Put together of our own words; values are bound.
# ruff: noqa: S608
STOP: Final = f"""
    update diagnostics_collection c
    set state = 'expired', why_code = 'ERASED', why = 'A deletion case ended it.'
    where {ORDERED} and c.state in ('ordered', 'waiting', 'collecting', 'uploading')
    returning c.id
"""
CHECKING: Final = (
    f"select count(*) from diagnostics_collection c where {ORDERED} and c.state = 'checking'"
)
CHUNKS_OF: Final = f"""
    select p.id, p.stored_as from diagnostics_uploadpart p join diagnostics_upload u
        on u.tenant_id = p.tenant_id and u.id = p.upload_id
    where p.tenant_id = %s and u.collection_id in {SCOPE} limit %s
"""
DROP_CHUNKS: Final = (
    "delete from diagnostics_uploadpart where tenant_id = %s and id = any(%s::uuid[])"
)
DROP_SOME: Final = """
    delete from {table} where ctid = any(array(
        select ctid from {table} where tenant_id = %s limit %s))
"""


class Waits(Exception):
    """The case cannot go on now; the sentence says why, and the worker comes back."""


def stop(region: str, case: Case, ledger: Ledger) -> dict[str, Any]:
    """Nothing more comes in: orders end, and a tenant that leaves is shown the door."""
    with working(region) as line:
        ended = len(line.rows(STOP, *scope_of(case)))
        if line.rows(CHECKING, *scope_of(case))[0][0]:
            raise Waits("A bundle is being checked.")
        if leaves(case):
            line.rows("select diagnostics.leave_rooms(%s, %s)", case.tenant_id, case.pk)
    return {"orders_ended": ended}


def count(region: str, case: Case, ledger: Ledger) -> dict[str, Any]:
    """What there is before anything goes."""
    with working(region) as line:
        tables = counts_of(line, case, before=True)
        _, stored, size = line.rows(COUNT_FILES, case.tenant_id, *scope_of(case))[0]
    return {"tables": tables, "stored_files": stored, "stored_bytes": int(size)}


def destroy_keys(region: str, case: Case, ledger: Ledger) -> dict[str, Any]:
    """The keys: of the whole tenant at once, or those that nothing needs any more."""
    if case.reach != CaseReach.TENANT:
        with working(region) as line:
            found = unneeded_keys(line).get(case.tenant_id, [])
        return {"keys": destroy_unneeded(ledger, found)}
    with transaction.atomic(using=region):
        gone: list[uuid.UUID]
        if leaves(case):
            gone = destroy_all_keys(region, case.tenant_id)
        else:
            gone = destroy_data_keys(region, case.tenant_id, list(KeyClass))
        ledger.keys(gone)
        ledger.save()
        if gone:
            _tell(region, case, "case.keys_destroyed", {"keys": len(gone)})
    return {"keys": len(ledger.row.keys) if ledger.row else 0}


def destroy_rows(region: str, case: Case, ledger: Ledger) -> dict[str, Any]:
    """Every file with what came of it, in the tables and in the storage."""
    files = 0
    while True:
        with working(region) as line:
            found = files_of(line, case, AT_ONCE)
        gone = sum(destroy_file(ledger, file) for file in found)
        files += gone
        if gone < len(found):
            raise Waits("A row or the storage was busy.")
        if not found:
            break
    chunks = _drop_chunks(region, case, ledger)
    return {"files": files, "chunks": chunks, "collections": mark_emptied(ledger, at_any_age=True)}


def _drop_chunks(region: str, case: Case, ledger: Ledger) -> int:
    total = 0
    while True:
        with working(region) as line:
            found = line.rows(CHUNKS_OF, case.tenant_id, *scope_of(case), AT_ONCE)
        if not found:
            return total
        for _, name in found:
            remove_chunk(region, name)
        with working(region) as line:
            gone = line.run(DROP_CHUNKS, case.tenant_id, [row[0] for row in found])
            ledger.count(CHUNKS, gone)
            ledger.save()
        total += gone


def destroy_records(region: str, case: Case, ledger: Ledger) -> dict[str, Any]:
    """That anything was collected or ordered: only when the tenant leaves. Children go first."""
    if not leaves(case):
        return {}
    total = 0
    for table in ("diagnostics_logtotal", *reversed((*RECORDS, *REMEDIATIONS))):
        gone = ROWS_AT_ONCE
        while gone == ROWS_AT_ONCE:
            with working(region) as line:
                gone = line.run(DROP_SOME.format(table=table), case.tenant_id, ROWS_AT_ONCE)
                ledger.count(table, gone)
                ledger.save()
            total += gone
    return {"rows": total}


def destroy_rooms(region: str, case: Case, ledger: Ledger) -> dict[str, Any]:
    """Rooms, devices, reports, incidents, profile: all that stands of a tenant that leaves."""
    if not leaves(case):
        return {}
    total = 0
    for table in room_tables():
        gone = ROWS_AT_ONCE
        while gone == ROWS_AT_ONCE:
            with working(region) as line:
                gone = line.rows(
                    "select diagnostics.erase_rooms(%s, %s, %s, %s)",
                    case.tenant_id,
                    case.pk,
                    table,
                    ROWS_AT_ONCE,
                )[0][0]
                ledger.count(table, gone)
                ledger.save()
            total += gone
    return {"rows": total}


def leave_directory(region: str, case: Case, ledger: Ledger) -> dict[str, Any]:
    """The directory says that the tenant is gone."""
    if not leaves(case):
        return {}
    with connections["default"].cursor() as cursor:
        cursor.execute("select lock.tenant_is_gone(%s, %s)", [case.tenant_id, region])
    return {"directory": "gone"}


def check(region: str, case: Case, ledger: Ledger) -> dict[str, Any]:
    """Nothing is left; if something is, the rows are destroyed once more."""
    with working(region) as line:
        tables = counts_of(line, case, before=False)
    if any(tables.values()):
        destroy_rows(region, case, ledger)
        destroy_records(region, case, ledger)
        destroy_rooms(region, case, ledger)
        raise Waits("Something came in meanwhile; it is looked for once more.")
    return {"tables": tables}


Step = Callable[[str, Case, Ledger], dict[str, Any]]
# What a step is called on pages, and does.
WORDS: Final[dict[str, str]] = {
    "stop": "Nothing more comes in",
    "count": "What there is, counted",
    "keys": "Keys destroyed",
    "rows": "Rows and stored files destroyed",
    "records": "Records of collections and remediations destroyed",
    "rooms": "Rooms and devices destroyed",
    "directory": "Entry in the directory ended",
    "check": "Counted again: nothing is left",
    "certify": "Certificate signed",
}
_DOES: Final[dict[str, Step]] = {
    "stop": stop,
    "count": count,
    "keys": destroy_keys,
    "rows": destroy_rows,
    "records": destroy_records,
    "rooms": destroy_rooms,
    "directory": leave_directory,
    "check": check,
}


def steps_of(case: Case) -> list[tuple[str, Step]]:
    """The steps of a case in order, but for its certificate.

    Keys of a whole tenant go first, for with them all is unreadable at once. What shares its keys
    with other rooms' data goes first by its rows.
    """
    order = ["stop", "count", "keys", "rows", "check"]
    if case.reach != CaseReach.TENANT:
        order = ["stop", "count", "rows", "keys", "check"]
    if leaves(case):
        order[-1:] = ["records", "rooms", "directory", "check"]
    return [(name, _DOES[name]) for name in order]


def _tell(region: str, case: Case, kind: str, detail: dict[str, Any]) -> None:
    audit.record_system(
        kind,
        region=region,
        tenant=(case.tenant_id, case.tenant_reference),
        subject=("case", case.reference),
        detail=detail,
    )
