"""Behaviour: what happens too often in a day, though nothing is broken at the moment."""

from __future__ import annotations

import pytest

from rooms.signals.reading import Value
from rooms.signals.thresholds import Thresholds
from tests.rooms.signals.reports import HEALTHY, UNHEALTHY, UNKNOWN, Case, check, names, read, seen


def changed(*counts: int | None) -> dict[str, object]:
    """Changes: cameras whose links came or went so often."""
    return {"peripherals": [seen("camera", n, link_changes_24h=c) for n, c in enumerate(counts, 1)]}


CASES: list[Case] = [
    ("restarts_excessive", {}, HEALTHY, ""),
    ("restarts_excessive", {"system": {"restarts_24h": 4}}, HEALTHY, ""),
    ("restarts_excessive", {"system": {"restarts_24h": 5}}, UNHEALTHY, "Restarted 5 times"),
    ("restarts_excessive", {"system": {"restarts_24h": 99_999}}, UNHEALTHY, "99,999 times"),
    ("restarts_excessive", {"system": {"restarts_24h": ...}}, UNKNOWN, "does not tell"),
    ("app_crashes", {}, HEALTHY, ""),
    ("app_crashes", {"app": {"crashes_24h": 3}}, HEALTHY, ""),
    ("app_crashes", {"app": {"crashes_24h": 4}}, UNHEALTHY, "crashed 4 times"),
    ("app_crashes", {"app": {"crashes_24h": ...}}, UNKNOWN, ""),
    ("blue_screens", {}, HEALTHY, ""),
    ("blue_screens", {"system": {"blue_screens_24h": 1}}, HEALTHY, ""),
    ("blue_screens", {"system": {"blue_screens_24h": 2}}, UNHEALTHY, "2 blue screens"),
    ("blue_screens", {"system": {"blue_screens_24h": None}}, UNKNOWN, ""),
    ("usb_flapping", {}, HEALTHY, ""),
    ("usb_flapping", changed(10, 10), HEALTHY, ""),
    ("usb_flapping", changed(2, 11), UNHEALTHY, "Camera at USB 2 came or went 11 times in 24"),
    ("usb_flapping", changed(40, 11, 90), UNHEALTHY, "USB 3 came or went 90"),
    ("usb_flapping", changed(40, 11, 90), UNHEALTHY, "2 more do so too"),
    ("usb_flapping", changed(None, None), UNKNOWN, ""),
    ("usb_flapping", changed(), UNKNOWN, ""),
    ("usb_flapping", changed(None, 0), HEALTHY, ""),
]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_reads(case):
    check(case)


@pytest.mark.parametrize(
    ("code", "changes", "limits"),
    [
        ("restarts_excessive", {"system": {"restarts_24h": 3}}, Thresholds(most_restarts=2)),
        ("app_crashes", {"app": {"crashes_24h": 1}}, Thresholds(most_app_crashes=0)),
        ("blue_screens", {"system": {"blue_screens_24h": 1}}, Thresholds(most_blue_screens=0)),
        ("usb_flapping", changed(5), Thresholds(most_link_changes=4)),
    ],
)
def test_limits_are_settings(code, changes, limits):
    (by_default,) = read(code, changes)
    (stricter,) = read(code, changes, limits)
    assert (by_default.value, stricter.value) == (Value.HEALTHY, Value.UNHEALTHY)
