"""Log entries sealed by the worker, for tests that read them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from access import residency
from access.models import Grant, Staff, Tenant
from diagnostics.kinds import KeyClass
from diagnostics.models import ActivityEntry, ActivityKey, ContentKey, LogEntry
from diagnostics.vault.keys import Ring, opening, place_of, writing_key
from diagnostics.vault.sealing import CannotOpen
from tests.factories import furnish
from tests.rooms.reading import reading as viewing

NOVEMBER = datetime(2026, 11, 5, 12, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 5, 12, tzinfo=UTC)
CANARY = b"canary 7f3a9 front display dark"


def log_entry(tenant: Tenant, text: bytes = CANARY, at: datetime = NOVEMBER) -> LogEntry:
    """One stored line; the process must be the worker."""
    region = str(tenant.region)
    row = LogEntry(
        tenant_id=tenant.pk,
        file_id=uuid.uuid4(),
        room_id=uuid.uuid4(),
        device_id=uuid.uuid4(),
        number=1,
        at=at,
        level=2,
        source="System",
    )
    key = writing_key(region, tenant.pk, KeyClass.LOG, at)
    row.content = key.seal(text, place_of(region, tenant.pk, LogEntry, "content"), row.pk)
    with residency.region(region):
        row.save(force_insert=True)
    return row


def activity_entry(tenant: Tenant, text: bytes = CANARY, at: datetime = NOVEMBER) -> ActivityEntry:
    """One stored activity in a furnished room; the process must be the worker. Once a tenant."""
    region = str(tenant.region)
    row = ActivityEntry(
        tenant_id=tenant.pk,
        file_id=uuid.uuid4(),
        room_id=furnish(tenant).rooms[0].pk,
        room_reference="RM-1",
        device_id=uuid.uuid4(),
        device_reference="DV-1",
        collection_reference="COL-1",
        at=at,
        kind="join",
    )
    key = writing_key(region, tenant.pk, KeyClass.ACTIVITY, at)
    row.content = key.seal(text, place_of(region, tenant.pk, ActivityEntry, "content"), row.pk)
    with residency.region(region):
        row.save(force_insert=True)
    return row


@contextmanager
def ring(
    by: Staff,
    tenant: Tenant,
    grant: Grant | None,
    table: type[ContentKey] | type[ActivityKey] = ContentKey,
) -> Iterator[Ring]:
    """The keys that a page of that person has."""
    with viewing(by, tenant, grant), opening(table) as keys:
        yield keys


def refused(keys: Ring, row: Any) -> None:
    """The row does not open, and it is not said why."""
    with pytest.raises(CannotOpen, match=r"^This cannot be opened\.$"):
        keys.open(row, "content")
