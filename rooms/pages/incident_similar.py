"""The same trouble elsewhere: other rooms with the signal, and what their devices share."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse

from rooms.models import Device, Incident, SoftwareVersion
from rooms.pages.incidents_list import rows_of
from rooms.pages.looks import model_words
from rooms.pages.rooms_list import INVENTORY
from rooms.rules.incidents import is_recorded

if TYPE_CHECKING:
    from access.gate import Access

# As many are compared as one list across tenants would show; a few of them are named.
COMPARED: Final = 200
NAMED: Final = 6
APP: Final = "Meeting app"


def similar_to(access: Access, incident: Incident) -> dict[str, Any]:
    """Rooms of the tenant with the same signal now; what a person recorded is like nothing else."""
    if is_recorded(incident):
        return {"rows": [], "number": 0, "shares": []}
    others = list(
        Incident.objects.active()
        .filter(code=incident.code)
        .exclude(room_id=incident.room_id)
        .order_by("-activated_at")[:COMPARED]
    )
    rooms = {other.room_id: other for other in reversed(others)}
    newest = sorted(rooms.values(), key=lambda other: other.activated_at, reverse=True)
    url = reverse("rooms:incidents", args=[access.tenant.reference])
    return {
        "rows": rows_of(access, newest[:NAMED]),
        "number": len(rooms),
        "more": len(others) == COMPARED,
        "url": f"{url}?signal={incident.code}",
        "shares": shares(incident, others) if access.opens(INVENTORY) else [],
    }


def shares(incident: Incident, others: list[Incident]) -> list[str]:
    """How many of the other devices are of the same model, and run the same meeting app."""
    ids = [other.device_id for other in others if other.device_id]
    if incident.device_id is None or not ids:
        return []
    devices = {one.pk: one for one in Device.objects.filter(pk__in=[*ids, incident.device_id])}
    apps = dict(
        SoftwareVersion.objects.filter(
            device_id__in=[*ids, incident.device_id], component=APP
        ).values_list("device_id", "installed")
    )
    told = []
    own = devices.get(incident.device_id)
    if own is not None:
        same = [one for one in _seen(ids, devices) if devices[one].model == own.model]
        told.append(share(len(same), ids, f"are the same model, {model_words(own)}"))
    if incident.device_id in apps:
        version = apps[incident.device_id]
        same = [one for one in _seen(ids, apps) if apps[one] == version]
        told.append(share(len(same), ids, f"run the same meeting app, {version}"))
    return told


def _seen(ids: list[uuid.UUID], known: dict[uuid.UUID, Any]) -> set[uuid.UUID]:
    return {one for one in ids if one in known}


def share(number: int, ids: list[uuid.UUID], words: str) -> str:
    """`5 of 7 other devices with this signal run …`."""
    devices = len(set(ids))
    noun = "device" if devices == 1 else "devices"
    return f"{number} of {devices} other {noun} with this signal {words}."
