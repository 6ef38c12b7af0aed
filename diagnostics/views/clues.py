"""What was collected that may tell the cause of an incident, in words and with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.gate import requires
from access.scopes import Scope
from diagnostics.models import Collection
from diagnostics.pages.clues import AFTER, BEFORE, read_clues
from diagnostics.pages.collections import HEALTH, VIEW, row_of
from rooms.models import Device
from rooms.pages.incident_looks import title_of
from rooms.pages.incident_reach import find_incident
from rooms.pages.rooms_list import INVENTORY

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest


@requires(Scope.DIAGNOSTICS_VIEW, Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW)
@require_safe
def incident_clues(request: HttpRequest, access: Access, incident: str) -> HttpResponse:
    """Known events and codes around the incident, and what the newest queries show."""
    tenant = access.tenant.reference
    found = find_incident(access, incident)
    missing = [scope for scope in (HEALTH, VIEW) if not access.opens(scope)]
    shown: dict[str, Any] = {
        "tenant": tenant,
        "reference": incident,
        "view": access.under(VIEW),
        "health": access.under(HEALTH),
        "before": BEFORE,
        "after": AFTER,
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (tenant, reverse("rooms:tenant", args=[tenant])),
            ("Incidents", reverse("rooms:incidents", args=[tenant])),
            (incident, reverse("rooms:incident", args=[tenant, incident])),
            ("Cause", ""),
        ],
    }
    if missing or found is None:
        shown["card"] = access.closed(*missing or [HEALTH], what="What was collected here")
        return render(request, "diagnostics/incident_clues.html", shown)
    made = Collection.objects.filter(room_id=found.room_id).order_by("-ordered_at")[:8]
    devices = Device.objects.filter(room_id=found.room_id) if access.opens(INVENTORY) else []
    order = reverse("diagnostics:collection_new", args=[tenant])
    named = "&".join(f"device={device.reference}" for device in devices)
    shown |= {
        "incident": found,
        "title": title_of(found),
        "clues": read_clues(access, found),
        "collections": [row_of(access, one) for one in made],
        "order_url": f"{order}?incident={incident}&{named}".rstrip("&"),
    }
    return render(request, "diagnostics/incident_clues.html", shown)
