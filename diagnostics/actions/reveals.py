"""Laying open the masked names of one line: its own act, with a reason and a short life."""

from __future__ import annotations

from datetime import timedelta

from access import audit, clock
from access.held import HeldGrant
from access.models import Staff
from access.scopes import Scope
from diagnostics.models import CollectionFile, LogEntry, Reveal
from diagnostics.rules.reveals import REVEAL_LASTS, may_reveal

VIEW = Scope.DIAGNOSTICS_VIEW.value


def reveal_names(*, by: Staff, under: HeldGrant, entry: LogEntry, reason: str) -> Reveal:
    """Open the names behind the marks of this line to this person, for a few minutes.

    It never outlives the grant: the names are read under it.
    """
    may_reveal(masks=entry.masks, reason=reason).enforce()
    at = clock.now()
    reveal = Reveal.objects.create(
        tenant_id=entry.tenant_id,
        entry_id=entry.pk,
        room_id=entry.room_id,
        by_id=by.pk,
        by_label=by.name,
        reason=reason,
        grant_reference=under.reference,
        at=at,
        ends_at=at + min(REVEAL_LASTS, timedelta(minutes=15)),
    )
    device = CollectionFile.objects.filter(pk=entry.file_id).values_list(
        "device_reference", flat=True
    )
    audit.record(
        "name.revealed",
        subject=("device", device.first() or ""),
        scopes=[VIEW],
        grants=[under.reference],
        purpose=under.purpose,
        detail={"line": str(entry.pk), "masks": entry.masks},
    )
    return reveal
