"""Rooms for tests, stored as the owner of the region, and the canaries that their data holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from access.models import Tenant
from access.references import new_reference
from access.residency import region
from rooms.kinds import DeviceKind
from rooms.models import (
    Device,
    FleetCount,
    Incident,
    IncidentEntry,
    IncidentMessage,
    Room,
    TriageItem,
)
from rooms.signals import SIGNALS, DeviceType
from rooms.states import SEVERITY_ORDER, EntryKind, IncidentState, RoomStatus, Severity
from tests.fleet.descriptions import Component
from tests.fleet.seed import store_tenant, triage_items
from tests.fleet.small import SmallTenant, small_tenant


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


def computer_of(tenant: Tenant, room_id: object) -> Device:
    """The room's computer, with its room. Some rooms have a panel as well, unenrolled."""
    rows = Device.objects.using(f"{tenant.region}_owner").select_related("room")
    with region(tenant.region):
        return rows.get(room_id=room_id, kind=DeviceKind.COMPUTE)


def count_fleet(alias: str, at: datetime | None = None, **rooms: int) -> None:
    """Roll-ups of a region: how many rooms of each status, at the last full hour and now."""
    moment = at or datetime.now(UTC).replace(microsecond=0)
    with region(alias):
        FleetCount.objects.using(f"{alias}_owner").bulk_create(
            FleetCount(as_of=as_of, status=RoomStatus(status), rooms=count)
            for as_of in (moment - timedelta(hours=1), moment)
            for status, count in rooms.items()
        )


def incident_of(
    room: Room,
    code: str = "display_front",
    *,
    age: timedelta = timedelta(minutes=42),
    severity: Severity | None = None,
    state: IncidentState = IncidentState.ACTIVE,
    owner: str = "eu_owner",
    **fields: object,
) -> Incident:
    """An incident of a room, with the line of its timeline that opened it."""
    opened = datetime.now(UTC).replace(microsecond=0) - age
    level = severity or SIGNALS[code].on[DeviceType.WINDOWS].severity
    recorded = code == "recorded_issue"
    reference = new_reference("INC")
    values: dict[str, object] = {
        "instance": reference if recorded else "",
        "recorded_by_label": "Asha" if recorded else "",
        "category": SIGNALS[code].category,
        "sentence": SIGNALS[code].fault,
        "opened_at": opened,
        "activated_at": opened,
        "updated_at": opened,
        "resolved_at": opened if state == IncidentState.RESOLVED else None,
        "closed_at": opened if state == IncidentState.CLOSED else None,
        **fields,
    }
    incident = Incident.objects.using(owner).create(
        tenant_id=room.tenant_id,
        reference=reference,
        room_id=room.pk,
        code=code,
        severity=level,
        severity_rank=SEVERITY_ORDER[level.value],
        state=state,
        **values,
    )
    entry_of(incident, EntryKind.OPENED, incident.sentence, at=opened, owner=owner)
    return incident


def entry_of(
    incident: Incident,
    kind: EntryKind,
    text: str = "",
    *,
    by: str = "",
    at: datetime | None = None,
    owner: str = "eu_owner",
) -> IncidentEntry:
    """A line of an incident's timeline; without `by` the service wrote it."""
    return IncidentEntry.objects.using(owner).create(
        tenant_id=incident.tenant_id,
        incident_id=incident.pk,
        room_id=incident.room_id,
        at=at or datetime.now(UTC),
        kind=kind,
        by_label=by,
        text=text,
    )


def message_of(incident: Incident, text: str, *, owner: str = "eu_owner") -> IncidentMessage:
    """A message of Asha's to the customer."""
    return IncidentMessage.objects.using(owner).create(
        tenant_id=incident.tenant_id,
        incident_id=incident.pk,
        room_id=incident.room_id,
        at=datetime.now(UTC),
        by_label="Asha",
        text=text,
    )
