"""What is plugged into a simulated machine, and how its rooms are fitted out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from rooms.fleet import hardware
from rooms.fleet.hardware import CONTENT_CAMERAS, KITS
from rooms.kinds import PeripheralKind, RoomType

SOUND_IN: Final = frozenset({PeripheralKind.MICROPHONE, PeripheralKind.SPEAKERPHONE})
SOUND_OUT: Final = frozenset({PeripheralKind.SPEAKER, PeripheralKind.SPEAKERPHONE})
INCHES: Final[dict[RoomType, int]] = {
    RoomType.FOCUS: 43,
    RoomType.SMALL: 55,
    RoomType.MEDIUM: 65,
    RoomType.LARGE: 85,
}


@dataclass(frozen=True)
class Part:
    """One thing that is, or was, plugged in."""

    kind: PeripheralKind
    name: str
    instance: str
    port: str
    vendor_id: str = ""
    product_id: str = ""
    firmware: str = ""
    parent: str | None = None
    connected: bool = True
    usable: bool = True
    link_changes: int = 0

    @property
    def hardware_id(self) -> str:
        """vendor:product:instance, as a report names what is configured."""
        return f"{self.vendor_id or '0000'}:{self.product_id or '0000'}:{self.instance}"

    @property
    def on_usb(self) -> bool:
        """Whether it hangs on USB and not on HDMI."""
        return self.port.startswith(("USB", "Hub"))


@dataclass
class Ports:
    """A machine's connectors while it is being fitted out. `chance` gives the serial numbers."""

    chance: Random
    plugged: list[Part] = field(default_factory=list)

    def plug(self, bought: hardware.Part, port: str, parent: Part | None = None) -> Part:
        """Plug one more thing in."""
        part = Part(
            kind=bought.kind,
            name=bought.name,
            instance=serial(self.chance),
            port=port,
            vendor_id=bought.vendor_id.casefold(),
            product_id=bought.product_id.casefold(),
            firmware=bought.firmware,
            parent=parent.instance if parent else None,
        )
        self.plugged.append(part)
        return part


def room_parts(
    system: hardware.System, kind: RoomType, displays: int, chance: Random
) -> tuple[Part, ...]:
    """Displays at HDMI, the rest at USB, some of it behind the hub of its kit."""
    ports = Ports(chance)
    plug_displays(ports, kind, displays)
    console = hardware.Part(PeripheralKind.CONSOLE_DISPLAY, system.console, "", "")
    ports.plug(console, "USB-C")
    kit = chance.choice(KITS[kind])
    hub = None
    if kit.hub:
        hub = ports.plug(hardware.Part(PeripheralKind.HUB, "Table hub", "", ""), "USB 1")
    for place, part in enumerate(kit.parts, start=1):
        ports.plug(part, f"Hub {place}" if hub else f"USB {place}", hub)
    if system.hdmi_ingest:
        ingest = hardware.Part(PeripheralKind.HDMI_INGEST, "HDMI ingest module", "", "")
        ports.plug(ingest, "USB 4")
    if kind == RoomType.LARGE and chance.random() < 0.5:
        ports.plug(chance.choice(CONTENT_CAMERAS), "USB 5")
    if chance.random() < 0.3:
        sensor = hardware.Part(PeripheralKind.MOTION_SENSOR, "Motion sensor", "", "")
        ports.plug(sensor, "Console")
    return tuple(ports.plugged)


def plug_displays(ports: Ports, kind: RoomType, displays: int) -> None:
    """The displays at the front of the room."""
    for number in range(1, displays + 1):
        name = f"{INCHES[kind]}-inch display" + (f" {number}" if displays > 1 else "")
        ports.plug(hardware.Part(PeripheralKind.FRONT_DISPLAY, name, "", ""), f"HDMI {number}")


def first_of(parts: Sequence[Part], kinds: frozenset[PeripheralKind]) -> Part | None:
    """The first part of one of the kinds, plugged in or not."""
    return next((part for part in parts if part.kind in kinds), None)


def serial(chance: Random) -> str:
    """Twelve characters that nobody misreads."""
    return "".join(chance.choices("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", k=12))
