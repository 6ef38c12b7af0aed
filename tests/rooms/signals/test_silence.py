"""Silence: when a device counts as lost, and when a whole floor does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rooms.signals import DeviceType
from rooms.signals.reading import Value
from rooms.signals.silence import Heard, find_floor_outages, read_silence
from rooms.signals.thresholds import DEFAULTS, Thresholds
from tests.rooms.signals.reports import AT

MINUTE = timedelta(minutes=1)


def unhealthy(device: DeviceType, minutes: float, minute: timedelta = MINUTE) -> set[str]:
    """What is wrong after that long without a word."""
    readings = read_silence(device, AT, AT + minutes * MINUTE, minute)
    return {reading.code for reading in readings if reading.value == Value.UNHEALTHY}


@pytest.mark.parametrize(
    ("minutes", "codes"),
    [
        (0, set()),
        (60, set()),
        (61, {"monitoring"}),
        (180, {"monitoring"}),
        (181, {"monitoring", "offline"}),
    ],
)
def test_windows_is_unmonitored_after_61_minutes_and_offline_after_181(minutes, codes):
    assert unhealthy(DeviceType.WINDOWS, minutes) == codes


def test_android_is_offline_after_240_minutes():
    assert unhealthy(DeviceType.VIDEO_BAR, 239) == set()
    assert unhealthy(DeviceType.VIDEO_BAR, 240) == {"offline"}


def test_panel_has_no_silence():
    assert read_silence(DeviceType.PANEL, AT, AT + timedelta(days=9), MINUTE) == []


def test_minute_of_the_catalogue_may_be_shorter():
    assert unhealthy(DeviceType.WINDOWS, 1.1, timedelta(seconds=1)) == {"monitoring"}


def test_wrong_way_round_is_not_silent():
    assert unhealthy(DeviceType.WINDOWS, -90) == set()


def floor(*silent: float | None, name: str = "3") -> list[Heard]:
    """Devices of a floor, each silent since so many minutes after a moment, or not at all."""
    return [
        Heard(f"DV-{name}{n}", "site", name, None if m is None else AT + m * MINUTE)
        for n, m in enumerate(silent)
    ]


def test_floor_that_falls_silent_together_is_an_outage():
    (outage,) = find_floor_outages(floor(0, 4, 9, None), DEFAULTS, MINUTE)
    assert (outage.begun, outage.devices, outage.of) == (AT, ("DV-30", "DV-31", "DV-32"), 4)
    assert outage.reading.value == Value.UNHEALTHY
    assert "3 of 4 devices" in outage.reading.sentence


@pytest.mark.parametrize(
    "devices",
    [
        floor(0, 1),
        floor(0, 1, 2, None, None, None),
        floor(0, 30, 60, 90),
        floor(None, None, None),
        floor(0, 1, name="3") + floor(2, 3, name="4"),
        floor(0, 1, 2, 3, name=""),
        [],
    ],
    ids=["two", "less than 60%", "one after another", "all well", "two floors", "no name", "none"],
)
def test_other_silence_is_not(devices):
    assert find_floor_outages(devices, DEFAULTS, MINUTE) == []


def test_device_that_was_silent_before_is_left_out_of_the_burst():
    (outage,) = find_floor_outages(floor(-600, 0, 1, 2), DEFAULTS, MINUTE)
    assert (outage.begun, len(outage.devices)) == (AT, 3)


def test_limits_of_a_floor_are_settings():
    limits = Thresholds(least_floor_devices=2, least_floor_share=0.2)
    assert find_floor_outages(floor(0, 1, None, None), DEFAULTS, MINUTE) == []
    assert len(find_floor_outages(floor(0, 1, None, None), limits, MINUTE)) == 1
