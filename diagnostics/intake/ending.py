"""Orders that ended without a bundle, by their deadline.

Nothing waits for this to refuse a late device: its door asks the clock itself. The orders of a
device that leaves end with it, by a trigger.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from access import audit, clock, residency
from diagnostics.intake.chunks import remove_chunk
from diagnostics.models import Collection, Upload, UploadPart
from diagnostics.states import CollectionState

AT_ONCE: Final = 200
COMING: Final = (
    CollectionState.ORDERED,
    CollectionState.WAITING,
    CollectionState.COLLECTING,
    CollectionState.UPLOADING,
)


def expire_due(region: str) -> int:
    """End what is due, and remove the chunks of what has ended; how many orders were ended."""
    with residency.region(region):
        now = clock.now(region)
        ended = _expire(region, now)
        _drop(region, now)
    return ended


def _expire(region: str, now: datetime) -> int:
    with transaction.atomic(using=region):
        due = Collection.objects.filter(state__in=COMING, deadline_at__lte=now)
        rows = list(due.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
        for collection in rows:
            collection.state = CollectionState.EXPIRED
            collection.why_code = "DEADLINE"
            collection.why = "The bundle has not come in time."
            collection.save(update_fields=["state", "why_code", "why"])
            audit.record_system(
                "collection.expired",
                region=region,
                tenant=(collection.tenant_id, collection.tenant_reference),
                subject=("device", collection.device_reference),
                detail={"collection": collection.reference, "code": collection.why_code},
            )
    return len(rows)


def _drop(region: str, now: datetime) -> None:
    """Remove the sealed chunks of uploads that nobody will check."""
    over = Upload.objects.filter(dropped_at=None).exclude(
        collection__state__in=[*COMING, CollectionState.CHECKING]
    )
    for upload in list(over[:AT_ONCE]):
        parts = UploadPart.objects.filter(tenant_id=upload.tenant_id, upload=upload)
        for name in parts.values_list("stored_as", flat=True):
            remove_chunk(region, name)
        with transaction.atomic(using=region):
            parts.delete()
            Upload.objects.filter(pk=upload.pk).update(dropped_at=now)
