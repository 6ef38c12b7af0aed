"""One room: how it is, what stands in it, and who it signs in as, each under its own scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.closed import Closed
from access.gate import requires
from access.pages.answers import version_of
from access.scopes import Scope
from rooms.models import Device, Peripheral, Room, RoomHealth, SoftwareVersion
from rooms.pages.identity import account_facts
from rooms.pages.incident_sections import incidents_of_room
from rooms.pages.live import openness, polled_answer, progress
from rooms.pages.looks import model_words
from rooms.pages.room_health import health_facts
from rooms.pages.rooms_list import HEALTH, INVENTORY, status_of
from rooms.states import LinkState

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

ACCOUNT = Scope.ACCOUNT_VIEW

# Each tab with the scopes that it shows something of.
TABS: dict[str, tuple[str, tuple[Scope, ...]]] = {
    "status": ("Status", (INVENTORY, HEALTH)),
    "devices": ("Devices", (INVENTORY,)),
    "incidents": ("Incidents", (HEALTH,)),
    "account": ("Account and addresses", (ACCOUNT,)),
}
WHAT = {
    INVENTORY: "The inventory of this room",
    HEALTH: "The health of this room",
    ACCOUNT: "The account of this room",
}


@requires(Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW, Scope.ACCOUNT_VIEW)
@require_safe
def room(request: HttpRequest, access: Access, room: str) -> HttpResponse:
    """A room, tab by tab; each tab reads only what it shows."""
    tab = request.GET.get("tab", "status")
    tab = tab if tab in TABS else "status"
    found = find_room(access, room)
    cards = closed_cards(access, tab)
    health = RoomHealth.objects.first()
    version = f"{openness(access, INVENTORY, HEALTH, ACCOUNT)}." + version_of(
        *(progress(card) for card in cards),
        *((health.since, health.last_evaluated_at, health.attention) if health else ()),
    )
    answer = polled_answer(request, request.GET.get("seen", ""), version)
    if answer:
        return answer
    shown = {
        "reference": room,
        "room": found,
        "tab": tab,
        "version": version,
        "cards": cards,
        "status": status_of(health) if health else "",
        **READERS[tab](access, found, health),
    }
    fragment = request.htmx and request.htmx.target == "room-body"
    template = "rooms/_room_body.html" if fragment else "rooms/room.html"
    return render(request, template, shown | head_facts(access, room, tab))


def find_room(access: Access, reference: str) -> Room | None:
    """The room if inventory is open; with it open, no such room is a 404."""
    if not access.opens(INVENTORY):
        return None
    found = Room.objects.select_related("site").filter(reference=reference).first()
    if found is None:
        raise Http404("No such room.")
    return found


def closed_cards(access: Access, tab: str) -> list[Closed]:
    """The cards of the tab: one for all of it, or one for each part that is not open."""
    missing = [scope for scope in TABS[tab][1] if not access.opens(scope)]
    if missing == [INVENTORY, HEALTH]:
        return [access.closed(*missing, what="This room")]
    return [access.closed(scope, what=WHAT[scope]) for scope in missing]


def head_facts(access: Access, reference: str, tab: str) -> dict[str, Any]:
    """Where the page stands, and under which grants its parts are open."""
    tenant = access.tenant.reference
    here = reverse("rooms:room", args=[tenant, reference])
    return {
        "tenant": tenant,
        "region": access.tenant.get_region_display(),
        "inventory": access.under(INVENTORY),
        "health_grant": access.under(HEALTH),
        "together": access.opens(INVENTORY) and access.under(INVENTORY) == access.under(HEALTH),
        "account_grant": access.under(ACCOUNT),
        "here": here,
        "clock": access.clock,
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (tenant, reverse("rooms:tenant", args=[tenant])),
            ("Rooms", reverse("rooms:rooms", args=[tenant])),
            (reference, ""),
        ],
        "tabs": [
            {
                "label": label,
                "url": here if key == "status" else f"{here}?tab={key}",
                "current": key == tab,
            }
            for key, (label, _) in TABS.items()
        ],
    }


def read_status(access: Access, room: Room | None, health: RoomHealth | None) -> dict[str, Any]:
    """The tab of health, with the facts of the room beside it."""
    shown: dict[str, Any] = {"facts": room_facts(room) if room else []}
    if access.opens(HEALTH):
        shown |= health_facts(access, health, room.site.time_zone if room else "UTC")
    return shown


def room_facts(room: Room) -> list[tuple[str, Any]]:
    """Where the room is and what it is."""
    return [
        ("Site", room.site.name),
        ("Building", room.site.building),
        ("City", f"{room.site.city}, {room.site.country}"),
        ("Floor", room.floor),
        ("Seats", room.capacity),
        ("Size", room.get_room_type_display()),
        ("Update ring", room.ring),
        ("Time zone", room.site.time_zone),
    ]


def read_devices(access: Access, room: Room | None, health: RoomHealth | None) -> dict[str, Any]:
    """A card for each device: what it is, what is plugged in, and how its software stands."""
    if room is None:
        return {}
    devices = list(Device.objects.filter(room=room).order_by("kind", "reference"))
    peripherals = list(Peripheral.objects.filter(room=room))
    versions = list(SoftwareVersion.objects.filter(room=room))
    return {
        "devices": [
            device_card(
                access,
                room,
                device,
                [one for one in peripherals if one.device_id == device.pk],
                [one for one in versions if one.device_id == device.pk],
            )
            for device in devices
        ]
    }


def device_card(
    access: Access,
    room: Room,
    device: Device,
    peripherals: list[Peripheral],
    versions: list[SoftwareVersion],
) -> dict[str, Any]:
    """What one card says."""
    lost = sum(one.link == LinkState.DISCONNECTED for one in peripherals)
    behind = [one for one in versions if one.behind_by]
    connected = f"{len(peripherals)} known"
    return {
        "device": device,
        "url": reverse(
            "rooms:device", args=[access.tenant.reference, room.reference, device.reference]
        ),
        "lost": lost,
        "facts": [
            ("Model", model_words(device)),
            ("System", f"{device.os_name} {device.os_build}".strip()),
            ("Peripherals", f"{connected}, {lost} not detected" if lost else connected),
            (
                "Software",
                f"{len(behind)} of {len(versions)} behind" if behind else "Nothing known behind",
            )
            if versions
            else ("Software", None),
            ("State", device.get_state_display()),
        ],
    }


def read_account(access: Access, room: Room | None, health: RoomHealth | None) -> dict[str, Any]:
    """The tab of the room's account and addresses; names of devices take inventory as well."""
    if not access.opens(ACCOUNT):
        return {}
    names = {}
    if room is not None:
        devices = Device.objects.filter(room=room)
        names = {device.pk: device.reference for device in devices}
    return account_facts(names)


def read_incidents(access: Access, room: Room | None, health: RoomHealth | None) -> dict[str, Any]:
    """What troubles the room, and what is kept quiet in it."""
    return incidents_of_room(access) if access.opens(HEALTH) else {}


READERS = {
    "status": read_status,
    "devices": read_devices,
    "incidents": read_incidents,
    "account": read_account,
}
