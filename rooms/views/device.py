"""One device: what it is, what is plugged in where, what it runs, and how its signals stand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.gate import requires
from access.pages.answers import version_of
from access.scopes import Scope
from rooms.models import (
    Device,
    Peripheral,
    PeripheralKind,
    RoomHealth,
    SignalState,
    SoftwareVersion,
)
from rooms.pages.identity import addresses_of
from rooms.pages.incident_sections import incidents_of_device
from rooms.pages.live import openness, polled_answer, progress
from rooms.pages.looks import model_words
from rooms.pages.room_health import signal_lines
from rooms.pages.rooms_list import HEALTH, INVENTORY
from rooms.states import LinkState, SignalStatus
from rooms.views.room import ACCOUNT

if TYPE_CHECKING:
    from access.closed import Closed
    from access.gate import Access
    from access.http import HttpRequest

SHORT_KINDS = {
    PeripheralKind.FRONT_DISPLAY: "Display",
    PeripheralKind.CONSOLE_DISPLAY: "Console",
}
LINKS = {LinkState.CONNECTED: "ok", LinkState.DISCONNECTED: "fault"}


@requires(Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW, Scope.ACCOUNT_VIEW)
@require_safe
def device(request: HttpRequest, access: Access, room: str, device: str) -> HttpResponse:
    """A device of a room. Without inventory nobody knows whether it exists."""
    found = find_device(access, device)
    cards = closed_cards(access)
    signals = signals_of(access, found) if found else []
    version = f"{openness(access, INVENTORY, HEALTH, ACCOUNT)}." + version_of(
        found.last_seen_at if found else "",
        *(progress(card) for card in cards),
        *((line["title"], line["state"], line["fresh"].last) for line in signals),
    )
    answer = polled_answer(request, request.GET.get("seen", ""), version)
    if answer:
        return answer
    shown = {"device": found, "cards": cards, "signals": signals, "version": version}
    if found and access.opens(HEALTH):
        shown["incidents"] = incidents_of_device(access, found.pk)
    if found:
        shown |= device_facts(access, found)
    fragment = request.htmx and request.htmx.target == "device-body"
    template = "rooms/_device_body.html" if fragment else "rooms/device.html"
    return render(request, template, shown | head_facts(access, room, device, found, signals))


def find_device(access: Access, reference: str) -> Device | None:
    """The device if inventory is open; with it open, no such device in this room is a 404."""
    if not access.opens(INVENTORY):
        return None
    found = Device.objects.select_related("room__site").filter(reference=reference).first()
    if found is None:
        raise Http404("No such device.")
    return found


def closed_cards(access: Access) -> list[Closed]:
    """One card for inventory and health together; else one for each part that is not open.

    The account is asked for from its own tab of the room, not from every device.
    """
    missing = [scope for scope in (INVENTORY, HEALTH) if not access.opens(scope)]
    if len(missing) == 2:
        return [access.closed(*missing, what="This device")]
    what = {INVENTORY: "The inventory of this device", HEALTH: "The health of this device"}
    return [access.closed(scope, what=what[scope]) for scope in missing]


def head_facts(
    access: Access, room: str, reference: str, found: Device | None, signals: list[dict[str, Any]]
) -> dict[str, Any]:
    """Where the page stands, and under which grants its parts are open."""
    tenant = access.tenant.reference
    faulty = any(line["state"] == SignalStatus.UNHEALTHY for line in signals)
    return {
        "tenant": tenant,
        "region": access.tenant.get_region_display(),
        "reference": reference,
        "room_reference": room,
        "room_url": reverse("rooms:room", args=[tenant, room]),
        "inventory": access.under(INVENTORY),
        "health_grant": access.under(HEALTH),
        "account_grant": access.under(ACCOUNT),
        "status": ("unhealthy" if faulty else "healthy") if signals else "",
        "here": reverse("rooms:device", args=[tenant, room, reference]),
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (tenant, reverse("rooms:tenant", args=[tenant])),
            ("Rooms", reverse("rooms:rooms", args=[tenant])),
            (room, reverse("rooms:room", args=[tenant, room])),
            (reference, ""),
        ],
    }


def signals_of(access: Access, found: Device) -> list[dict[str, Any]]:
    """The signals of this device, as fresh as its room is."""
    health = RoomHealth.objects.filter(room_id=found.room_id).first()
    return signal_lines(SignalState.objects.all(), access.clock, health, found.pk)


def device_facts(access: Access, device: Device) -> dict[str, Any]:
    """What inventory opens of a device, and its addresses where they are open."""
    peripherals = list(Peripheral.objects.filter(device=device).order_by("position"))
    return {
        "essentials": [
            ("Model", model_words(device)),
            ("Serial", device.serial),
            ("System", f"{device.os_name} {device.os_build}".strip()),
            ("Platform", device.get_platform_display()),
            ("State", device.get_state_display()),
            ("Time zone", device.time_zone),
        ],
        "nodes": connection_nodes(device, peripherals, access.clock),
        "peripherals": peripherals,
        "versions": list(SoftwareVersion.objects.filter(device=device).order_by("component")),
        "addresses": addresses_of(device.pk) if access.opens(ACCOUNT) else [],
    }


def connection_nodes(
    device: Device, peripherals: list[Peripheral], now: datetime
) -> list[dict[str, str]]:
    """The picture of connections: the device, and each peripheral at its port or hub."""
    nodes = [
        {
            "id": str(device.pk),
            "label": device.get_kind_display(),
            "detail": f"{device.os_name.partition(' ')[0]} {device.os_build}".strip(),
            "parent": "",
            "state": "ok",
        }
    ]
    for peripheral in peripherals:
        nodes.append(
            {
                "id": str(peripheral.pk),
                "label": node_label(peripheral),
                "detail": node_detail(peripheral),
                "parent": str(peripheral.parent_id or device.pk),
                "state": LINKS.get(LinkState(peripheral.link), "unknown"),
                "words": link_words(peripheral, now),
            }
        )
    return nodes


def node_label(peripheral: Peripheral) -> str:
    """What a reader calls it: its use and its socket."""
    kind = SHORT_KINDS.get(PeripheralKind(peripheral.kind), peripheral.get_kind_display())
    return f"{kind}, {peripheral.port}" if peripheral.port else str(kind)


def node_detail(peripheral: Peripheral) -> str:
    """Its name and firmware."""
    parts = [peripheral.name]
    if peripheral.firmware:
        parts.append(f"firmware {peripheral.firmware}")
    return ", ".join(parts)


def link_words(peripheral: Peripheral, now: datetime) -> str:
    """What is wrong with the link, and for how long."""
    if peripheral.link == LinkState.CONNECTED:
        return ""
    if peripheral.link == LinkState.UNKNOWN:
        return "not known"
    return f"not detected, {age_words(int((now - peripheral.since).total_seconds()))}"


def age_words(seconds: int) -> str:
    """One unit, rounded down."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{max(seconds, 0)} s"
