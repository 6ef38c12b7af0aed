"""Limits that nobody has published: settings of ours that refuse what cannot be meant."""

from __future__ import annotations

import dataclasses
import math

import pytest

from rooms.signals.thresholds import DEFAULTS, Thresholds, UnfitThresholds


def test_without_settings_the_defaults_stand():
    assert Thresholds.from_settings({}) == DEFAULTS == Thresholds()


def test_settings_replace_what_they_name():
    limits = Thresholds.from_settings({"most_restarts": 8, "least_wifi_dbm": -75.5})
    assert dataclasses.replace(DEFAULTS, most_restarts=8, least_wifi_dbm=-75.5) == limits


def test_unknown_limit_is_refused_by_name():
    with pytest.raises(UnfitThresholds, match="no limit called most_reboots"):
        Thresholds.from_settings({"most_reboots": 8, "most_restarts": 8})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("most_restarts", 0),
        ("most_restarts", -1),
        ("most_restarts", 10**9),
        ("most_restarts", 4.5),
        ("most_restarts", True),
        ("most_restarts", "4"),
        ("most_restarts", None),
        ("least_wifi_dbm", 70),
        ("least_wifi_dbm", math.nan),
        ("least_wifi_dbm", -math.inf),
        ("most_drift_seconds", 0),
        ("least_floor_share", 1.5),
        ("least_floor_devices", 1),
    ],
)
def test_absurd_value_is_refused_by_name(name, value):
    with pytest.raises(UnfitThresholds, match=name):
        Thresholds.from_settings({name: value})


def test_every_limit_says_what_it_counts():
    for limit in dataclasses.fields(Thresholds):
        assert limit.metadata["about"]
        assert limit.metadata["least"] <= limit.default <= limit.metadata["most"]
