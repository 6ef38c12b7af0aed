"""The daily job of a region: destroy what is due, tell what was destroyed, and hold nobody up."""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError, connections, transaction

from access import residency
from diagnostics.models import Destruction
from diagnostics.retention import due, keys, orphans, records
from diagnostics.retention.files import destroy_file
from diagnostics.retention.ledger import Ledger, close_row
from diagnostics.retention.remediations import destroy_remediations
from rooms.drain.line import Line, working

logger = logging.getLogger(__name__)

# The advisory lock of a region's job: two of them would only wait for each other.
JOB: Final = 0x0D1A7
# Of one tenant in a turn, so that a large one does not keep the others waiting.
FILES_AT_ONCE: Final = 200
LONGEST_SECONDS: Final = 600


@dataclass
class Done:
    """What a run has done, in numbers."""

    files: int = 0
    left: int = 0
    collections: int = 0
    records: int = 0
    keys: int = 0
    orphans: int = 0
    remediations: int = 0


def retain(region: str, seconds: float = LONGEST_SECONDS) -> Done:
    """Destroy what is due in a region, as far as the time allows; the rest is due next time."""
    done, until = Done(), time.monotonic() + seconds
    with residency.region(region):
        if not _alone(region):
            return done
        try:
            _close_interrupted(region)
            _destroy(region, done, until)
            done.orphans = orphans.remove_orphans(region)[0]
            done.records += records.forget_what_people_did(region)
            done.records += records.forget_old_cases(region)
            done.remediations = destroy_remediations(region)
            keys.drop_old_rows(region)
        finally:
            _release(region)
    return done


def _alone(region: str) -> bool:
    with connections[region].cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, 0)", [JOB])
        return bool(cursor.fetchone()[0])


def _release(region: str) -> None:
    with connections[region].cursor() as cursor:
        cursor.execute("select pg_advisory_unlock(%s, 0)", [JOB])


def _close_interrupted(region: str) -> None:
    """A run that was killed has said what it destroyed; the record is told now."""
    for row in Destruction.objects.filter(ended_at=None, case_reference=""):
        with transaction.atomic(using=region):
            close_row(region, row)


def _destroy(region: str, done: Done, until: float) -> None:
    ledgers: dict[uuid.UUID, Ledger] = {}
    with working(region) as line:
        now = line.now()
        tenants = [*due.tenants_with_files(line, now), *records.tenants_with_records(line)]
    for tenant in tenants:
        ledgers.setdefault(tenant[0], Ledger(region, tenant))
    for ledger in ledgers.values():
        if time.monotonic() >= until:
            break
        _of_tenant(ledger, done, until)
    with working(region) as line:
        unneeded = keys.unneeded_keys(line)
        names = {one: _named(line, one) for one in unneeded if one not in ledgers}
    for tenant_id, found in unneeded.items():
        ledger = ledgers.get(tenant_id) or Ledger(region, (tenant_id, names[tenant_id]))
        ledgers[tenant_id] = ledger
        done.keys += keys.destroy_unneeded(ledger, found)
    for ledger in ledgers.values():
        ledger.close()


def _of_tenant(ledger: Ledger, done: Done, until: float) -> None:
    """One tenant's turn. A hold that was placed meanwhile stops it, and nothing held goes."""
    try:
        while time.monotonic() < until:
            with working(ledger.region) as line:
                files = due.files_due(line, ledger.tenant[0], line.now(), FILES_AT_ONCE)
            gone = sum(destroy_file(ledger, file) for file in files)
            done.files += gone
            done.left += len(files) - gone
            if gone < FILES_AT_ONCE:
                break
        done.collections += records.mark_emptied(ledger)
        done.records += records.destroy_records(ledger)
    except DatabaseError as refused:
        ledger.forget()
        logger.warning("Retention leaves %s for the next run: %s", ledger.tenant[1], refused)


def _named(line: Line, tenant_id: uuid.UUID) -> str:
    """A tenant's reference, from what is left of it."""
    rows = line.rows(
        "select tenant_reference from diagnostics_collection where tenant_id = %s"
        " union all select reference from rooms_tenantprofile where tenant_id = %s limit 1",
        tenant_id,
        tenant_id,
    )
    return str(rows[0][0]) if rows else ""
