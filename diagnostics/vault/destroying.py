"""Destroy keys, and with them whatever they sealed, in every copy of it.

The row stays and says when; its bytes go. Copies of the row itself live on in the write-ahead log
and in back-ups until these expire: docs/adr/0016-vault.md states that horizon.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from access import clock, residency
from diagnostics.kinds import KeyClass
from diagnostics.models.keys import KeyLevel, WrappedKey
from diagnostics.vault.tables import TABLES, table_of


def destroy_data_keys(
    region: str,
    tenant_id: uuid.UUID,
    classes: Iterable[KeyClass | str],
    before: date | None = None,
) -> list[uuid.UUID]:
    """Destroy the data keys of these classes; the ids of those that were still there.

    With `before` only those of months that begin earlier. Waits for writers that are using one. It
    knows of no legal hold: whoever calls it has looked. The event is theirs to record as well.
    """
    gone: list[uuid.UUID] = []
    with residency.region(region), transaction.atomic(using=region):
        for klass in sorted(set(classes)):
            rows = table_of(klass).objects.filter(
                tenant_id=tenant_id, level=KeyLevel.DATA, klass=klass, destroyed_at=None
            )
            gone += _destroy(rows.filter(month__lt=before) if before else rows, region)
    return gone


def destroy_all_keys(region: str, tenant_id: uuid.UUID) -> list[uuid.UUID]:
    """Destroy every key of a tenant, their own included; the ids of those that were still there.

    No new key is ever made for this tenant in this region: `writing_key` raises Destroyed.
    """
    gone: list[uuid.UUID] = []
    with residency.region(region), transaction.atomic(using=region):
        for table in TABLES:
            rows = table.objects.filter(tenant_id=tenant_id, destroyed_at=None)
            # the tenant's key first, as writers take them, so that nobody waits in a circle
            gone += _destroy(rows.filter(level=KeyLevel.TENANT), region)
            gone += _destroy(rows.filter(level=KeyLevel.DATA), region)
    return gone


def _destroy(rows: QuerySet[WrappedKey], region: str) -> list[uuid.UUID]:
    held = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
    rows.model._default_manager.filter(pk__in=held).update(
        wrapped=b"", destroyed_at=clock.now(region)
    )
    return held
