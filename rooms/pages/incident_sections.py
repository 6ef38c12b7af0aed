"""The incidents of one room or device, as sections of their own pages.

The context of the room's page names it, so the tables hold that room's rows only.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse

from rooms.health.room import NEVER_DECIDES
from rooms.models import Incident
from rooms.pages.incident_looks import state_look, step_look, title_of
from rooms.pages.incident_reach import WORK
from rooms.pages.suppressions import suppression_lines
from rooms.states import DECIDING, IncidentState

if TYPE_CHECKING:
    from access.gate import Access

MOST: Final = 50
ORDER: Final = [IncidentState.ACTIVE, IncidentState.RESOLVED, IncidentState.CLOSED]


def incidents_of_room(access: Access) -> dict[str, Any]:
    """The newest incidents, active ones on top, and what is kept quiet now."""
    tenant, room = access.tenant.reference, access.room_reference
    lines = [line for line in suppression_lines(access.clock) if line["lasts"]]
    return {
        "incidents": section_lines(access, Incident.objects.order_by("-opened_at", "id")[:MOST]),
        "suppressed": lines,
        "works": access.opens(WORK),
        "suppressions_url": reverse("rooms:suppressions", args=[tenant, room]),
        "record_url": f"{reverse('rooms:incident_new', args=[tenant])}?room={room}",
    }


def incidents_of_device(access: Access, device_id: uuid.UUID) -> list[dict[str, Any]]:
    """Those of one device that are not closed."""
    rows = Incident.objects.not_closed().filter(device_id=device_id).order_by("-opened_at", "id")
    return section_lines(access, rows[:MOST])


def active_incidents(access: Access) -> list[dict[str, Any]]:
    """The active ones of the room that decide its health, worst first: why it is Unhealthy."""
    rows = Incident.objects.active().filter(severity__in=[one.value for one in DECIDING])
    rows = rows.exclude(code__in=NEVER_DECIDES)
    return section_lines(access, rows.order_by("severity_rank", "activated_at", "id")[:MOST])


def section_lines(access: Access, rows: Any) -> list[dict[str, Any]]:
    """As the tables show them: by state, else in the order that they come in."""
    lines = [
        {
            "incident": incident,
            "title": title_of(incident),
            "state": state_look(incident),
            "step": step_look(incident),
            "url": reverse("rooms:incident", args=[access.tenant.reference, incident.reference]),
        }
        for incident in rows
    ]
    return sorted(lines, key=lambda line: ORDER.index(IncidentState(line["incident"].state)))
