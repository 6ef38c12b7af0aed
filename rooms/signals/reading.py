"""What one report says of one signal, and the words that most functions answer with."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from rooms.kinds import PeripheralKind
from rooms.reports.schema import Report
from rooms.signals.catalogue import SIGNALS

FINE: Final = "No fault seen."
UNTOLD: Final = "The device does not tell."
NO_ID: Final = "0000"  # what stands in a hardware id for a vendor or product without a number

CAMERA, MICROPHONE = PeripheralKind.CAMERA, PeripheralKind.MICROPHONE
SPEAKER, SPEAKERPHONE = PeripheralKind.SPEAKER, PeripheralKind.SPEAKERPHONE
HDMI_INGEST = PeripheralKind.HDMI_INGEST

Key = tuple[str, str]


class Value(StrEnum):
    """Unknown is never healthy: it leaves the signal where it was, and shows as unknown."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


class Reading(NamedTuple):
    """What was read of a signal; `instance` where a device has several, such as display 2."""

    code: str
    value: Value
    sentence: str
    instance: str = ""

    @property
    def key(self) -> Key:
        """What names the signal on its device."""
        return (self.code, self.instance)


class Words:
    """The three plain readings of a signal, made once: nearly all readings are one of them."""

    __slots__ = ("code", "ill", "unclear", "well")

    def __init__(self, code: str) -> None:
        self.code = code
        self.well = Reading(code, Value.HEALTHY, FINE)
        self.ill = Reading(code, Value.UNHEALTHY, SIGNALS[code].fault)
        self.unclear = Reading(code, Value.UNKNOWN, UNTOLD)

    def expects(self, told: bool | None) -> Reading:
        """Healthy when true, unhealthy when false."""
        if told is None:
            return self.unclear
        return self.well if told else self.ill

    def trips(self, told: bool | None) -> Reading:
        """Unhealthy when true, healthy when false."""
        if told is None:
            return self.unclear
        return self.ill if told else self.well

    def fault(self, sentence: str, instance: str = "") -> Reading:
        """Unhealthy, in words of its own."""
        return Reading(self.code, Value.UNHEALTHY, sentence, instance)

    def unknown(self, sentence: str) -> Reading:
        """Unknown, in words of its own."""
        return Reading(self.code, Value.UNKNOWN, sentence)


def both(one: bool | None, other: bool | None) -> bool | None:
    """Whether both hold: no as soon as one does not, unknown where that hangs on the unknown."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


class Facts:
    """A report, with its peripherals gone through once for all the signals that ask for them.

    What the room is expected to have stands in the report too (`configured`, `displays`): it is
    the room's own settings, as the agent reads them. Nothing is known of peripherals when the
    list is empty: one that was unplugged is still listed, as not connected.
    """

    __slots__ = ("cameras", "ids", "ingests", "listed", "microphones", "report", "speakers")

    def __init__(self, report: Report) -> None:
        self.report = report
        self.cameras = self.microphones = self.speakers = self.ingests = 0
        # vendor, product and instance of all that works
        self.ids: set[tuple[str, ...]] = set()
        self.listed = bool(report.peripherals)
        for seen in report.peripherals:
            if not (seen.connected and seen.usable):
                continue
            self.ids.add((seen.vendor_id or NO_ID, seen.product_id or NO_ID, seen.instance))
            # by identity: hashing a member of an enumeration costs more than these comparisons
            kind = seen.kind
            if kind is CAMERA:
                self.cameras += 1
            elif kind is MICROPHONE:
                self.microphones += 1
            elif kind is SPEAKER:
                self.speakers += 1
            elif kind is SPEAKERPHONE:
                self.microphones += 1
                self.speakers += 1
            elif kind is HDMI_INGEST:
                self.ingests += 1

    def works(self, hardware_id: str) -> bool:
        """Whether what `configured` calls by that id, vendor:product:instance, is there."""
        return tuple(hardware_id.split(":", 2)) in self.ids
