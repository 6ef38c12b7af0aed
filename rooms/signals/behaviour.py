"""Behaviour: what no published signal catches, read from how often things happened in a day.

The device counts over the last 24 hours itself, so one report is enough and none before it is
needed: reports that are lost or come twice change no count.
"""

from __future__ import annotations

from typing import Final

from rooms.kinds import PeripheralKind
from rooms.signals.reading import Facts, Reading, Words
from rooms.signals.thresholds import Thresholds

RESTARTS: Final = Words("restarts_excessive")
CRASHES: Final = Words("app_crashes")
BLUE: Final = Words("blue_screens")
FLAPPING: Final = Words("usb_flapping")
KIND_TITLES: Final = {kind.value: kind.label for kind in PeripheralKind}


def restarts_excessive(facts: Facts, limits: Thresholds) -> Reading:
    """No more restarts than nights and updates explain."""
    count = facts.report.system.restarts_24h
    if count is None:
        return RESTARTS.unclear
    if count <= limits.most_restarts:
        return RESTARTS.well
    return RESTARTS.fault(f"Restarted {count:,} times in 24 hours.")


def app_crashes(facts: Facts, limits: Thresholds) -> Reading:
    """The meeting app does not crash again and again."""
    count = facts.report.app.crashes_24h
    if count is None:
        return CRASHES.unclear
    if count <= limits.most_app_crashes:
        return CRASHES.well
    return CRASHES.fault(f"The meeting app crashed {count:,} times in 24 hours.")


def blue_screens(facts: Facts, limits: Thresholds) -> Reading:
    """Windows does not stop with a blue screen again and again."""
    count = facts.report.system.blue_screens_24h
    if count is None:
        return BLUE.unclear
    if count <= limits.most_blue_screens:
        return BLUE.well
    return BLUE.fault(f"{count:,} blue screens in 24 hours.")


def usb_flapping(facts: Facts, limits: Thresholds) -> Reading:
    """No USB device comes and goes. A hub takes along what hangs on it, so it is one fault."""
    most, worst, told, flapping = limits.most_link_changes, None, False, 0
    for seen in facts.report.peripherals:
        count = seen.link_changes_24h
        if count is None:
            continue
        told = True
        if count > most:
            flapping += 1
            if worst is None or count > (worst.link_changes_24h or 0):
                worst = seen
    if worst is None:
        return FLAPPING.well if told else FLAPPING.unclear
    where = f" at {worst.port}" if worst.port else ""
    others = f"; {flapping - 1} more do so too" if flapping > 1 else ""
    return FLAPPING.fault(
        f"{KIND_TITLES[worst.kind.value]}{where} came or went {worst.link_changes_24h:,} times"
        f" in 24 hours{others}."
    )
