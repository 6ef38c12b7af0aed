"""Up to date: versions against the lists of releases, and updates of Windows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rooms.signals.reading import Value
from rooms.signals.thresholds import Thresholds
from tests.rooms.signals.reports import AT, HEALTHY, UNHEALTHY, UNKNOWN, Case, check, names, read

LONG_AGO = AT - timedelta(days=41)

CASES: list[Case] = [
    ("app_version", {}, HEALTHY, "No fault"),
    ("app_version", {"app": {"version": "4.12.138.0"}}, HEALTHY, ""),
    ("app_version", {"app": {"version": "5.4.229.0"}}, HEALTHY, ""),
    ("app_version", {"app": {"version": "4.12.126.0"}}, UNHEALTHY, "2 releases behind"),
    ("app_version", {"app": {"version": "4.11.12.0"}}, UNHEALTHY, "4 releases behind"),
    ("app_version", {"app": {"version": "4.12.999.0"}}, UNKNOWN, "not in our list"),
    ("app_version", {"app": {"version": "latest"}}, UNKNOWN, ""),
    ("app_version", {"app": {"version": ""}}, UNKNOWN, ""),
    ("app_version", {"app": {"version": "5.²"}}, UNKNOWN, ""),
    ("os_version", {}, HEALTHY, "No fault"),
    ("os_version", {"system": {"os_build": "19042.1"}}, HEALTHY, ""),
    ("os_version", {"system": {"os_build": "10.0.18363.2037"}}, UNHEALTHY, "10.0.18363.2037"),
    ("os_version", {"system": {"os_name": "Windows 10 Pro"}}, UNHEALTHY, "Windows 10 Pro"),
    ("os_version", {"system": {"os_name": "Windows 10 Enterprise LTSC"}}, UNHEALTHY, "edition"),
    ("os_version", {"system": {"os_build": "10.0.26100.4061"}}, UNKNOWN, "not in our list"),
    ("os_version", {"system": {"os_build": "10.0"}}, UNKNOWN, ""),
    ("os_version", {"system": {"os_build": "10.0.x.y"}}, UNKNOWN, ""),
    ("os_version", {"system": {"os_build": "..."}}, UNKNOWN, ""),
    ("os_version", {"system": {"os_build": ""}}, UNKNOWN, ""),
    ("windows_update_disabled", {}, HEALTHY, ""),
    ("windows_update_disabled", {"windows_update": {"service_on": False}}, UNHEALTHY, "off"),
    ("windows_update_disabled", {"windows_update": {"service_on": None}}, UNKNOWN, ""),
    ("windows_update_disabled", {"windows_update": None}, UNKNOWN, "does not tell"),
    ("windows_activation", {}, HEALTHY, ""),
    ("windows_activation", {"system": {"os_activated": False}}, UNHEALTHY, "not activated"),
    ("windows_activation", {"system": {"os_activated": None}}, UNKNOWN, ""),
    ("wsus_enabled", {}, HEALTHY, ""),
    ("wsus_enabled", {"windows_update": {"wsus_set": True}}, HEALTHY, ""),
    (
        "wsus_enabled",
        {"windows_update": {"wsus_set": False, "last_success_at": LONG_AGO}},
        HEALTHY,
        "",
    ),
    (
        "wsus_enabled",
        {"windows_update": {"wsus_set": True, "last_success_at": LONG_AGO}},
        UNHEALTHY,
        "WSUS",
    ),
    (
        "wsus_enabled",
        {"windows_update": {"wsus_set": True, "last_success_at": None}},
        UNKNOWN,
        "",
    ),
    (
        "wsus_enabled",
        {"windows_update": {"wsus_set": None, "last_success_at": LONG_AGO}},
        UNKNOWN,
        "",
    ),
    ("wsus_enabled", {"windows_update": None}, UNKNOWN, ""),
    ("windows_update_reset", {}, HEALTHY, ""),
    ("windows_update_reset", {"windows_update": {"failing_services": 3}}, HEALTHY, ""),
    ("windows_update_reset", {"windows_update": {"last_success_at": LONG_AGO}}, HEALTHY, ""),
    (
        "windows_update_reset",
        {"windows_update": {"last_success_at": LONG_AGO, "failing_services": 1}},
        UNHEALTHY,
        "update components",
    ),
    (
        "windows_update_reset",
        {"windows_update": {"last_success_at": LONG_AGO, "rolled_back_30d": True}},
        UNHEALTHY,
        "",
    ),
    (
        "windows_update_reset",
        {"windows_update": {"last_success_at": LONG_AGO, "errors_24h": 21}},
        UNHEALTHY,
        "",
    ),
    (
        "windows_update_reset",
        {"windows_update": {"last_success_at": LONG_AGO, "errors_24h": None}},
        UNKNOWN,
        "",
    ),
    (
        "windows_update_reset",
        {"windows_update": {"last_success_at": None, "failing_services": 1}},
        UNKNOWN,
        "",
    ),
    ("windows_update_reset", {"windows_update": None}, UNKNOWN, ""),
]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_reads(case):
    check(case)


def test_days_without_an_update_are_a_limit():
    changes = {"windows_update": {"wsus_set": True, "last_success_at": AT - timedelta(days=50)}}
    (by_default,) = read("wsus_enabled", changes)
    (patient,) = read("wsus_enabled", changes, Thresholds(most_days_without_update=60))
    assert (by_default.value, patient.value) == (Value.UNHEALTHY, Value.HEALTHY)
