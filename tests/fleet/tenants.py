"""Make one tenant whole: its profile, sites and fitted rooms, and what their records say."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from rooms.fleet.names import BUILDINGS, ROOM_NAMES
from rooms.fleet.places import ROOMS_A_SITE, SHOWN_NAME
from rooms.fleet.plans import TENANTS, City, TenantPlan, dice, room_reference
from rooms.models import PeripheralKind, RoomType, Site, SoftwareVersion, TenantProfile
from rooms.states import DeviceState
from tests.fleet.descriptions import Component
from tests.fleet.fates import FATES, Course, Fate, course_of
from tests.fleet.inventory import FittedRoom, fit_out
from tests.fleet.loader import RoomFacts, RoomRows, read_lines, rows_of
from tests.fleet.writer import Fault, log_of

SHOWN_FOR: Final = timedelta(minutes=42)


@dataclass(frozen=True)
class MadeRoom:
    """A room with all its rows, ready to store."""

    fitted: FittedRoom
    rows: RoomRows
    facts: RoomFacts


@dataclass(frozen=True)
class MadeTenant:
    """A tenant with all its rows, ready to store."""

    reference: str
    profile: TenantProfile
    sites: tuple[Site, ...]
    rooms: tuple[MadeRoom, ...]


def make_tenant(plan: TenantPlan, at: datetime) -> MadeTenant:
    """Everything of one tenant as of a moment. Names and references do not depend on it."""
    profile = TenantProfile(
        tenant_id=plan.id,
        name=plan.name,
        contact_name=plan.contact,
        contact_email=f"{plan.contact.split()[0].casefold()}@{plan.domain}",
        settings={"language": "en", "support_hours": "24x7", "night_window": "00:00-05:00"},
    )
    places = list(_places(plan))
    sites = tuple(site for site, _ in places)
    return MadeTenant(plan.reference, profile, sites, tuple(_rooms(plan, places, at)))


def _places(plan: TenantPlan) -> Iterator[tuple[Site, City]]:
    """Enough buildings for the rooms, turn by turn through the cities."""
    chance = dice(f"sites/{plan.key}")
    count = max(len(plan.cities), -(-plan.rooms // ROOMS_A_SITE))
    for number in range(count):
        city = plan.cities[number % len(plan.cities)]
        building = f"{BUILDINGS[(number + len(plan.key)) % len(BUILDINGS)]} House"
        yield (
            Site(
                id=uuid.UUID(int=chance.getrandbits(128), version=4),
                tenant_id=plan.id,
                name=f"{city.name} {building}",
                building=building,
                city=city.name,
                country=city.country,
                time_zone=city.time_zone,
            ),
            city,
        )


def _rooms(plan: TenantPlan, places: list[tuple[Site, City]], at: datetime) -> Iterator[MadeRoom]:
    """The rooms, spread over the sites; each has its own chance, so that one more moves none."""
    names = {site.id: _names(site) for site, _ in places}
    for index in range(plan.rooms):
        number, at_place = divmod(index, len(places))
        site, city = places[at_place]
        chance = dice(f"room/{plan.key}/{index}")
        shown = plan.key == TENANTS[0].key and index == 0
        fate = chance.choices(list(FATES), list(FATES.values()))[0]
        fitted = fit_out(
            site,
            city,
            chance,
            at,
            domain=plan.domain,
            ref=room_reference(plan, index),
            name=SHOWN_NAME if shown else names[site.id][number],
            floor=number // 8 + 1,
            old=fate == Fate.WARNED and not shown,
            room_type=RoomType.LARGE if shown else None,
            displays=2 if shown else 0,
        )
        course = _shown(at) if shown else _course(fitted, fate, chance, at)
        yield made_room(fitted, course, chance, at)


def _names(site: Site) -> list[str]:
    """The names of a site's rooms, in an order of its own."""
    names = list(ROOM_NAMES)
    dice(f"names/{site.id}").shuffle(names)
    return names


def _course(fitted: FittedRoom, fate: Fate, chance: Random, at: datetime) -> Course:
    machine = fitted.machine
    return course_of(fate, machine.parts, machine.displays, chance, at)


def _shown(at: datetime) -> Course:
    """The tour's room: well for months, until one of its displays went dark."""
    fault = Fault(Component.FRONT_DISPLAY, "Unhealthy", at - SHOWN_FOR, displays_left=1)
    first, last = at - timedelta(days=200), at - timedelta(seconds=40)
    return Course(Fate.ILL, (fault,), first, last)


def made_room(fitted: FittedRoom, course: Course, chance: Random, at: datetime) -> MadeRoom:
    """Write the room's log, read it back, and let the inventory show what was seen."""
    state = DeviceState.ONBOARDING if course.fate == Fate.NEW else DeviceState.MONITORED
    zone = ZoneInfo(fitted.device.time_zone)
    lines = log_of(
        fitted.machine,
        course.faults,
        first=course.first,
        last=course.last,
        restarts=_restarts(course, zone),
        every_error_since=at - timedelta(hours=24),
    )
    facts = RoomFacts(
        tenant_id=fitted.room.tenant_id,
        room_id=fitted.room.id,
        device_id=fitted.device.id,
        time_zone=fitted.device.time_zone,
        front_displays=fitted.machine.displays,
        state=state,
        mac=fitted.mac,
        suppressed_from=course.suppressed_from,
        suppressed_until=course.suppressed_until,
    )
    records, left_out = read_lines(lines)
    if left_out:
        raise ValueError(f"The fleet wrote a record that cannot be read: {left_out[0]}")
    rows = rows_of(facts, records, at)
    _observe(fitted, rows, course, chance)
    return MadeRoom(fitted, rows, facts)


def _restarts(course: Course, zone: ZoneInfo) -> list[datetime]:
    """The nightly restart before the last record, at half past two in the room."""
    night = course.last.astimezone(zone).replace(hour=2, minute=31, second=7, microsecond=0)
    night = night if night < course.last else night - timedelta(days=1)
    return [night.astimezone(UTC)] if night > course.first else []


def _observe(fitted: FittedRoom, rows: RoomRows, course: Course, chance: Random) -> None:
    """Put what the records showed onto the device and its peripherals."""
    device = fitted.device
    device.last_seen_at = rows.last.written_at
    device.os_build = rows.last.os_version
    device.state = DeviceState.ONBOARDING if course.fate == Fate.NEW else DeviceState.MONITORED
    device.enrolled_at = None if course.fate == Fate.NEW else course.first
    seen: Counter[PeripheralKind] = Counter()
    for peripheral in fitted.peripherals:
        kind = PeripheralKind(peripheral.kind)
        seen[kind] += 1
        link = rows.links.get((kind, seen[kind]))
        if link:
            peripheral.link, peripheral.since = link.state, link.since
    rows.rows.setdefault(SoftwareVersion, []).append(
        SoftwareVersion(
            tenant_id=device.tenant_id,
            room_id=device.room_id,
            device_id=device.id,
            component="Agent",
            installed=chance.choice(("1.2.44.0", "1.2.44.0", "1.2.43.0")),
            observed_at=rows.last.written_at,
        )
    )
