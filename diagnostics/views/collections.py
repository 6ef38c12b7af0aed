"""Collections of a tenant: the list, ordering one, how far it is, and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.gate import requires
from access.listing import ListState
from access.pages.answers import SeeOther, version_of
from access.scopes import Scope
from access.verdict import Refused, WrongState
from diagnostics.actions.collections import Order, order_collections, withdraw_collection
from diagnostics.forms.collections import OrderForm
from diagnostics.models import Collection
from diagnostics.pages.collections import (
    ACTIVITY,
    CLOSED,
    COLLECT,
    COLUMNS,
    VIEW,
    can_order,
    collection_facts,
    crumbs_of,
    find_collection,
    hand_of,
    order_card,
    read_collections,
    row_of,
    spec,
)
from rooms.models import Device, Incident
from rooms.pages.live import openness, polled_answer
from rooms.pages.rooms_list import HEALTH

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

SCOPES = (
    Scope.HEALTH_VIEW,
    Scope.INVENTORY_VIEW,
    Scope.DIAGNOSTICS_COLLECT,
    Scope.DIAGNOSTICS_VIEW,
    Scope.ACTIVITY_VIEW,
)
MASKED_ROWS = 6


def frame(access: Access, *crumbs: tuple[str, str]) -> dict[str, Any]:
    """Where the page stands, and under which grants its parts are open."""
    tenant = access.tenant.reference
    return {
        "tenant": tenant,
        "health": access.under(HEALTH),
        "collect": access.under(COLLECT),
        "view": access.under(VIEW),
        "activity": access.under(ACTIVITY),
        "can_order": can_order(access),
        "crumbs": crumbs_of(access, *crumbs),
        "new_url": reverse("diagnostics:collection_new", args=[tenant]),
    }


@requires(*SCOPES)
@require_safe
def collections(request: HttpRequest, access: Access) -> HttpResponse:
    """What was ordered in this tenant, newest first."""
    shown = frame(access)
    if not access.opens(HEALTH):
        card = access.closed(HEALTH, what="The collections of this tenant")
        shown |= {"card": card, "columns": COLUMNS, "masked_rows": range(MASKED_ROWS)}
        return render(request, "diagnostics/collections.html", shown)
    state = ListState.read(spec(), request.GET)
    listing = read_collections(access, state)
    rows = [row_of(access, one) for one in listing.rows]
    version = f"{openness(access, HEALTH)}." + version_of(
        *((row["one"].reference, row["words"]) for row in rows)
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
        "search_label": "Find by collection, device, room or incident",
        "search_text": "".join(state.filters.get("q", ())),
    }
    return render(request, "diagnostics/collections.html", shown)


@requires(*SCOPES)
@require_safe
def collection(request: HttpRequest, access: Access, collection: str) -> HttpResponse:
    """One collection: how far it is, what was ordered, and what came."""
    found = find_collection(access, collection)
    version = f"{openness(access, HEALTH, VIEW, COLLECT)}." + version_of(
        *((found.state, found.percent) if found else ("closed",))
    )
    answer = polled_answer(request, request.GET.get("seen", ""), version)
    if answer:
        return answer
    shown = frame(access, (collection, "")) | {"reference": collection, "version": version}
    if found is None:
        shown["card"] = access.closed(HEALTH, what="This collection")
    else:
        shown |= collection_facts(access, found)
        if not access.opens(VIEW):
            shown["view_card"] = access.closed(VIEW, what="What was collected")
    fragment = request.htmx and request.htmx.target == "collection-body"
    template = "_collection_body" if fragment else "collection"
    return render(request, f"diagnostics/{template}.html", shown)


@requires(*SCOPES)
@require_http_methods(["GET", "HEAD", "POST"])
def collection_new(request: HttpRequest, access: Access) -> HttpResponse:
    """Order a collection from one device or several."""
    if not can_order(access):
        if request.method == "POST":
            raise Refused(CLOSED)
        shown = frame(access, ("Order", "")) | {"card": order_card(access)}
        return render(request, "diagnostics/collection_new.html", shown)
    form = OrderForm(request.POST if request.method == "POST" else None, initial=asked(request))
    if form.is_bound and form.is_valid():
        try:
            made = _order(access, form, request.GET.get("incident", "")[:16])
        except WrongState as stale:
            return _form(request, access, form, trouble=str(stale), status=409)
        except Refused as refused:
            form.refuse(refused.denied)
        else:
            if made:
                return ordered(request, access, made)
    return _form(request, access, form, status=422 if form.errors else 200)


def asked(request: HttpRequest) -> dict[str, Any]:
    """What the page that the reader comes from has named already."""
    devices = " ".join(request.GET.getlist("device")[:20])
    return {"devices": devices[:400], "hours": "24", "channels": ["System", "Skype Room System"]}


def _order(access: Access, form: OrderForm, incident: str) -> list[Collection]:
    wanted = form.cleaned_data["devices"]
    devices = list(Device.objects.select_related("room").filter(reference__in=wanted))
    missing = [one for one in wanted if one not in {device.reference for device in devices}]
    if missing:
        form.add_error("devices", f"Not open to you in this tenant: {', '.join(missing)}.")
        return []
    begins_at, ends_at = form.window(access.clock)
    return order_collections(
        hand=hand_of(access),
        tenant=access.tenant,
        devices=devices,
        order=Order(form.parts(), begins_at, ends_at, form.cleaned_data["reason"]),
        incident=Incident.objects.filter(reference=incident).first() if incident else None,
    )


def ordered(request: HttpRequest, access: Access, made: list[Collection]) -> HttpResponse:
    """To the collection, or to the list of them."""
    tenant = access.tenant.reference
    if len(made) == 1:
        messages.success(request, f"{made[0].reference} is ordered. The device fetches it soon.")
        return SeeOther(reverse("diagnostics:collection", args=[tenant, made[0].reference]))
    messages.success(request, f"{len(made)} collections are ordered, one for each device.")
    return SeeOther(reverse("diagnostics:collections", args=[tenant]))


def _form(
    request: HttpRequest, access: Access, form: OrderForm, *, trouble: str = "", status: int = 200
) -> HttpResponse:
    shown = frame(access, ("Order", "")) | {"form": form, "trouble": trouble}
    return render(request, "diagnostics/collection_new.html", shown, status=status)


@requires(*SCOPES)
@require_POST
def collection_withdraw(request: HttpRequest, access: Access, collection: str) -> HttpResponse:
    """Take an order back."""
    hand = hand_of(access)
    found = find_collection(access, collection)
    if found is None:
        raise Refused(CLOSED)
    withdraw_collection(hand=hand, collection_id=found.pk)
    messages.success(request, f"{collection} is withdrawn.")
    return SeeOther(reverse("diagnostics:collection", args=[access.tenant.reference, collection]))
