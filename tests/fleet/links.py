"""Which peripherals answer, read from a room's hardware events. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rooms.models import PeripheralKind
from rooms.states import LinkState
from tests.fleet.descriptions import Component, Reading
from tests.fleet.events import EventRecord

KINDS: Final[dict[Component, tuple[PeripheralKind, ...]]] = {
    Component.MICROPHONE: (PeripheralKind.MICROPHONE, PeripheralKind.SPEAKERPHONE),
    Component.SPEAKER: (PeripheralKind.SPEAKER,),
    Component.CAMERA: (PeripheralKind.CAMERA,),
    Component.MOTION_SENSOR: (PeripheralKind.MOTION_SENSOR,),
    Component.HDMI_INGEST: (PeripheralKind.HDMI_INGEST,),
    Component.CONTENT_CAMERA: (PeripheralKind.CONTENT_CAMERA,),
}


@dataclass(frozen=True)
class Link:
    """How a peripheral answers, and since when."""

    state: LinkState
    since: datetime


def follow_links(
    records: Iterable[EventRecord], displays: int
) -> dict[tuple[PeripheralKind, int], Link]:
    """How each kind of peripheral, first or second of it, answers now, and since which record.

    A speakerphone is followed by its microphone.
    """
    links: dict[tuple[PeripheralKind, int], Link] = {}
    for record in records:
        for key, connected in _seen(record, displays):
            state = LinkState.CONNECTED if connected else LinkState.DISCONNECTED
            if key not in links or links[key].state != state:
                links[key] = Link(state, record.written_at)
    return links


def _seen(record: EventRecord, displays: int) -> Iterable[tuple[tuple[PeripheralKind, int], bool]]:
    for reading in record.description.readings:
        if reading.well is None:
            continue
        if reading.component == Component.FRONT_DISPLAY:
            yield from _displays_seen(reading, record, displays)
        for kind in KINDS.get(reading.component, ()):
            yield (kind, 1), reading.well


def _displays_seen(
    reading: Reading, record: EventRecord, displays: int
) -> Iterable[tuple[tuple[PeripheralKind, int], bool]]:
    count = record.description.displays
    real = displays if reading.well else (count.real if count else 0)
    for number in range(1, displays + 1):
        yield (PeripheralKind.FRONT_DISPLAY, number), number <= real
