"""The devices of a selection as plain facts for the plan, in a fixed number of statements."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError

from diagnostics.models import Wave
from diagnostics.remediation.catalogue.parameters import (
    DriverVersion,
    FirmwareVersion,
    Parameters,
    ToVersion,
)
from diagnostics.remediation.catalogue.releases import Component
from diagnostics.remediation.queue.facts import open_operations, ran_lately
from diagnostics.remediation.queue.facts.devices import is_heard
from diagnostics.remediation.wave_draft import UnfitSelection, devices_of
from diagnostics.remediation.waves import Candidate, WaveOrder
from rooms.drain.inventory import AGENT, MEETING_APP, OS
from rooms.drain.line import Line
from rooms.kinds import Platform
from rooms.states import DeviceState

CHOSEN: Final = (
    "pk",
    "reference",
    "room_id",
    "room__reference",
    "platform",
    "kind",
    "state",
    "room__site__time_zone",
    "room__ring",
    "last_seen_at",
)
VERSIONS: Final = """
    select device_id, installed from rooms_softwareversion
    where tenant_id = %s and lower(component) = any(%s::text[])
"""
FIRMWARE: Final = """
    select distinct device_id, firmware from rooms_peripheral
    where tenant_id = %s and lower(name) = any(%s::text[])
"""
# What inventory calls what is updated; a driver has a name of its own.
LISTED_AS: Final[dict[Component, tuple[str, ...]]] = {
    Component.APP: (MEETING_APP,),
    Component.OS: tuple(OS.values()),
    Component.AGENT: (AGENT,),
}


class Place(NamedTuple):
    """The keys behind a candidate's references."""

    device_id: uuid.UUID
    room_id: uuid.UUID


class Chosen(NamedTuple):
    """The candidates, and by reference of the device where each stands."""

    candidates: list[Candidate]
    places: dict[str, Place]


def candidates_of(line: Line, wave: Wave, order: WaveOrder) -> Chosen:
    """Every device of the selection, fit or not: what does not fit is left out by the plan.

    Raises UnfitSelection.
    """
    now, rows = line.now(), _chosen(wave)
    keys = [(wave.tenant_id, row[0]) for row in rows]
    installed = _gathered(_installed(line, wave.tenant_id, order.parameters))
    open_beside = open_operations(line, keys)
    action = str(order.action.code)
    ran = ran_lately(line, keys, {action}, now)
    found: list[Candidate] = []
    for key, row in zip(keys, rows, strict=True):
        _, reference, _, room, platform, kind, state, zone, ring, seen = row
        found.append(
            Candidate(
                device=reference,
                tenant=order.tenant,
                room=room,
                platform=Platform(platform),
                state=DeviceState(state),
                heard=is_heard(platform, kind, seen, now),
                zone=zone,
                ring=ring,
                installed=tuple(sorted(installed.get(key[1], ()))),
                open_kinds=frozenset(one.operation.kind for one in open_beside.get(key, ())),
                ran_at=ran.get((key, action), ()),
            )
        )
    return Chosen(found, {row[1]: Place(row[0], row[2]) for row in rows})


def _chosen(wave: Wave) -> list[tuple[Any, ...]]:
    """As CHOSEN. Rooms and sites are named by their tenant too, as their keys are."""
    if "q" in wave.selection:
        raise UnfitSelection("Choose rooms by their references: the service searches no names.")
    tenant = wave.tenant_id
    try:
        rows = devices_of(tenant, wave.selection)
        beside = rows.filter(room__tenant_id=tenant, room__site__tenant_id=tenant)
        return list(beside.values_list(*CHOSEN))
    except (AttributeError, KeyError, TypeError, ValidationError) as error:
        raise UnfitSelection("The selection cannot be read. Choose the devices anew.") from error


def _installed(line: Line, tenant: uuid.UUID, told: Parameters) -> list[tuple[Any, ...]]:
    """Device and version of what the wave updates; nothing for other actions."""
    if isinstance(told, FirmwareVersion):
        return line.rows(FIRMWARE, tenant, [told.model.lower()])
    if isinstance(told, DriverVersion):
        return line.rows(VERSIONS, tenant, [told.driver.lower()])
    if isinstance(told, ToVersion):
        return line.rows(VERSIONS, tenant, [name.lower() for name in LISTED_AS[told.component]])
    return []


def _gathered(rows: Iterable[tuple[Any, ...]]) -> dict[uuid.UUID, set[Any]]:
    """The second column by the first."""
    found: dict[uuid.UUID, set[Any]] = defaultdict(set)
    for key, value in rows:
        found[key].add(value)
    return found
