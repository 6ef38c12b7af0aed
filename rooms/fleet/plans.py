"""Which tenants there are, in which region, with how many rooms, and where their sites stand."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from random import Random
from typing import Final

from access.references import ALPHABET

SEED: Final = 2022
NAMESPACE: Final = uuid.UUID("6f1c2d0e-5a3b-5c47-9d8e-0b1a2c3d4e5f")


@dataclass(frozen=True)
class City:
    """A city with its zone and where it lies."""

    name: str
    country: str
    time_zone: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class TenantPlan:
    """One invented customer. `key` names it in the demo; `domain` is of a reserved suffix."""

    key: str
    name: str
    region: str
    rooms: int
    contact: str
    cities: tuple[City, ...]
    staff_countries: tuple[str, ...] = ()

    @property
    def id(self) -> uuid.UUID:
        """The tenant's id, the same in every demo."""
        return uuid.uuid5(NAMESPACE, f"tenant/{self.key}")

    @property
    def reference(self) -> str:
        """The tenant's reference, the same in every demo."""
        return reference("TN", dice(f"tenant/{self.key}"), 6)

    @property
    def domain(self) -> str:
        """Where the tenant's accounts live."""
        return f"{self.key}.example"


def dice(purpose: str) -> Random:
    """Chance that falls the same way each time, separately for each purpose."""
    return Random(f"{SEED}/{purpose}")  # noqa: S311 - a made-up fleet, the same each time


def reference(prefix: str, chance: Random, length: int = 8) -> str:
    """A reference such as access.references makes, but the same each time."""
    return f"{prefix}-" + "".join(chance.choices(ALPHABET, k=length))


def room_reference(plan: TenantPlan, index: int) -> str:
    """The reference of the tenant's nth room, the same in every demo."""
    return reference("RM", dice(f"reference/{plan.key}/{index}"))


BERLIN = City("Berlin", "DE", "Europe/Berlin", 52.52, 13.405)
MUNICH = City("Munich", "DE", "Europe/Berlin", 48.137, 11.575)
PARIS = City("Paris", "FR", "Europe/Paris", 48.857, 2.352)
LYON = City("Lyon", "FR", "Europe/Paris", 45.764, 4.836)
AMSTERDAM = City("Amsterdam", "NL", "Europe/Amsterdam", 52.368, 4.904)
STOCKHOLM = City("Stockholm", "SE", "Europe/Stockholm", 59.329, 18.069)
COPENHAGEN = City("Copenhagen", "DK", "Europe/Copenhagen", 55.676, 12.568)
DUBLIN = City("Dublin", "IE", "Europe/Dublin", 53.349, -6.26)
MILAN = City("Milan", "IT", "Europe/Rome", 45.464, 9.19)
MADRID = City("Madrid", "ES", "Europe/Madrid", 40.417, -3.704)
VIENNA = City("Vienna", "AT", "Europe/Vienna", 48.208, 16.374)
LISBON = City("Lisbon", "PT", "Europe/Lisbon", 38.722, -9.139)
HELSINKI = City("Helsinki", "FI", "Europe/Helsinki", 60.17, 24.938)
BRUSSELS = City("Brussels", "BE", "Europe/Brussels", 50.85, 4.352)
SYDNEY = City("Sydney", "AU", "Australia/Sydney", -33.869, 151.209)
MELBOURNE = City("Melbourne", "AU", "Australia/Melbourne", -37.814, 144.963)
AUCKLAND = City("Auckland", "NZ", "Pacific/Auckland", -36.848, 174.763)
SINGAPORE = City("Singapore", "SG", "Asia/Singapore", 1.352, 103.82)
TOKYO = City("Tokyo", "JP", "Asia/Tokyo", 35.69, 139.692)
OSAKA = City("Osaka", "JP", "Asia/Tokyo", 34.694, 135.502)
SEOUL = City("Seoul", "KR", "Asia/Seoul", 37.566, 126.978)
NEW_YORK = City("New York", "US", "America/New_York", 40.713, -74.006)
BOSTON = City("Boston", "US", "America/New_York", 42.36, -71.059)
CHICAGO = City("Chicago", "US", "America/Chicago", 41.878, -87.63)
AUSTIN = City("Austin", "US", "America/Chicago", 30.267, -97.743)
DENVER = City("Denver", "US", "America/Denver", 39.739, -104.99)
SEATTLE = City("Seattle", "US", "America/Los_Angeles", 47.606, -122.332)
SAN_DIEGO = City("San Diego", "US", "America/Los_Angeles", 32.716, -117.161)

TENANTS: Final[tuple[TenantPlan, ...]] = (
    TenantPlan(
        "contoso",
        "Contoso",
        "eu",
        260,
        "Marta Keller",
        (BERLIN, PARIS, AMSTERDAM, STOCKHOLM, MILAN, DUBLIN, MADRID, VIENNA),
    ),
    TenantPlan(
        "fabrikam",
        "Fabrikam",
        "eu",
        220,
        "Jonas Dubois",
        (MUNICH, LYON, BRUSSELS, COPENHAGEN, LISBON, HELSINKI, AMSTERDAM),
    ),
    TenantPlan(
        "tailspin", "Tailspin Toys", "eu", 45, "Ines Carvalho", (LISBON, MADRID), ("IE", "SE", "IT")
    ),
    TenantPlan(
        "northwind",
        "Northwind Traders",
        "apac",
        110,
        "Hana Whitmore",
        (SYDNEY, SINGAPORE, AUCKLAND, MELBOURNE),
    ),
    TenantPlan("litware", "Litware", "apac", 60, "Kenji Abe", (TOKYO, OSAKA, SEOUL)),
    TenantPlan(
        "adventureworks",
        "Adventure Works",
        "us",
        120,
        "Denise Palmer",
        (SEATTLE, DENVER, CHICAGO, NEW_YORK),
    ),
    TenantPlan("wingtip", "Wingtip Toys", "us", 55, "Robert Chase", (BOSTON, AUSTIN)),
    TenantPlan("proseware", "Proseware", "us", 40, "Lucille Grant", (SAN_DIEGO, CHICAGO)),
)
