"""The remediations of a tenant, as a board and as a list; and the ledger of one device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.gate import requires
from access.listing import Listing, ListSpec, ListState, counted, page_of
from access.pages.answers import version_of
from diagnostics.pages.remediation_board import (
    COLUMNS,
    NEWEST,
    items_of,
    read_board,
    read_list,
    spec,
)
from diagnostics.pages.remediation_looks import BOARD, SCOPES, crumbs_of, line_of
from diagnostics.pages.stops import bar_of, in_force
from rooms.models import Device
from rooms.pages.live import openness, polled_answer
from rooms.pages.rooms_list import HEALTH, INVENTORY

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

MASKED_ROWS = 6
LEDGER = ListSpec("ledger", "actions", COLUMNS, (NEWEST,), page_size=40)


def frame(access: Access, *crumbs: tuple[str, str]) -> dict[str, Any]:
    """Where the page stands, and under which grants its parts are open."""
    tenant = access.tenant.reference
    board = reverse("diagnostics:remediation", args=[tenant])
    return {
        "tenant": tenant,
        "health": access.under(HEALTH),
        "inventory": access.under(INVENTORY),
        "crumbs": crumbs_of(access, *crumbs),
        "board_url": board,
        "list_url": f"{board}?view=list",
        "new_url": reverse("diagnostics:remediation_new", args=[tenant]),
    }


@requires(*SCOPES)
@require_safe
def remediation(request: HttpRequest, access: Access) -> HttpResponse:
    """What was ordered in this tenant: as a board, or with `?view=list` as a list."""
    listed = request.GET.get("view") == "list"
    shown = frame(access) | {"listed": listed}
    if not access.opens(HEALTH):
        card = access.closed(HEALTH, what="The remediations of this tenant")
        shown |= {"card": card, "columns": COLUMNS, "masked_rows": range(MASKED_ROWS)}
        shown |= {"board": BOARD}
        return render(request, "remediation/board.html", shown)
    shown["stops"] = bar_of(in_force(), access.tenant.reference)
    return show_list(request, access, shown) if listed else show_board(request, access, shown)


def show_board(request: HttpRequest, access: Access, shown: dict[str, Any]) -> HttpResponse:
    """The columns with their newest; refreshed while it is looked at."""
    columns = read_board(access, shown["list_url"])
    version = f"{openness(access, HEALTH)}." + version_of(
        *((str(one.count), [(line["one"].pk, line["one"].state_at) for line in one.lines])
          for one in columns)
    )  # fmt: skip
    answer = polled_answer(request, request.GET.get("seen", ""), version)
    if answer:
        return answer
    shown |= {"columns": columns, "version": version}
    fragment = request.htmx and request.htmx.target == "board"
    return render(request, f"remediation/{'_board' if fragment else 'board'}.html", shown)


def show_list(request: HttpRequest, access: Access, shown: dict[str, Any]) -> HttpResponse:
    """One page of the list."""
    state = ListState.read(spec(access), request.GET)
    listing = read_list(access, state)
    rows = [line_of(item) for item in listing.rows]
    version = f"{openness(access, HEALTH)}." + version_of(
        listing.total, *((row["one"].pk, row["one"].state_at) for row in rows)
    )
    answer = polled_answer(request, state.seen, version)
    if answer:
        return answer
    if request.htmx and request.htmx.target == "list-news":
        return render(request, "rooms/_list_news.html", {"url": state.url, "news": True})
    shown |= {
        "listing": listing,
        "rows": rows,
        "poll_url": f"{state.url}&seen={version}",
        "search_label": "Find by item, device, room, wave, incident or name",
        "search_text": "".join(state.filters.get("q", ())),
    }
    return render(request, "remediation/board.html", shown)


@requires(*SCOPES)
@require_safe
def device_actions(request: HttpRequest, access: Access, device: str) -> HttpResponse:
    """Everything that was done to a device: four facts with four times, newest first."""
    shown = frame(access, (device, "")) | {"reference": device}
    missing = [scope for scope in (INVENTORY, HEALTH) if not access.opens(scope)]
    if missing:
        shown["card"] = access.closed(*missing, what="The actions on this device")
        return render(request, "remediation/device_actions.html", shown)
    found = Device.objects.select_related("room").filter(reference=device).first()
    if found is None:
        raise Http404("No such device.")
    state = ListState.read(LEDGER, request.GET)
    items = items_of(access).filter(device_id=found.pk)
    listing = Listing(state, page_of(items, state, found.reference), counted(items))
    shown |= {
        "device": found,
        "device_url": reverse(
            "rooms:device", args=[access.tenant.reference, found.room.reference, device]
        ),
        "listing": listing,
        "rows": [line_of(item) for item in listing.rows],
        "order_url": f"{shown['new_url']}?device={device}",
    }
    return render(request, "remediation/device_actions.html", shown)
