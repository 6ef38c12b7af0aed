"""Prove from a region's own tables that every row is of a tenant that chose this region.

The database counts the rows of each table by tenant; the directory says which tenants are of the
region. Whatever is not of one of them is a foreign row, and an alarm. Run by the worker.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connections, transaction

from access import audit, clock, residency
from access.models import ResidencyProof, Tenant
from access.residency import CONTROL

EVERY: Final = timedelta(days=1)
# One prover a region; a second one finds the work being done.
PROVER: Final = 0x4E51DE
# So many foreign tenants of a table are named in the proof, by their ids.
NAMED: Final = 5


@dataclass(frozen=True)
class Counted:
    """One table: its rows, those of no tenant, and those of tenants that are not of the region."""

    table: str
    rows: int
    unnamed: int
    foreign: int
    tenants: tuple[str, ...] = ()


def prove_when_due(alias: str) -> ResidencyProof | None:
    """Prove a region unless that was done within a day. None when it was, or is being done."""
    newest = ResidencyProof.objects.filter(region=alias).order_by("-made_at").first()
    if newest is not None and clock.now() - newest.made_at < EVERY:
        return None
    return prove(alias)


def prove(alias: str) -> ResidencyProof | None:
    """Count, compare, and keep what came of it, with an event in the region's record.

    None when another worker is at it. The event is written first: a proof without one is none.
    """
    begun = time.monotonic()
    with residency.region(alias), transaction.atomic(using=alias):
        if not _column(alias, "select pg_try_advisory_xact_lock(%s)", PROVER)[0]:
            return None
        found = {
            name: _by_tenant(alias, name)
            for name in _column(alias, "select name from lock.tenant_tables()")
        }
        # After the rows: a tenant that came meanwhile is in the directory before its first row.
        own = set(Tenant.objects.filter(region=alias).values_list("pk", flat=True))
        tables = [counted(name, rows, own) for name, rows in found.items()]
        proof = ResidencyProof(
            region=alias,
            made_at=clock.now(alias),
            tables=[asdict(table) for table in tables],
            tenants=len(own),
            rows=sum(table.rows for table in tables),
            foreign=sum(table.foreign for table in tables),
        )
        proof.digest = digest_of(proof)
        _record(proof)
    proof.took_ms = round((time.monotonic() - begun) * 1000)
    proof.save(using=CONTROL, force_insert=True)
    return proof


def counted(name: str, rows: dict[uuid.UUID | None, int], own: set[uuid.UUID]) -> Counted:
    """What one table's counts mean for a region with these tenants."""
    strangers = {tenant: number for tenant, number in rows.items() if tenant and tenant not in own}
    return Counted(
        table=name,
        rows=sum(rows.values()),
        unnamed=rows.get(None, 0),
        foreign=sum(strangers.values()),
        tenants=tuple(sorted(map(str, strangers))[:NAMED]),
    )


def digest_of(proof: ResidencyProof) -> str:
    """SHA-256 in hex of region, time and counts, as canonical JSON (RFC 8785 for these types)."""
    said: dict[str, Any] = {
        "region": proof.region,
        "made_at": moment(proof.made_at),
        "tenants": proof.tenants,
        "tables": proof.tables,
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def moment(at: datetime) -> str:
    """A time of the database in one spelling."""
    return at.isoformat(timespec="microseconds")


def _record(proof: ResidencyProof) -> None:
    audit.record_system(
        "residency.broken" if proof.foreign else "residency.proved",
        region=proof.region,
        tenant=(None, ""),
        subject=("region", proof.region),
        detail={
            "proof": str(proof.pk),
            "tables": len(proof.tables),
            "rows": proof.rows,
            "foreign": proof.foreign,
            "digest": proof.digest,
        },
    )


def _by_tenant(alias: str, table: str) -> dict[uuid.UUID | None, int]:
    with connections[alias].cursor() as cursor:
        cursor.execute("select tenant, number from lock.rows_by_tenant(%s)", [table])
        return dict(cursor.fetchall())


def _column(alias: str, question: str, *given: int) -> list[Any]:
    with connections[alias].cursor() as cursor:
        cursor.execute(question, given or None)
        return [row[0] for row in cursor.fetchall()]
