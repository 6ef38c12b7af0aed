"""Where the made-up rooms are: sites and rooms of each tenant, as plain values.

The demo's seed writes them into the databases and the simulator puts its machines into them, so
both see the same rooms; this module knows neither.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from access.references import room_key
from rooms.fleet.hardware import CAPACITY, TYPES
from rooms.fleet.names import BUILDINGS, ROOM_NAMES
from rooms.fleet.plans import TENANTS, City, TenantPlan, dice, room_reference
from rooms.fleet.software import RINGS
from rooms.kinds import RoomType

# The room that the README and the tour begin with: two displays, one of them dark.
SHOWN_NAME: Final = "Grand Hall"
ROOMS_A_SITE: Final = 34
ROOMS_A_FLOOR: Final = 8
# One room of so many was fitted only lately.
FRESH_OF: Final = 31


@dataclass(frozen=True)
class PlannedSite:
    """A building of a tenant. `number` counts the tenant's buildings from 0."""

    tenant: TenantPlan
    number: int
    id: uuid.UUID
    building: str
    city: City

    @property
    def name(self) -> str:
        """As people call it."""
        return f"{self.city.name} {self.building}"

    @property
    def key(self) -> str:
        """The building's name in a simulation, such as contoso/3."""
        return f"{self.tenant.key}/{self.number}"

    @cached_property
    def room_names(self) -> tuple[str, ...]:
        """The names of its rooms, in an order of its own."""
        names = list(ROOM_NAMES)
        dice(f"names/{self.id}").shuffle(names)
        return tuple(names)


@dataclass(frozen=True)
class PlannedRoom:
    """A room. `index` counts the tenant's rooms from 0; it decides everything else."""

    site: PlannedSite
    index: int
    reference: str
    name: str
    floor: int
    room_type: RoomType
    capacity: int
    ring: str
    latitude: float
    longitude: float

    @property
    def tenant(self) -> TenantPlan:
        """Whose room it is."""
        return self.site.tenant

    @property
    def id(self) -> uuid.UUID:
        """The key of the room's row."""
        return room_key(self.tenant.id, self.reference)

    @property
    def key(self) -> str:
        """The room's name in a simulation, such as contoso-0012."""
        return f"{self.tenant.key}-{self.index:04d}"

    @property
    def shown(self) -> bool:
        """Whether it is the room of the story."""
        return self.index == 0 and self.tenant == TENANTS[0]

    @property
    def fresh(self) -> bool:
        """Whether it was fitted lately: its devices enrol, and wait for somebody to say so."""
        return self.index % FRESH_OF == FRESH_OF // 2


def shares(rooms: int, plans: Sequence[TenantPlan] = TENANTS) -> dict[str, int]:
    """How many of so many rooms each tenant has, by its key, in the proportion of their plans.

    Every tenant gets one while there are enough; what rounding leaves goes to the largest rests.
    ValueError below 1.
    """
    if rooms < 1:
        raise ValueError("there is no fleet of less than one room")
    certain = {plan.key: int(number < rooms) for number, plan in enumerate(plans)}
    left = rooms - sum(certain.values())
    total = sum(plan.rooms for plan in plans)
    exact = {plan.key: left * plan.rooms / total for plan in plans}
    given = {key: certain[key] + int(share) for key, share in exact.items()}
    rests = sorted(exact, key=lambda key: (int(exact[key]) - exact[key], key))
    for key in rests[: rooms - sum(given.values())]:
        given[key] += 1
    return given


def planned_sites(plan: TenantPlan, rooms: int) -> list[PlannedSite]:
    """Enough buildings for so many rooms, turn by turn through the tenant's cities."""
    chance = dice(f"sites/{plan.key}")
    count = max(min(len(plan.cities), rooms), -(-rooms // ROOMS_A_SITE))
    sites = []
    for number in range(count):
        building = f"{BUILDINGS[(number + len(plan.key)) % len(BUILDINGS)]} House"
        again = number // (len(plan.cities) * len(BUILDINGS))
        sites.append(
            PlannedSite(
                tenant=plan,
                number=number,
                id=uuid.UUID(int=chance.getrandbits(128), version=4),
                building=f"{building} {again + 1}" if again else building,
                city=plan.cities[number % len(plan.cities)],
            )
        )
    return sites


def planned_rooms(plan: TenantPlan, rooms: int) -> list[PlannedRoom]:
    """The tenant's first so many rooms. Each has chance of its own, so that one more moves none."""
    sites = planned_sites(plan, rooms)
    planned = []
    for index in range(rooms):
        number, at_site = divmod(index, len(sites))
        site = sites[at_site]
        chance = dice(f"place/{plan.key}/{index}")
        shown = index == 0 and plan == TENANTS[0]
        kind = chance.choices(list(TYPES), list(TYPES.values()))[0]
        kind = RoomType.LARGE if shown else kind
        planned.append(
            PlannedRoom(
                site=site,
                index=index,
                reference=room_reference(plan, index),
                name=SHOWN_NAME if shown else site.room_names[number],
                floor=number // ROOMS_A_FLOOR + 1,
                room_type=kind,
                capacity=chance.randint(*CAPACITY[kind]),
                ring=chance.choices(list(RINGS), list(RINGS.values()))[0],
                latitude=round(site.city.latitude + chance.uniform(-0.02, 0.02), 5),
                longitude=round(site.city.longitude + chance.uniform(-0.02, 0.02), 5),
            )
        )
    return planned


def planned_fleet(rooms: int) -> list[PlannedRoom]:
    """So many rooms over all tenants."""
    given = shares(rooms)
    return [room for plan in TENANTS for room in planned_rooms(plan, given[plan.key])]
