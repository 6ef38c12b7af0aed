"""What the tests of collections share: a furnished tenant, an open door, and an order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from access.models import Tenant
from access.references import new_reference
from access.residency import region
from access.scopes import Scope
from diagnostics.models import Collection, CollectionPart
from diagnostics.states import CollectionState
from rooms.models import Device
from tests.factories import computer_of

OWNER = "eu_owner"
HEALTH, INVENTORY = Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW
COLLECT, VIEW, ACTIVITY = (
    Scope.DIAGNOSTICS_COLLECT,
    Scope.DIAGNOSTICS_VIEW,
    Scope.ACTIVITY_VIEW,
)
ORDERING = (HEALTH, INVENTORY, COLLECT)


def collected(
    device: Device,
    tenant: Tenant,
    *,
    state: CollectionState = CollectionState.ORDERED,
    parts: tuple[tuple[str, str], ...] = (("event_log", "System"), ("query_usb", "")),
    **fields: Any,
) -> Collection:
    """A collection of the device as it would stand in that state, written as the owner."""
    now = datetime.now(UTC)
    with region(tenant.region):
        made = Collection.objects.using(OWNER).create(
            tenant_id=tenant.pk,
            **{
                "reference": new_reference("COL"),
                "tenant_reference": tenant.reference,
                "room_id": device.room_id,
                "device": device,
                "room_reference": device.room.reference,
                "device_reference": device.reference,
                "begins_at": now - timedelta(days=1),
                "ends_at": now,
                "purpose": "mitigate",
                "reason": "The front display is dark",
                "grant_reference": "GR-00000001",
                "ordered_by_id": tenant.pk,
                "ordered_by_label": "Asha",
                "ordered_at": now,
                "state_at": now,
                "deadline_at": now + timedelta(hours=24),
            }
            | fields,
        )
        CollectionPart.objects.using(OWNER).bulk_create(
            CollectionPart(
                tenant_id=tenant.pk,
                collection=made,
                room_id=device.room_id,
                kind=kind,
                channel=channel,
            )
            for kind, channel in parts
        )
        if state != CollectionState.ORDERED:
            Collection.objects.using(OWNER).filter(pk=made.pk).update(state=state)
            made.state = state
    return made


def first_device(tenant: Tenant, room_id: object) -> Device:
    """The room's computer."""
    return computer_of(tenant, room_id)


def stands(collection: Collection) -> Collection:
    """The collection as it stands now."""
    with region("eu"):
        return Collection.objects.using(OWNER).get(pk=collection.pk)
