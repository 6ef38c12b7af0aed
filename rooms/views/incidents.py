"""The incidents of one tenant: the list, and recording one that no signal saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_safe

from access.gate import requires
from access.listing import ListState
from access.pages.answers import SeeOther, version_of
from access.scopes import Scope
from access.verdict import Refused
from rooms.actions.incident_records import record_incident
from rooms.forms.incidents import RecordForm
from rooms.models import Room, RoomHealth
from rooms.pages.incident_page import incident_url
from rooms.pages.incident_reach import CLOSED_LIST, WORK, hand_of, work_card
from rooms.pages.incidents_list import (
    COLUMNS,
    read_incidents,
    rows_of,
    select_url,
    spec_for,
    state_tabs,
    urls_of,
)
from rooms.pages.live import openness, polled_answer, progress
from rooms.pages.rooms_list import HEALTH, INVENTORY, reach_of
from rooms.rules.incidents import MOST_AT_ONCE
from rooms.rules.incidents import version_of as version_of_incident

if TYPE_CHECKING:
    import uuid

    from access.gate import Access
    from access.http import HttpRequest

MASKED_ROWS = 6


@requires(Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW, Scope.INCIDENT_WORK)
@require_safe
def incidents(request: HttpRequest, access: Access) -> HttpResponse:
    """The incidents of a tenant, as far as grants open them."""
    if not access.opens(HEALTH):
        return closed_incidents(request, access)
    state = ListState.read(spec_for(access), request.GET)
    listing = read_incidents(access, state)
    facts = [(one.pk, version_of_incident(one)) for one in listing.rows]
    version = f"{openness(access, HEALTH, INVENTORY, WORK)}.{version_of(listing.total, facts)}"
    answer = polled_answer(request, state.seen, version)
    if answer:
        return answer
    if request.htmx and request.htmx.target == "list-news":
        return render(request, "rooms/_list_news.html", {"url": state.url, "news": True})
    shown = {
        "listing": listing,
        "rows": rows_of(access, listing.rows),
        "tabs": state_tabs(state),
        "poll_url": f"{state.url}&seen={version}",
        "version": version,
        "search_label": "Find by incident, room or site",
        "search_text": "".join(state.filters.get("q", ())),
        "select_url": select_url(access, state) if listing.count.number else "",
        "fits": not listing.count.more and listing.count.number <= MOST_AT_ONCE,
        "most": MOST_AT_ONCE,
        "narrow": reach_of(access, HEALTH) is not None,
    }
    return render(request, "rooms/incidents.html", shown | page_facts(access))


def page_facts(access: Access) -> dict[str, Any]:
    """What the page says of itself, open or closed."""
    tenant, works = access.tenant.reference, access.opens(WORK)
    health, inventory = access.under(HEALTH), access.under(INVENTORY)
    # Rooms under a grant of its own end at a time of their own: what it opened names it.
    apart = health and inventory and health.reference != inventory.reference
    return {
        "mark": format_html(' data-grant="{}"', inventory.reference) if apart and inventory else "",
        "tenant": tenant,
        "health": health,
        "inventory": inventory,
        "works": works,
        "missing": access.closed(INVENTORY, what="The rooms of these incidents")
        if access.opens(HEALTH) and not access.opens(INVENTORY)
        else None,
        "work_card": None if works else work_card(access),
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (tenant, reverse("rooms:tenant", args=[tenant])),
            ("Incidents", ""),
        ],
        **urls_of(tenant),
    }


def closed_incidents(request: HttpRequest, access: Access) -> HttpResponse:
    """The list with nothing open: its true columns, and masks in a number that says nothing."""
    closed = access.closed(INVENTORY, HEALTH, what="The incident list of this tenant")
    version = f"closed.{progress(closed)}"
    answer = polled_answer(request, request.GET.get("seen", ""), version)
    if answer:
        return answer
    shown = {
        "closed": closed,
        "version": version,
        "columns": COLUMNS,
        "masked_rows": range(MASKED_ROWS),
    }
    fragment = request.htmx and request.htmx.target == "closed"
    template = "rooms/_closed.html" if fragment else "rooms/incidents_closed.html"
    return render(request, template, shown | page_facts(access))


@requires(Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW, Scope.INCIDENT_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def incident_new(request: HttpRequest, access: Access) -> HttpResponse:
    """Record an incident of one room or several, in one's own words."""
    if not (access.opens(WORK) and access.opens(HEALTH)):
        if request.method == "POST":
            raise Refused(CLOSED_LIST)
        shown = page_facts(access) | {"work_card": work_card(access)}
        return render(request, "rooms/incident_new.html", shown)
    sent = request.POST if request.method == "POST" else None
    form = RecordForm(sent, initial={"rooms": request.GET.get("room", "")[:300]})
    if sent is not None and form.is_valid():
        rooms = known_rooms(access, form)
        if rooms:
            return recorded(request, access, form, rooms)
    shown = page_facts(access) | {"form": form, "work_grant": access.under(WORK)}
    return render(request, "rooms/incident_new.html", shown, status=422 if form.errors else 200)


def known_rooms(access: Access, form: RecordForm) -> list[uuid.UUID]:
    """The rooms that were named; none, with an error in the form, when one is not open here."""
    named = form.keys(access.tenant.pk)
    known = set(RoomHealth.objects.filter(room_id__in=named).values_list("room_id", flat=True))
    known |= set(Room.objects.filter(pk__in=named).values_list("pk", flat=True))
    reach = reach_of(access, WORK)
    missing = [
        reference
        for key, reference in named.items()
        if key not in known or (reach is not None and reference not in reach)
    ]
    if missing:
        form.add_error("rooms", f"Not open to you in this tenant: {', '.join(missing)}.")
        return []
    return list(named)


def recorded(
    request: HttpRequest, access: Access, form: RecordForm, rooms: list[uuid.UUID]
) -> HttpResponse:
    """Write it, and go to the incident, or to the list when there are several."""
    typed = form.cleaned_data
    made = record_incident(
        hand=hand_of(access),
        tenant=access.tenant,
        rooms=rooms,
        text=typed["text"],
        impact=typed["impact"],
    )
    if len(made) == 1:
        messages.success(request, f"Recorded as {made[0].reference}.")
        return SeeOther(incident_url(access.tenant.reference, made[0].reference))
    messages.success(request, f"Recorded as {len(made)} incidents, one for each room.")
    return SeeOther(reverse("rooms:incidents", args=[access.tenant.reference]))
