"""Rooms for tests, stored as the owner of the region, and the canaries that their data holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from access.models import Tenant
from access.residency import region
from rooms.descriptions import Component
from rooms.fleet.seed import store_tenant, triage_items
from rooms.fleet.small import SmallTenant, small_tenant
from rooms.models import FleetCount, TriageItem
from rooms.states import RoomStatus


def furnish(
    tenant: Tenant,
    *,
    rooms: int = 3,
    ill: Component | None = Component.FRONT_DISPLAY,
    at: datetime | None = None,
) -> SmallTenant:
    """Give a tenant of the directory its profile, one site and rooms; the first room is ill.

    `result.rooms[0].reference` is the ill room; `result.canaries` are words that only this
    tenant's data holds. Call it once a tenant.
    """
    moment = at or datetime.now(UTC).replace(microsecond=0)
    small = small_tenant(tenant.pk, tenant.reference, at=moment, rooms=rooms, ill=ill)
    owner = f"{tenant.region}_owner"
    with region(tenant.region):
        store_tenant(small.made, using=owner)
        TriageItem.objects.using(owner).bulk_create(triage_items(small.made))
    return small


def count_fleet(alias: str, at: datetime | None = None, **rooms: int) -> None:
    """Roll-ups of a region: how many rooms of each status, at the last full hour and now."""
    moment = at or datetime.now(UTC).replace(microsecond=0)
    with region(alias):
        FleetCount.objects.using(f"{alias}_owner").bulk_create(
            FleetCount(as_of=as_of, status=RoomStatus(status), rooms=count)
            for as_of in (moment - timedelta(hours=1), moment)
            for status, count in rooms.items()
        )
