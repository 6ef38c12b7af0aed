"""What a run destroys of one tenant, written down in the transaction that destroys it.

A run that is killed leaves a row that says exactly what it had committed; the next run closes it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction

from access import audit, clock
from access.references import new_reference
from diagnostics.models import Destruction, DestructionCause

EMPTY_CHAIN: Final = "0" * 64


def chained(chain: str, reference: str) -> str:
    """The next link: SHA-256 of the one before (hex), a space, and the reference."""
    return hashlib.sha256(f"{chain} {reference}".encode()).hexdigest()


@dataclass
class Ledger:
    """Counts of what was destroyed of one tenant, kept in a row of Destruction.

    Nothing is written before something is destroyed. `save` belongs into the transaction that
    destroyed what was counted since the last time.
    """

    region: str
    tenant: tuple[uuid.UUID, str]
    case_reference: str = ""
    row: Destruction | None = field(default=None)

    @classmethod
    def of_case(cls, region: str, tenant: tuple[uuid.UUID, str], reference: str) -> Ledger:
        """The ledger of a case: the same row, however often the case is taken up again."""
        found = Destruction.objects.filter(
            tenant_id=tenant[0], case_reference=reference, ended_at=None
        )
        return cls(region, tenant, reference, found.first())

    def count(self, table: str, rows: int) -> None:
        """So many rows of a table went."""
        if rows:
            counts = self._row().counts
            counts[table] = counts.get(table, 0) + rows

    def file(self, klass: str, reference: str) -> None:
        """A file of a class went, or another thing that has a reference."""
        row = self._row()
        row.classes[klass] = row.classes.get(klass, 0) + 1
        row.chain = chained(row.chain, reference)

    def stored(self, files: int, size: int) -> None:
        """So many files of the storage went, of so many bytes together."""
        row = self._row()
        row.stored_files += files
        row.stored_bytes += size

    def keys(self, gone: Iterable[uuid.UUID]) -> None:
        """These keys were destroyed."""
        named = sorted(str(key) for key in gone)
        if named:
            self._row().keys += named

    def save(self) -> None:
        """Keep what was counted, inside the open transaction."""
        if self.row is not None:
            self.row.save(force_insert=self.row._state.adding)

    def forget(self) -> None:
        """Take back what was counted in a transaction that was undone."""
        if self.row is not None:
            found = Destruction.objects.filter(tenant_id=self.tenant[0], pk=self.row.pk)
            self.row = found.first()

    def close(self) -> Destruction | None:
        """End the run and tell the record; None when nothing was destroyed."""
        if self.row is None:
            return None
        with transaction.atomic(using=self.region):
            close_row(self.region, self.row)
        return self.row

    def _row(self) -> Destruction:
        if self.row is None:
            tenant_id, reference = self.tenant
            self.row = Destruction(
                tenant_id=tenant_id,
                reference=new_reference("DS"),
                tenant_reference=reference,
                cause=DestructionCause.CASE if self.case_reference else DestructionCause.RETENTION,
                case_reference=self.case_reference,
                begun_at=clock.now(self.region),
                chain=EMPTY_CHAIN,
            )
        return self.row


def close_row(region: str, row: Destruction) -> None:
    """Say when a run ended, and put it into the record: counts, keys and the chain's end."""
    row.ended_at = clock.now(region)
    row.save(update_fields=["ended_at"])
    audit.record_system(
        "data.destroyed",
        region=region,
        tenant=(row.tenant_id, row.tenant_reference),
        subject=("tenant", row.tenant_reference),
        detail=detail_of(row),
    )


def detail_of(row: Destruction) -> dict[str, Any]:
    """What the record says of a destruction. Keys are many in a case, so they are hashed."""
    detail: dict[str, Any] = {
        "destruction": row.reference,
        "cause": row.cause,
        "rows": sum(row.counts.values()),
        "files": sum(row.classes.values()),
        "stored_files": row.stored_files,
        "keys": len(row.keys),
        "keys_sha256": hashlib.sha256("\n".join(row.keys).encode()).hexdigest(),
        "chain": row.chain,
    }
    return detail | ({"case": row.case_reference} if row.case_reference else {})
