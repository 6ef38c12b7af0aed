"""Fit out a room: its device, what is plugged in where, and the machine that writes its log."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from access.references import room_key
from rooms.fleet.hardware import (
    CAPACITY,
    CONTENT_CAMERAS,
    KITS,
    ROOMY,
    SYSTEMS,
    TYPES,
    Part,
    System,
)
from rooms.fleet.plans import City, reference
from rooms.fleet.software import APPS, WINDOWS
from rooms.models import (
    Device,
    DeviceKind,
    Peripheral,
    PeripheralKind,
    Platform,
    Room,
    RoomPosition,
    RoomToken,
    RoomType,
    Site,
)
from rooms.models.places import words_of
from rooms.states import DeviceState
from tests.fleet.descriptions import Component
from tests.fleet.writer import Machine

COMPONENT_OF: Final = {
    PeripheralKind.HDMI_INGEST: Component.HDMI_INGEST,
    PeripheralKind.CONTENT_CAMERA: Component.CONTENT_CAMERA,
    PeripheralKind.MOTION_SENSOR: Component.MOTION_SENSOR,
}


@dataclass(frozen=True)
class FittedRoom:
    """One room with everything in it, not yet stored, and the machine that speaks for it."""

    room: Room
    position: RoomPosition
    tokens: tuple[RoomToken, ...]
    device: Device
    panel: Device | None
    peripherals: tuple[Peripheral, ...]
    machine: Machine
    mac: str


def fit_out(
    site: Site,
    city: City,
    chance: Random,
    at: datetime,
    *,
    domain: str,
    ref: str,
    name: str,
    floor: int,
    old: bool,
    room_type: RoomType | None = None,
    displays: int = 0,
    own: Random | None = None,
) -> FittedRoom:
    """Furnish a room of a site. `old` gives it software that is behind; 0 displays: by chance.

    Numbers that must be the room's alone come from `own`, if given: then rooms may look alike.
    """
    own = own or chance
    kind = room_type or chance.choices(list(TYPES), list(TYPES.values()))[0]
    room = Room(
        id=room_key(site.tenant_id, ref),
        tenant_id=site.tenant_id,
        reference=ref,
        name=name,
        name_sort=name.casefold(),
        site_id=site.id,
        floor=str(floor),
        capacity=chance.randint(*CAPACITY[kind]),
        room_type=kind,
        ring=chance.choices(("General", "Staging", "Executive"), (85, 8, 7))[0],
    )
    system = chance.choice(SYSTEMS)
    app, windows = _software(chance, old=old)
    device = _device(room, site, system, windows, own)
    displays = displays or (2 if kind in ROOMY and chance.random() < 0.6 else 1)
    peripherals = _peripherals(room, device, system, kind, displays, chance, own, at)
    return FittedRoom(
        room=room,
        position=RoomPosition(
            tenant_id=site.tenant_id,
            room_id=room.id,
            latitude=round(city.latitude + own.uniform(-0.02, 0.02), 5),
            longitude=round(city.longitude + own.uniform(-0.02, 0.02), 5),
        ),
        tokens=tokens_of(room, site),
        device=device,
        panel=_panel(room, site, own) if chance.random() < 0.2 else None,
        peripherals=tuple(peripherals),
        machine=_machine(domain, room, site, peripherals, displays, app, windows, chance, own),
        mac="02:" + ":".join(f"{own.randrange(256):02x}" for _ in range(5)),
    )


def tokens_of(room: Room, site: Site) -> tuple[RoomToken, ...]:
    """The words by which the room is found."""
    text = f"{room.name} {room.reference} {site.name} {site.city}"
    words = [*words_of(text), room.reference.casefold()]
    return tuple(
        RoomToken(tenant_id=room.tenant_id, token=word, room_id=room.id)
        for word in dict.fromkeys(words)
    )


def _software(chance: Random, *, old: bool) -> tuple[str, str]:
    """App and Windows. Behind means behind in one of the two."""
    app = chance.choices(list(APPS)[:2], list(APPS.values())[:2])[0]
    windows = chance.choices(list(WINDOWS)[:2], list(WINDOWS.values())[:2])[0]
    if old and chance.random() < 0.7:
        app = chance.choices(list(APPS)[2:], list(APPS.values())[2:])[0]
    elif old:
        windows = list(WINDOWS)[2]
    return app, windows


def _device(room: Room, site: Site, system: System, windows: str, chance: Random) -> Device:
    return Device(
        id=uuid.UUID(int=chance.getrandbits(128), version=4),
        tenant_id=room.tenant_id,
        reference=reference("DV", chance),
        room_id=room.id,
        kind=DeviceKind.COMPUTE,
        platform=Platform.WINDOWS,
        manufacturer=system.manufacturer,
        model=system.model,
        serial=_serial(chance),
        os_name="Windows 10 IoT Enterprise",
        os_build=windows,
        state=DeviceState.MONITORED,
        time_zone=site.time_zone,
    )


def _panel(room: Room, site: Site, chance: Random) -> Device:
    """A panel at the door: known from the inventory, and not enrolled yet."""
    return Device(
        id=uuid.UUID(int=chance.getrandbits(128), version=4),
        tenant_id=room.tenant_id,
        reference=reference("DV", chance),
        room_id=room.id,
        kind=DeviceKind.PANEL,
        platform=Platform.ANDROID,
        manufacturer="Crestron",
        model="Crestron TSS-1070",
        serial=_serial(chance),
        os_name="Android",
        state=DeviceState.UNENROLLED,
        time_zone=site.time_zone,
    )


def _peripherals(
    room: Room,
    device: Device,
    system: System,
    kind: RoomType,
    displays: int,
    chance: Random,
    own: Random,
    at: datetime,
) -> list[Peripheral]:
    """Displays at HDMI, the rest at USB, some of it behind the hub of its kit."""
    since = at - timedelta(days=chance.randint(95, 400))
    made: list[Peripheral] = []

    def plug(part: Part, port: str, parent: Peripheral | None = None) -> Peripheral:
        peripheral = Peripheral(
            id=uuid.UUID(int=own.getrandbits(128), version=4),
            tenant_id=room.tenant_id,
            room_id=room.id,
            device_id=device.id,
            parent_id=parent.id if parent else None,
            kind=part.kind,
            name=part.name,
            vendor_id=part.vendor_id,
            product_id=part.product_id,
            instance=_serial(own),
            firmware=part.firmware,
            port=port,
            position=len(made),
            since=since,
        )
        made.append(peripheral)
        return peripheral

    inches = {RoomType.FOCUS: 43, RoomType.SMALL: 55, RoomType.MEDIUM: 65, RoomType.LARGE: 85}[kind]
    for number in range(1, displays + 1):
        which = f" {number}" if displays > 1 else ""
        display = Part(PeripheralKind.FRONT_DISPLAY, f"{inches}-inch display{which}", "", "")
        plug(display, f"HDMI {number}")
    plug(Part(PeripheralKind.CONSOLE_DISPLAY, system.console, "", ""), "USB-C")
    kit = chance.choice(KITS[kind])
    hub = None
    if kit.hub:
        hub = plug(Part(PeripheralKind.HUB, "Table hub", "", ""), "USB 1")
    for place, part in enumerate(kit.parts, start=1):
        plug(part, f"Hub {place}" if hub else f"USB {place}", hub)
    if system.hdmi_ingest:
        plug(Part(PeripheralKind.HDMI_INGEST, "HDMI ingest module", "", ""), "USB 4")
    if kind == RoomType.LARGE and chance.random() < 0.5:
        plug(chance.choice(CONTENT_CAMERAS), "USB 5")
    if chance.random() < 0.3:
        plug(Part(PeripheralKind.MOTION_SENSOR, "Motion sensor", "", ""), "Console")
    return made


def _machine(
    domain: str,
    room: Room,
    site: Site,
    peripherals: list[Peripheral],
    displays: int,
    app: str,
    windows: str,
    chance: Random,
    own: Random,
) -> Machine:
    """What the room's records repeat: its account, its addresses, what it checks."""
    kinds = {peripheral.kind for peripheral in peripherals}
    parts = (
        Component.MICROPHONE,
        Component.SPEAKER,
        Component.DEFAULT_SPEAKER,
        Component.CAMERA,
        Component.FRONT_DISPLAY,
        *(component for kind, component in COMPONENT_OF.items() if kind in kinds),
    )
    place = re.sub(r"[^a-z0-9]+", "-", f"{site.city} {room.name}".casefold()).strip("-")
    return Machine(
        name=f"MTR-{room.reference[3:]}",
        os_version=windows,
        app_version=app,
        alias=f"{place}.{site.building.split()[-1].casefold()}@{domain}",
        display_name=f"{site.city} {room.name}",
        ipv4=f"10.{own.randrange(256)}.{own.randrange(256)}.{own.randint(10, 250)}",
        ipv6=f"fd12:{own.randrange(65536):x}::{own.randrange(1, 65536):x}",
        displays=displays,
        parts=parts,
        colon=chance.choice((" : ", " : ", ": ")),
        skype_leg=chance.choices(("NotApplicable", "Healthy", "Unhealthy"), (80, 19, 1))[0],
    )


def _serial(chance: Random) -> str:
    return "".join(chance.choices("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", k=12))
