"""What is kept quiet in one room: how long, why, and an earlier end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from access.gate import requires
from access.pages.answers import SeeOther
from access.references import room_key
from access.scopes import Scope
from access.verdict import Refused, WrongState
from rooms.actions.suppressions import Place, end_suppression, suppress_places
from rooms.forms.incidents import SuppressForm
from rooms.models import Room, RoomHealth
from rooms.pages.incident_reach import CLOSED_LIST, HEALTH, WORK, hand_of, work_card
from rooms.pages.suppressions import suppression_lines

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

FORM_METHODS = ["GET", "HEAD", "POST"]
SCOPES = (Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW, Scope.INCIDENT_WORK)


@requires(*SCOPES)
@require_http_methods(FORM_METHODS)
def suppressions(request: HttpRequest, access: Access, room: str) -> HttpResponse:
    """The suppressions of a room, and the form for another one."""
    if not (access.opens(WORK) and access.opens(HEALTH)):
        if request.method == "POST":
            raise Refused(CLOSED_LIST)
        return show(request, access, room)
    if not (RoomHealth.objects.exists() or Room.objects.exists()):
        raise Http404("No such room.")
    form = SuppressForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            _suppress(access, room, form.cleaned_data)
        except WrongState as stale:
            return show(request, access, room, form, trouble=str(stale), status=409)
        except Refused as refused:
            form.refuse(refused.denied)
        else:
            messages.success(request, "Suppressed. Alerts stay quiet until the end.")
            return SeeOther(request.path)
    return show(request, access, room, form, status=422 if form.errors else 200)


def _suppress(access: Access, room: str, typed: dict[str, Any]) -> None:
    place = Place(room_key(access.tenant.pk, room), typed["code"], ("room", room))
    suppress_places(
        hand=hand_of(access),
        tenant=access.tenant,
        places=[place],
        ends_at=access.clock + timedelta(minutes=typed["minutes"]),
        reason=typed["reason"],
    )


def show(
    request: HttpRequest,
    access: Access,
    room: str,
    form: SuppressForm | None = None,
    *,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, as far as it is open."""
    tenant = access.tenant.reference
    shown = {
        "reference": room,
        "tenant": tenant,
        "trouble": trouble,
        "form": form,
        "health_grant": access.under(HEALTH),
        "work_grant": access.under(WORK),
        "card": None if form else work_card(access),
        "lines": suppression_lines(access.clock) if access.opens(HEALTH) else [],
        "end_url": reverse("rooms:suppression_end", args=[tenant, room]),
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (tenant, reverse("rooms:tenant", args=[tenant])),
            ("Rooms", reverse("rooms:rooms", args=[tenant])),
            (room, reverse("rooms:room", args=[tenant, room])),
            ("Suppressions", ""),
        ],
    }
    return render(request, "rooms/suppressions.html", shown, status=status)


@requires(*SCOPES)
@require_http_methods(FORM_METHODS)
def suppression_end(request: HttpRequest, access: Access, room: str) -> HttpResponse:
    """Let the alerts sound again before the end."""
    if request.method != "POST":
        return redirect("rooms:suppressions", access.tenant.reference, room)
    if not (access.opens(WORK) and access.opens(HEALTH)):
        raise Refused(CLOSED_LIST)
    reference = request.POST.get("suppression", "")[:16]
    end_suppression(hand=hand_of(access), reference=reference, subject=("room", room))
    messages.success(request, "Ended. The room is judged anew.")
    return SeeOther(reverse("rooms:suppressions", args=[access.tenant.reference, room]))
