"""What a draft of a wave keeps as JSON, and what it means: which devices, and in which rings.

A selection is filters as lists name them, each with its values; the page counts by it and the
worker plans by it, so both find the same devices.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat

from diagnostics.remediation.waves.rings import Ring, in_order
from rooms.models import Device, Peripheral, Room, RoomHealth, SoftwareVersion
from rooms.pages.looks import ranks_of
from rooms.states import DeviceState

Kept = Mapping[str, Sequence[str]]


class UnfitSelection(ValueError):
    """A kept selection that names a filter that there is none of."""


def _of_rooms(tenant: uuid.UUID, **condition: Any) -> dict[str, Any]:
    return {"room_id__in": Room.objects.filter(tenant_id=tenant, **condition).values("pk")}


def _of_health(tenant: uuid.UUID, **condition: Any) -> dict[str, Any]:
    found = RoomHealth.objects.filter(tenant_id=tenant, **condition)
    return {"room_id__in": found.values("room_id")}


def _found(tenant: uuid.UUID, words: Sequence[str]) -> dict[str, Any]:
    rooms = Room.objects.filter(tenant_id=tenant).matching(" ".join(words))
    return {"room_id__in": rooms.values("pk")}


def _with_version(tenant: uuid.UUID, installed: Sequence[str]) -> dict[str, Any]:
    """Values are component and version with a blank between, as roll-ups of the fleet have them."""
    found = SoftwareVersion.objects.filter(tenant_id=tenant).annotate(
        both=Concat(F("component"), Value(" "), F("installed"))
    )
    return {"pk__in": found.filter(both__in=list(installed)).values("device_id")}


Narrow = Callable[[uuid.UUID, Sequence[str]], dict[str, Any]]
# By the names that lists of rooms use. Peripherals and their firmware are asked together below.
_FILTERS: Final[dict[str, Narrow]] = {
    "ring": lambda tenant, values: _of_rooms(tenant, ring__in=list(values)),
    "site": lambda tenant, values: _of_rooms(tenant, site_id__in=list(values)),
    "status": lambda tenant, values: _of_health(tenant, attention__in=ranks_of(list(values))),
    "signal": lambda tenant, values: _of_health(tenant, worst_signal__in=list(values)),
    "room": lambda tenant, values: _of_rooms(tenant, reference__in=list(values)),
    "q": _found,
    "platform": lambda tenant, values: {"platform__in": list(values)},
    "model": lambda tenant, values: {"model__in": list(values)},
    "version": _with_version,
}
_OF_PERIPHERALS: Final = {"peripheral": "name__in", "firmware": "firmware__in"}
FILTERS: Final = frozenset({*_FILTERS, *_OF_PERIPHERALS})


def devices_of(tenant_id: uuid.UUID, selection: Kept) -> QuerySet[Device]:
    """The devices of a selection, in the open region, that have not left the service.

    Narrowed by the tenant itself as well: a worker sees all of a region. Raises UnfitSelection.
    """
    if unknown := sorted(set(selection) - FILTERS):
        raise UnfitSelection(f"There is no filter called {', '.join(unknown)}.")
    rows = Device.objects.filter(tenant_id=tenant_id).exclude(state=DeviceState.UNENROLLED)
    for name, narrow in _FILTERS.items():
        if values := selection.get(name):
            rows = rows.filter(**narrow(tenant_id, values))
    plugged = {
        condition: list(selection[name])
        for name, condition in _OF_PERIPHERALS.items()
        if selection.get(name)
    }
    if plugged:
        # One peripheral that is of the model and runs the firmware, not two that share them.
        found = Peripheral.objects.filter(tenant_id=tenant_id, **plugged)
        rows = rows.filter(pk__in=found.values("device_id"))
    return rows


def kept_selection(filters: Kept) -> dict[str, list[str]]:
    """The selection as `Wave.selection` keeps it: one spelling for the same filters."""
    return {name: sorted(values) for name, values in sorted(filters.items()) if values}


def kept_rings(rings: Iterable[Ring]) -> list[dict[str, Any]]:
    """Rings as `Wave.rings` keeps them, in their order. Raises UnfitRings."""
    return [asdict(ring) for ring in in_order(rings)]


def rings_of(kept: Iterable[Mapping[str, Any]]) -> tuple[Ring, ...]:
    """The rings of a draft, in their order. Raises UnfitRings."""
    return in_order(Ring(**one) for one in kept)
