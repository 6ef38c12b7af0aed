"""Who a device may come in as: single-use enrolment keys, and the TPMs that staging registered."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from access.gate import requires
from access.listing import Column, Listing, ListSpec, ListState, Order, counted, page_of
from access.pages.answers import SeeOther
from access.scopes import Scope
from rooms.actions.enrolment import (
    issue_enrolment_key,
    register_endorsements,
    remove_endorsement,
    withdraw_enrolment_key,
)
from rooms.forms.enrolment import EndorsementsForm, KeyForm
from rooms.models import EnrolmentKey, Room, TrustedEndorsement
from rooms.pages.enrolment import LIFECYCLE, closed_page, frame, managing
from rooms.rules.enrolment import key_state, may_manage, may_withdraw_key

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

KEYS = ListSpec(
    name="enrolment_keys",
    things="enrolment keys",
    columns=(
        Column("reference", "Key", scope=LIFECYCLE),
        Column("room", "Room", scope=LIFECYCLE),
        Column("serial", "Serial number", scope=LIFECYCLE),
        Column("state", "State", scope=LIFECYCLE),
        Column("act", "Act"),
        Column("issued", "Issued", sort="issued", scope=LIFECYCLE),
        Column("reason", "Reason", scope=LIFECYCLE),
    ),
    orders=(Order("issued", "issued", ("-issued_at", "id"), "newest first", "oldest first"),),
)
ENDORSEMENTS = ListSpec(
    name="endorsements",
    things="registered TPMs",
    columns=(
        Column("digest", "Hash of its key", sort="digest", scope=LIFECYCLE),
        Column("serial", "Serial number", scope=LIFECYCLE),
        Column("room", "Room", scope=LIFECYCLE),
        Column("added", "Registered", scope=LIFECYCLE),
        Column("act", "Act"),
    ),
    orders=(Order("digest", "hash", ("digest", "id"), "0 to f", "f to 0"),),
)


@requires(Scope.LIFECYCLE_MANAGE, Scope.INVENTORY_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def enrolment_keys(request: HttpRequest, access: Access) -> HttpResponse:
    """The keys that were issued, and the form for one more; its text is shown this once."""
    shown = frame(access, "Enrolment keys")
    if request.method != "POST":
        if not may_manage(access):
            return closed_page(request, access, "rooms/enrolment_keys.html", shown)
        form = KeyForm(initial={"room": request.GET.get("room", ""), "hours": "8"})
        return _keys(request, access, shown | {"form": form})
    may_manage(access).enforce()
    form = KeyForm(request.POST)
    room = find_room(form) if form.is_valid() else None
    if room is None:
        return _keys(request, access, shown | {"form": form}, status=422)
    answers = form.cleaned_data
    key, text = issue_enrolment_key(
        by=request.user,
        under=managing(access, room.reference),
        tenant=access.tenant,
        room=room,
        valid_for=timedelta(hours=answers["hours"]),
        **{name: answers[name] for name in ("serial", "enrol_at_once", "reason")},
    )
    return _keys(request, access, shown | {"form": KeyForm(), "issued": key, "text": text})


def find_room(form: KeyForm) -> Room | None:
    """The room that was named; with an error at its field when none of it is open."""
    room = Room.objects.filter(reference=form.cleaned_data["room"]).first()
    if room is None:
        form.add_error("room", "No such room is open to you in this tenant.")
    return room


def _keys(
    request: HttpRequest, access: Access, shown: dict[str, Any], status: int = 200
) -> HttpResponse:
    listing = _list(request, access, KEYS, EnrolmentKey.objects.all())
    rooms = rooms_of(listing)
    rows = [
        {
            "key": key,
            "room": rooms.get(key.room_id),
            "state": key_state(key, access.clock),
            "may_withdraw": bool(may_withdraw_key(key, access.clock)),
        }
        for key in listing.rows
    ]
    shown |= {"listing": listing, "rows": rows}
    return render(request, "rooms/enrolment_keys.html", shown, status=status)


@requires(Scope.LIFECYCLE_MANAGE, Scope.INVENTORY_VIEW)
@require_POST
def enrolment_key_withdraw(request: HttpRequest, access: Access, reference: str) -> HttpResponse:
    """End a key before a device uses it."""
    grant = managing(access)
    try:
        key = withdraw_enrolment_key(under=grant, reference=reference)
    except EnrolmentKey.DoesNotExist as unknown:
        raise Http404("No such enrolment key.") from unknown
    messages.success(request, f"{key.reference} is withdrawn. No device can use it.")
    return SeeOther(reverse("rooms:enrolment_keys", args=[access.tenant.reference]))


@requires(Scope.LIFECYCLE_MANAGE, Scope.INVENTORY_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def endorsements(request: HttpRequest, access: Access) -> HttpResponse:
    """The TPMs that may enrol without a maker's certificate, and the form to register more."""
    shown = frame(access, "Registered TPMs")
    if request.method != "POST":
        if not may_manage(access):
            return closed_page(request, access, "rooms/endorsements.html", shown)
        return _endorsements(request, access, shown | {"form": EndorsementsForm()})
    grant = managing(access)
    form = EndorsementsForm(request.POST)
    if form.is_valid():
        count, faults = register_endorsements(
            by=request.user,
            under=grant,
            tenant=access.tenant,
            lines=form.cleaned_data["lines"],
        )
        if not faults:
            messages.success(request, registered_words(count))
            return SeeOther(reverse("rooms:endorsements", args=[access.tenant.reference]))
        form.refuse(faults)
    return _endorsements(request, access, shown | {"form": form}, status=422)


def registered_words(count: int) -> str:
    """What was done, in words."""
    if not count:
        return "All of these were registered already."
    return "1 TPM is registered." if count == 1 else f"{count:,} TPMs are registered."


def _endorsements(
    request: HttpRequest, access: Access, shown: dict[str, Any], status: int = 200
) -> HttpResponse:
    listing = _list(request, access, ENDORSEMENTS, TrustedEndorsement.objects.all())
    rooms = rooms_of(listing)
    rows = [{"one": one, "room": rooms.get(one.room_id)} for one in listing.rows]
    shown |= {"listing": listing, "rows": rows}
    return render(request, "rooms/endorsements.html", shown, status=status)


@requires(Scope.LIFECYCLE_MANAGE, Scope.INVENTORY_VIEW)
@require_POST
def endorsement_remove(request: HttpRequest, access: Access, pk: uuid.UUID) -> HttpResponse:
    """Trust a TPM no more for an enrolment."""
    grant = managing(access)
    endorsement = TrustedEndorsement.objects.select_for_update().filter(pk=pk).first()
    if endorsement is None:
        raise Http404("No such registration.")
    remove_endorsement(under=grant, endorsement=endorsement)
    messages.success(request, f"{endorsement} is not registered any more.")
    return SeeOther(reverse("rooms:endorsements", args=[access.tenant.reference]))


def _list(request: HttpRequest, access: Access, spec: ListSpec, rows: QuerySet[Any]) -> Listing:
    state = ListState.read(spec, request.GET)
    return Listing(state, page_of(rows, state, str(access.tenant.pk)), counted(rows))


def rooms_of(listing: Listing) -> dict[uuid.UUID, Room]:
    """The rooms of the rows, as far as inventory opens them."""
    keys = {row.room_id for row in listing.rows}
    return {room.pk: room for room in Room.objects.filter(pk__in=keys)}
