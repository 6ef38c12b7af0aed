"""The devices of a tenant as those see them who let them in and out: Enroll, unenrol, in again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access.gate import requires
from access.listing import (
    Column,
    Listing,
    ListSpec,
    ListState,
    Order,
    choice_filter,
    counted,
    page_of,
)
from access.pages.answers import SeeOther
from access.scopes import Scope
from rooms.actions.enrolment import enrol_device, readmit_device, unenrol_device
from rooms.forms.enrolment import UnenrolForm
from rooms.models import Device, DeviceIdentity
from rooms.pages.enrolment import INVENTORY, LIFECYCLE, closed_page, frame, grant_reaching, managing
from rooms.pages.looks import model_words
from rooms.rules.enrolment import may_enrol, may_manage, may_readmit, may_unenrol
from rooms.states import DeviceState

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

SPEC = ListSpec(
    name="devices",
    things="devices",
    columns=(
        Column("reference", "Device", sort="reference", scope=INVENTORY),
        Column("state", "State", scope=INVENTORY),
        Column("act", "Act"),
        Column("room", "Room", scope=INVENTORY),
        Column("serial", "Serial number", scope=INVENTORY),
        Column("tpm", "TPM", scope=LIFECYCLE),
    ),
    orders=(Order("reference", "reference", ("reference", "id"), "A to Z", "Z to A"),),
    filters=(choice_filter("state", "State", "state", DeviceState.choices),),
)
TRUST = {"certificate": "Certified by its maker", "registered": "Registered beforehand"}


@requires(Scope.LIFECYCLE_MANAGE, Scope.INVENTORY_VIEW)
@require_safe
def devices(request: HttpRequest, access: Access) -> HttpResponse:
    """Devices with what can be done to each; those in Onboarding wait for Enroll."""
    shown = frame(access, "Devices")
    if not may_manage(access):
        return closed_page(request, access, "rooms/devices.html", shown)
    state = ListState.read(SPEC, request.GET)
    rows: QuerySet[Any] = Device.objects.select_related("room")
    for known in SPEC.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    page = page_of(rows, state, str(access.tenant.pk))
    listing = Listing(state, page, counted(rows))
    waiting = Device.objects.filter(state=DeviceState.ONBOARDING)[:100].count()
    shown |= {"listing": listing, "rows": device_rows(access, listing.rows), "waiting": waiting}
    return render(request, "rooms/devices.html", shown)


def device_rows(access: Access, devices: list[Device]) -> list[dict[str, Any]]:
    """One line a device: what it is, how it came to be trusted, and what may be done."""
    keys = [device.pk for device in devices]
    found = DeviceIdentity.objects.filter(device_id__in=keys)
    identities = {identity.device_id: identity for identity in found}
    tenant = access.tenant.reference
    lines = []
    for device in devices:
        identity = identities.get(device.pk)
        reached = grant_reaching(access, device.room.reference) is not None
        lines.append(
            {
                "device": device,
                "model": model_words(device),
                "url": reverse(
                    "rooms:device", args=[tenant, device.room.reference, device.reference]
                ),
                "trust": tpm_words(identity),
                "why": why_out(device, identity),
                "may_enrol": reached and bool(may_enrol(device)),
                "may_unenrol": reached and bool(may_unenrol(device)),
                "may_readmit": reached and bool(may_readmit(identity)),
            }
        )
    return lines


def tpm_words(identity: DeviceIdentity | None) -> str:
    """Why its TPM is trusted, or that it is not."""
    if identity is None:
        return "None known"
    return "Shut out" if identity.revoked_at else TRUST.get(identity.trust, identity.trust)


def why_out(device: Device, identity: DeviceIdentity | None) -> str:
    """What was said when it was taken out, while it is out."""
    is_out = device.state == DeviceState.UNENROLLED
    return identity.revoked_why if identity is not None and is_out else ""


@requires(Scope.LIFECYCLE_MANAGE, Scope.INVENTORY_VIEW)
@require_POST
def device_enrol(request: HttpRequest, access: Access, device: str) -> HttpResponse:
    """Enroll: the device is monitored from now on."""
    may_manage(access).enforce()
    grant = managing(access, find_device(device).room.reference)
    enrolled = enrol_device(under=grant, reference=device)
    messages.success(request, f"{enrolled.reference} is monitored from now on.")
    return SeeOther(reverse("rooms:devices", args=[access.tenant.reference]))


@requires(Scope.LIFECYCLE_MANAGE, Scope.INVENTORY_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def device_unenrol(request: HttpRequest, access: Access, device: str) -> HttpResponse:
    """Ask why, and take the device out."""
    shown = frame(access, f"Unenrol {device}")
    if request.method != "POST" and not may_manage(access):
        return closed_page(request, access, "rooms/device_unenrol.html", shown)
    may_manage(access).enforce()
    found = find_device(device)
    grant = managing(access, found.room.reference)
    form = UnenrolForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        shown |= {"form": form, "device": found, "verdict": may_unenrol(found)}
        status = 422 if form.is_bound else 200
        return render(request, "rooms/device_unenrol.html", shown, status=status)
    unenrol_device(under=grant, reference=device, **form.cleaned_data)
    messages.success(request, f"{device} is unenrolled. Its keys have ended.")
    return SeeOther(reverse("rooms:devices", args=[access.tenant.reference]))


@requires(Scope.LIFECYCLE_MANAGE, Scope.INVENTORY_VIEW)
@require_POST
def device_readmit(request: HttpRequest, access: Access, device: str) -> HttpResponse:
    """Let its TPM in again."""
    may_manage(access).enforce()
    grant = managing(access, find_device(device).room.reference)
    readmit_device(under=grant, reference=device)
    messages.success(request, f"The TPM of {device} may enrol again, with a new enrolment key.")
    return SeeOther(reverse("rooms:devices", args=[access.tenant.reference]))


def find_device(reference: str) -> Device:
    """The device, if it is open to the reader; 404 otherwise."""
    found = Device.objects.select_related("room").filter(reference=reference).first()
    if found is None:
        raise Http404("No such device.")
    return found
