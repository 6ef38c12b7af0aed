"""One small tenant in which every text is a canary: found on a page, it tells what leaked.

Its health still comes from event records; only the words are replaced after they were read.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from django.db import models

from rooms.fleet.plans import BERLIN, dice, reference
from rooms.models import (
    Device,
    DeviceAddress,
    Peripheral,
    Room,
    RoomAccount,
    RoomType,
    SignalState,
    Site,
    SoftwareVersion,
    TenantProfile,
)
from tests.fleet.descriptions import Component
from tests.fleet.fates import Course, Fate, fault_of
from tests.fleet.inventory import fit_out, tokens_of
from tests.fleet.tenants import MadeRoom, MadeTenant, made_room
from tests.fleet.writer import Fault

# What of each table is free text: names, addresses and words, but no codes, keys or choices.
TEXTS: Final[dict[type[models.Model], tuple[str, ...]]] = {
    TenantProfile: ("name", "contact_name"),
    Site: ("name", "building", "city"),
    Room: ("name", "floor", "ring"),
    Device: ("manufacturer", "model", "serial", "os_name", "os_build"),
    Peripheral: ("name", "instance", "firmware", "port"),
    SoftwareVersion: ("component", "installed", "available"),
    RoomAccount: ("display_name",),
    SignalState: ("sentence",),
}

ILL_FOR: Final = timedelta(minutes=42)
# Which of the possible inventories the rooms have: in this one the first two have a panel.
LOOKS: Final = 12


@dataclass
class Canaries:
    """Words that stand nowhere else. `words` are all that were let out, as a page would show."""

    mark: str
    words: list[str] = field(default_factory=list)

    def word(self) -> str:
        """One more: letters and digits only, so that no escaping changes it."""
        self.words.append(f"Cnry{self.mark}{len(self.words):05d}")
        return self.words[-1]

    def write(self, row: models.Model) -> None:
        """A canary in every text of a row."""
        for name in TEXTS.get(type(row), ()):
            setattr(row, name, self.word())


@dataclass(frozen=True)
class SmallTenant:
    """The made tenant and every word that only its data holds."""

    made: MadeTenant
    canaries: tuple[str, ...]

    @property
    def rooms(self) -> list[Room]:
        """Its rooms, in the order they were made."""
        return [made.fitted.room for made in self.made.rooms]


def small_tenant(
    tenant_id: uuid.UUID,
    tenant_reference: str,
    *,
    at: datetime,
    rooms: int = 3,
    ill: Component | None = Component.FRONT_DISPLAY,
) -> SmallTenant:
    """A tenant of one site. The first room is ill in that component since 42 minutes.

    What stands in its nth room is the same for each tenant; names, numbers and ids are its own.
    """
    own = dice(f"small/{tenant_id}")
    canaries = Canaries(mark="".join(own.choices("0123456789ABCDEF", k=6)))
    profile = TenantProfile(
        tenant_id=tenant_id,
        contact_email=f"{canaries.word()}@{canaries.word()}.example",
        settings={"night_window": canaries.word()},
    )
    site = Site(tenant_id=tenant_id, country=BERLIN.country, time_zone=BERLIN.time_zone)
    canaries.write(profile)
    canaries.write(site)
    made = tuple(_rooms(site, rooms, ill, canaries, own, at))
    return SmallTenant(MadeTenant(tenant_reference, profile, (site,), made), tuple(canaries.words))


def _rooms(
    site: Site,
    count: int,
    ill: Component | None,
    canaries: Canaries,
    own: Random,
    at: datetime,
) -> Iterator[MadeRoom]:
    for number in range(count):
        chance = dice(f"looks/{LOOKS}/{number}")
        fitted = fit_out(
            site,
            BERLIN,
            chance,
            at,
            domain=f"{canaries.word()}.example",
            ref=reference("RM", own),
            name="Room",
            floor=1,
            old=False,
            room_type=RoomType.LARGE,
            displays=2,
            own=own,
        )
        faults: tuple[Fault, ...] = ()
        if ill and number == 0:
            fault = fault_of(ill, 2, chance, at - ILL_FOR, None)
            faults = (replace(fault, displays_left=1),)
        course = Course(
            Fate.ILL if faults else Fate.WELL,
            faults,
            first=at - timedelta(days=3),
            last=at - timedelta(seconds=30),
        )
        made = made_room(fitted, course, chance, at)
        _mark(made, canaries)
        yield replace(made, fitted=replace(fitted, tokens=tokens_of(fitted.room, site)))


def _mark(made: MadeRoom, canaries: Canaries) -> None:
    """Put canaries over what was read, wherever the room's rows hold text or an address."""
    fitted = made.fitted
    stored = [row for rows in made.rows.rows.values() for row in rows]
    for row in (fitted.room, fitted.device, fitted.panel, *fitted.peripherals, *stored):
        if row is not None:
            canaries.write(row)
        if isinstance(row, RoomAccount):
            row.upn = f"{canaries.word()}@{canaries.word()}.example"
        if isinstance(row, DeviceAddress):
            canaries.words += [str(row.ipv4), str(row.ipv6), row.mac]
    fitted.room.name_sort = fitted.room.name.casefold()
    canaries.words += [str(fitted.position.latitude), str(fitted.position.longitude)]
