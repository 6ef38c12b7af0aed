"""Environment ready: network, Wi-Fi, update servers, the clock, and the agent's own view."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rooms.signals.reading import Value
from rooms.signals.thresholds import Thresholds
from tests.rooms.signals.reports import AT, HEALTHY, UNHEALTHY, UNKNOWN, Case, check, names, read


def only_wifi(dbm: float | None) -> dict[str, object]:
    """Changes that leave Wi-Fi as the only path."""
    return {"network": {"ethernet": False, "wifi": True, "wifi_dbm": dbm}}


def clock(seconds: float) -> dict[str, object]:
    """Changes that set the device's clock fast by so much."""
    return {"device_clock": AT + timedelta(seconds=seconds)}


CASES: list[Case] = [
    ("network", {}, HEALTHY, ""),
    ("network", {"app": {"internet": "limited"}}, UNHEALTHY, "limited internet"),
    ("network", {"app": {"internet": "none"}}, UNHEALTHY, "no internet"),
    ("network", {"app": {"internet": None}}, UNKNOWN, ""),
    ("wifi_only", {}, HEALTHY, ""),
    ("wifi_only", {"network": {"ethernet": True, "wifi": True}}, HEALTHY, ""),
    ("wifi_only", {"network": {"ethernet": None, "wifi": False}}, HEALTHY, ""),
    ("wifi_only", only_wifi(-40), UNHEALTHY, "no Ethernet"),
    ("wifi_only", {"network": {"ethernet": None, "wifi": True}}, UNKNOWN, ""),
    ("wifi_only", {"network": {"ethernet": False, "wifi": None}}, UNKNOWN, ""),
    ("wifi_only", {"network": {"ethernet": False, "wifi": False}}, UNKNOWN, ""),
    ("wifi_only", {"network": ...}, UNKNOWN, ""),
    ("wifi_weak", {}, HEALTHY, ""),
    (
        "wifi_weak",
        {"network": {"ethernet": True, "wifi": True, "wifi_dbm": -90}},
        HEALTHY,
        "",
    ),
    ("wifi_weak", only_wifi(-70), HEALTHY, ""),
    ("wifi_weak", only_wifi(-71), UNHEALTHY, "at -71 dBm"),
    ("wifi_weak", only_wifi(None), UNKNOWN, ""),
    ("wifi_weak", {"network": {"ethernet": None, "wifi": True, "wifi_dbm": -90}}, UNKNOWN, ""),
    (
        "wifi_weak",
        {"network": {"ethernet": None, "wifi": True, "wifi_dbm": -40}},
        HEALTHY,
        "",
    ),
    ("windows_update_blocked", {}, HEALTHY, ""),
    ("windows_update_blocked", {"windows_update": {"reachable": False}}, UNHEALTHY, "reached"),
    ("windows_update_blocked", {"windows_update": {"reachable": None}}, UNKNOWN, ""),
    ("windows_update_blocked", {"windows_update": ...}, UNKNOWN, ""),
    ("time_drift", {}, HEALTHY, ""),
    ("time_drift", clock(120), HEALTHY, ""),
    ("time_drift", clock(-120), HEALTHY, ""),
    ("time_drift", clock(121), UNHEALTHY, "2 minutes fast"),
    ("time_drift", clock(-7200), UNHEALTHY, "2 hours slow"),
    ("time_drift", clock(20 * 365 * 86400), UNHEALTHY, "7,300 days fast"),
    ("monitoring_partial", {}, HEALTHY, ""),
    ("monitoring_partial", {"agent": {"complete": False}}, UNHEALTHY, "cannot send"),
    ("monitoring_partial", {"agent": {"complete": ...}}, UNKNOWN, ""),
]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_reads(case):
    check(case)


def test_limits_of_wifi_and_of_the_clock_are_settings():
    limits = Thresholds(least_wifi_dbm=-80, most_drift_seconds=30)
    (wifi,) = read("wifi_weak", only_wifi(-75), limits)
    (drift,) = read("time_drift", clock(60), limits)
    assert (wifi.value, drift.value) == (Value.HEALTHY, Value.UNHEALTHY)
    assert drift.sentence == "The clock is 60 seconds fast."
