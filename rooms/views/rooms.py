"""The rooms of one tenant: the list, its bar of statuses, and a panel beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from access.closed import Closed
from access.gate import requires
from access.listing import ListState
from access.pages.answers import version_of
from access.references import is_reference
from access.scopes import Scope
from rooms.pages.incident_reach import for_incident
from rooms.pages.live import openness, polled_answer, progress
from rooms.pages.rooms_list import (
    COLUMNS,
    HEALTH,
    INVENTORY,
    reach_of,
    read_rooms,
    rows_of,
    spec_for,
    status_counts,
    status_segments,
)
from rooms.pages.rooms_panel import panel_of

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

MASKED_ROWS = 6


@requires(Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW)
@require_safe
def rooms(request: HttpRequest, access: Access) -> HttpResponse:
    """The rooms of a tenant, as far as grants open them."""
    incident = incident_of(request)
    if not (access.opens(INVENTORY) or access.opens(HEALTH)):
        return closed_rooms(request, access, incident)
    state = ListState.read(spec_for(access), request.GET)
    listing = read_rooms(access, state)
    counts = status_counts() if access.opens(HEALTH) else {}
    facts = [(getattr(row, "attention", 0), getattr(row, "since", row.pk)) for row in listing.rows]
    version = f"{openness(access, INVENTORY, HEALTH)}.{version_of(counts, listing.total, facts)}"
    answer = polled_answer(request, state.seen, version)
    if answer:
        return answer
    if request.htmx and request.htmx.target == "list-news":
        return render(request, "rooms/_list_news.html", {"url": state.url, "news": True})
    shown = {
        "listing": listing,
        "rows": rows_of(access, listing),
        "shows": {column.key: state.shows(column.key) for column in COLUMNS},
        "poll_url": f"{state.url}&seen={version}",
        "search_label": "Find rooms by name, site or reference" if access.opens(INVENTORY) else "",
        "search_text": "".join(state.filters.get("q", ())),
        "segments": status_segments(state, counts) if counts else [],
        "panel": panel_of(access, state) if state.panel and access.opens(INVENTORY) else None,
        "version": version,
        "missing": missing_part(access, incident),
        "narrow": narrow_words(access),
    }
    return render(request, "rooms/rooms.html", shown | page_facts(access, incident))


def incident_of(request: HttpRequest) -> str:
    """The incident that the reader comes from, if it looks like one."""
    incident = request.GET.get("incident", "").upper()
    return incident if is_reference(incident, "INC") else ""


def page_facts(access: Access, incident: str) -> dict[str, Any]:
    """What the page says of itself, open or closed."""
    inventory, health = access.under(INVENTORY), access.under(HEALTH)
    # Health under a grant of its own ends at a time of its own: what it opened names it.
    apart = bool(inventory and health and inventory.reference != health.reference)
    return {
        "tenant": access.tenant.reference,
        "incident": incident,
        "inventory": inventory,
        "health": health,
        "under": inventory or health,
        "apart": apart,
        "mark": format_html(' data-grant="{}"', health.reference) if apart and health else "",
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (access.tenant.reference, reverse("rooms:tenant", args=[access.tenant.reference])),
            ("Rooms", ""),
        ],
    }


def missing_part(access: Access, incident: str) -> Closed | None:
    """The card for the one of the two scopes that is not open."""
    if not access.opens(INVENTORY):
        return for_incident(access.closed(INVENTORY, what="The inventory of this tenant"), incident)
    if not access.opens(HEALTH):
        return for_incident(access.closed(HEALTH, what="The health of this tenant"), incident)
    return None


def narrow_words(access: Access) -> str:
    """What a grant for single rooms leaves out, said once above the list."""
    named = reach_of(access, INVENTORY)
    if any(held.whole_tenant for held in access.grants):
        if access.opens(INVENTORY) and named is not None:
            return f"Inventory is open for {rooms_words(len(named))}; other names are withheld."
        return ""
    number = len({room for held in access.grants for room in held.room_references})
    return (
        f"Your access names {rooms_words(number)} of this tenant."
        " The others are closed and not counted here."
    )


def rooms_words(number: int) -> str:
    """`1 room`, `5 rooms`."""
    return "1 room" if number == 1 else f"{number} rooms"


def closed_rooms(request: HttpRequest, access: Access, incident: str) -> HttpResponse:
    """The list with nothing open: its true columns, and masks in a number that says nothing."""
    card = access.closed(INVENTORY, HEALTH, what="The room list of this tenant")
    closed = for_incident(card, incident)
    version = f"closed.{progress(closed)}"
    answer = polled_answer(request, request.GET.get("seen", ""), version)
    if answer:
        return answer
    shown = {
        "closed": closed,
        "version": version,
        "columns": [column for column in COLUMNS if column.shown],
        "masked_rows": range(MASKED_ROWS),
    }
    fragment = request.htmx and request.htmx.target == "closed"
    template = "rooms/_closed.html" if fragment else "rooms/rooms_closed.html"
    return render(request, template, shown | page_facts(access, incident))
