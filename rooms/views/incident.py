"""One incident: the page, and its live part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.gate import requires
from access.scopes import Scope
from rooms.pages.incident_page import head_facts, live_facts, read_page, show_incident
from rooms.pages.incident_reach import HEALTH, INVENTORY, find_incident, for_incident
from rooms.pages.live import polled_answer, progress

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest


@requires(Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW, Scope.INCIDENT_WORK)
@require_safe
def incident(request: HttpRequest, access: Access, incident: str) -> HttpResponse:
    """An incident of the tenant. Without health nobody knows whether it exists."""
    found = find_incident(access, incident)
    if found is None:
        return closed_incident(request, access, incident)
    page = read_page(access, found)
    if request.htmx and request.htmx.target == "incident-live":
        answer = polled_answer(request, request.GET.get("seen", ""), page.version)
        shown = {**live_facts(page), **head_facts(page)}
        return answer or render(request, "rooms/_incident_live.html", shown)
    return show_incident(request, page)


def closed_incident(request: HttpRequest, access: Access, reference: str) -> HttpResponse:
    """The page with nothing open: the same for every reference, whether or not it exists."""
    scopes = (INVENTORY, HEALTH)
    closed = for_incident(access.closed(*scopes, what="This incident"), reference)
    version = f"closed.{progress(closed)}"
    answer = polled_answer(request, request.GET.get("seen", ""), version)
    if answer:
        return answer
    tenant = access.tenant.reference
    shown = {
        "closed": closed,
        "version": version,
        "reference": reference,
        "tenant": tenant,
        "region": access.tenant.get_region_display(),
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (tenant, reverse("rooms:tenant", args=[tenant])),
            ("Incidents", reverse("rooms:incidents", args=[tenant])),
            (reference, ""),
        ],
    }
    fragment = request.htmx and request.htmx.target == "closed"
    template = "rooms/_closed.html" if fragment else "rooms/incident_closed.html"
    return render(request, template, shown)
