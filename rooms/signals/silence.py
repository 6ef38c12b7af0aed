"""Silence: what is judged by when a device was last heard, and by many being silent at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rooms.signals.catalogue import SIGNALS, DeviceType
from rooms.signals.reading import FINE, Reading, Value
from rooms.signals.thresholds import Thresholds

SILENT: Final = ("monitoring", "offline")
WELL: Final = {code: Reading(code, Value.HEALTHY, FINE) for code in SILENT}
ILL: Final = {code: Reading(code, Value.UNHEALTHY, SIGNALS[code].fault) for code in SILENT}


def trips_at(code: str, device: DeviceType, last_seen: datetime, minute: timedelta) -> datetime:
    """When silence becomes a fault: poll and watch after the last report, both already over."""
    return last_seen + SIGNALS[code].on[device].latency * minute


def read_silence(
    device: DeviceType, last_seen: datetime, at: datetime, minute: timedelta
) -> list[Reading]:
    """Monitoring and offline, where the device type has them. `minute`: of the catalogue.

    `last_seen` and `at` are the service's times, so that a wrong clock makes nobody silent.
    """
    return [
        (ILL if at >= trips_at(code, device, last_seen, minute) else WELL)[code]
        for code in SILENT
        if device in SIGNALS[code].on
    ]


@dataclass(frozen=True, slots=True)
class Heard:
    """A monitored device, the floor it stands on, and since when it is silent, if it is."""

    device: str
    site: str
    floor: str
    silent_since: datetime | None


@dataclass(frozen=True, slots=True)
class FloorOutage:
    """A floor whose devices fell silent together: power or network rather than devices."""

    site: str
    floor: str
    begun: datetime
    devices: tuple[str, ...]
    of: int

    @property
    def reading(self) -> Reading:
        """The fault as each of its devices shows it."""
        return Reading(
            "floor_outage",
            Value.UNHEALTHY,
            f"{len(self.devices)} of {self.of} devices on this floor fell silent together:"
            " power or network.",
        )


def find_floor_outages(
    heard: Iterable[Heard], limits: Thresholds, minute: timedelta
) -> list[FloorOutage]:
    """Floors on which enough devices, and enough of all, fell silent within a few minutes.

    Give all monitored devices of the floors in question, silent or not. A floor without a name
    is no place: its devices are left out.
    """
    floors: dict[tuple[str, str], list[Heard]] = defaultdict(list)
    for one in heard:
        if one.floor:
            floors[one.site, one.floor].append(one)
    window = limits.most_floor_minutes * minute
    found = []
    for (site, floor), devices in sorted(floors.items()):
        together = _largest_burst(devices, window)
        enough = max(limits.least_floor_devices, limits.least_floor_share * len(devices))
        if len(together) >= enough:
            names = tuple(sorted(device for _, device in together))
            found.append(FloorOutage(site, floor, together[0][0], names, len(devices)))
    return found


def _largest_burst(devices: list[Heard], window: timedelta) -> list[tuple[datetime, str]]:
    """The most that fell silent within one window, in the order of time; the earliest of equals."""
    silent = sorted((one.silent_since, one.device) for one in devices if one.silent_since)
    best: list[tuple[datetime, str]] = []
    first = 0
    for last, (at, _) in enumerate(silent):
        while at - silent[first][0] > window:
            first += 1
        if last - first + 1 > len(best):
            best = silent[first : last + 1]
    return best
