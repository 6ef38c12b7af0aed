"""Simulated machines: what each is and has, rolled from a seed. Their troubles stand elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from rooms.fleet import hardware
from rooms.fleet.hardware import ROOMY, SYSTEMS
from rooms.fleet.places import PlannedRoom
from rooms.fleet.software import AGENTS, ANDROID_APP, ANDROID_BUILDS, APPS, PANEL_APP, WINDOWS
from rooms.kinds import DeviceKind, PeripheralKind, Platform, RoomType
from rooms.simulator.parts import Part, Ports, plug_displays, room_parts, serial

# Bars and consoles that run Android, as they are sold together.
BARS: Final = (
    ("Logitech", "Logitech Rally Bar Mini", "Logitech Tap IP"),
    ("Poly", "Poly Studio X30", "Poly TC8"),
    ("Yealink", "Yealink MeetingBar A20", "Yealink CTP18"),
)
PANELS: Final = (("Crestron", "Crestron TSS-1070"), ("Logitech", "Logitech Tap Scheduler"))
BARS_OF_SMALL: Final = 0.2
PANELS_OF_ROOMS: Final = 0.08
GIGABYTE: Final = 2**30


@dataclass(frozen=True, eq=False)
class Machine:
    """One device, as it left the shop and was set up. The same seed and room make the same one."""

    room: PlannedRoom
    kind: DeviceKind
    platform: Platform
    manufacturer: str
    model: str
    serial: str
    bios: str
    mac: str
    addresses: tuple[str, ...]
    app: str
    os_build: str
    agent: str
    displays: int
    disk_bytes: int
    parts: tuple[Part, ...]
    seed: int

    @property
    def name(self) -> str:
        """Its name in the simulation, such as contoso-0012.compute; the same in every run."""
        return f"{self.room.key}.{self.kind.value}"

    @property
    def windows(self) -> bool:
        """Whether it runs Windows."""
        return self.platform == Platform.WINDOWS

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of its room."""
        return ZoneInfo(self.room.site.city.time_zone)

    def chance(self, purpose: str) -> Random:
        """Dice of this machine for one purpose, which fall the same way each time."""
        return dice(self.seed, f"{purpose}/{self.name}")


def dice(seed: int, purpose: str) -> Random:
    """Chance of the simulation, by seed and purpose."""
    return Random(f"{seed}/{purpose}")  # noqa: S311 - made-up machines, the same each time


def machines_of(rooms: Iterable[PlannedRoom], seed: int) -> list[Machine]:
    """The devices of the rooms: a computer, or a bar and its console; at some doors a panel."""
    return [machine for room in rooms for machine in _of_room(room, seed)]


def _of_room(room: PlannedRoom, seed: int) -> Iterator[Machine]:
    chance = dice(seed, f"room/{room.key}")
    small = room.room_type in (RoomType.FOCUS, RoomType.SMALL)
    if small and chance.random() < BARS_OF_SMALL:
        yield from _bar_and_console(room, seed, chance)
    else:
        yield _compute(room, seed, chance)
    if not room.shown and chance.random() < PANELS_OF_ROOMS:
        manufacturer, model = chance.choice(PANELS)
        yield _android(room, seed, chance, DeviceKind.PANEL, manufacturer, model, ())


def _compute(room: PlannedRoom, seed: int, chance: Random) -> Machine:
    system = chance.choice(SYSTEMS)
    displays = 2 if room.room_type in ROOMY and chance.random() < 0.6 else 1
    displays = 2 if room.shown else displays
    windows = dict(list(WINDOWS.items())[:2])
    apps = dict(list(APPS.items())[:2])
    return Machine(
        room=room,
        kind=DeviceKind.COMPUTE,
        platform=Platform.WINDOWS,
        manufacturer=system.manufacturer,
        model=system.model,
        serial=serial(chance),
        bios=f"{system.manufacturer.upper()[:4]}{chance.randint(10, 99)}A.{chance.randint(1, 88)}",
        mac=_mac(chance),
        addresses=_addresses(chance),
        app=_weighed(apps, chance),
        os_build=_weighed(windows, chance),
        agent=_weighed(AGENTS, chance),
        displays=displays,
        disk_bytes=chance.choice((128, 128, 256)) * GIGABYTE,
        parts=room_parts(system, room.room_type, displays, chance),
        seed=seed,
    )


def _bar_and_console(room: PlannedRoom, seed: int, chance: Random) -> Iterator[Machine]:
    manufacturer, bar, console = chance.choice(BARS)
    ports = Ports(chance)
    plug_displays(ports, room.room_type, 1)
    for kind, what in (
        (PeripheralKind.CAMERA, "camera"),
        (PeripheralKind.SPEAKERPHONE, "audio"),
    ):
        ports.plug(hardware.Part(kind, f"{bar} {what}", "", ""), "Built in")
    parts = tuple(ports.plugged)
    yield _android(room, seed, chance, DeviceKind.VIDEO_BAR, manufacturer, bar, parts)
    yield _android(room, seed, chance, DeviceKind.CONSOLE, manufacturer, console, ())


def _android(
    room: PlannedRoom,
    seed: int,
    chance: Random,
    kind: DeviceKind,
    manufacturer: str,
    model: str,
    parts: tuple[Part, ...],
) -> Machine:
    return Machine(
        room=room,
        kind=kind,
        platform=Platform.ANDROID,
        manufacturer=manufacturer,
        model=model,
        serial=serial(chance),
        bios="",
        mac=_mac(chance),
        addresses=_addresses(chance),
        app=PANEL_APP if kind == DeviceKind.PANEL else ANDROID_APP,
        os_build=_weighed(ANDROID_BUILDS, chance),
        agent=_weighed(AGENTS, chance),
        displays=1 if kind == DeviceKind.VIDEO_BAR else 0,
        disk_bytes=32 * GIGABYTE,
        parts=parts,
        seed=seed,
    )


def _weighed(shares: dict[str, int], chance: Random) -> str:
    return chance.choices(list(shares), list(shares.values()))[0]


def _mac(chance: Random) -> str:
    return "02:" + ":".join(f"{chance.randrange(256):02x}" for _ in range(5))


def _addresses(chance: Random) -> tuple[str, str]:
    """An IPv4 and an IPv6 address of private ranges."""
    third, fourth, host = chance.randrange(256), chance.randrange(256), chance.randint(10, 250)
    return (
        f"10.{third}.{fourth}.{host}",
        f"fd12:{chance.randrange(65536):x}::{chance.randrange(1, 65536):x}",
    )
