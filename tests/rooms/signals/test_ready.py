"""Ready to use: sign-in, the calendar, the meeting app, and what people need to join."""

from __future__ import annotations

import pytest

from rooms.signals import SIGNALS, DeviceType
from rooms.signals.read import read_all
from rooms.signals.reading import Value
from rooms.states import DECIDING
from tests.rooms.signals.reports import (
    HEALTHY,
    UNHEALTHY,
    UNKNOWN,
    Case,
    check,
    names,
    read,
    report,
)

NEWER = {"app": {"newer_interface": True}}
TWO_DAYS = 2 * 24 * 60

CASES: list[Case] = [
    ("sign_in_exchange", {}, HEALTHY, "No fault"),
    (
        "sign_in_exchange",
        {"sign_in": {"exchange": "failed", "exchange_code": "GeneralError"}},
        UNHEALTHY,
        "(GeneralError: the account has no mailbox).",
    ),
    ("sign_in_exchange", {"sign_in": {"exchange": "failed"}}, UNHEALTHY, "Exchange."),
    ("sign_in_exchange", {"sign_in": ...}, UNKNOWN, "does not tell"),
    ("sign_in_teams", {}, HEALTHY, ""),
    (
        "sign_in_teams",
        {"sign_in": {"teams": "failed", "teams_code": "AADSTS50055"}},
        UNHEALTHY,
        "the password has expired",
    ),
    (
        "sign_in_teams",
        {"sign_in": {"teams": "failed", "teams_code": "AADSTS90002"}},
        UNHEALTHY,
        "see the sign-in log",
    ),
    ("sign_in_teams", {"sign_in": {"teams": None}}, UNKNOWN, ""),
    ("calendar_sync", NEWER, HEALTHY, ""),
    ("calendar_sync", NEWER | {"sign_in": {"calendar": "failed"}}, UNHEALTHY, "calendar"),
    ("calendar_sync", NEWER | {"sign_in": {"calendar": None}}, UNKNOWN, ""),
    ("app_heartbeat", {}, HEALTHY, ""),
    ("app_heartbeat", {"app": {"running": False}}, UNHEALTHY, "not running"),
    ("app_heartbeat", {"app": {"running": None}}, UNKNOWN, ""),
    ("nightly_reboot", {}, HEALTHY, ""),
    ("nightly_reboot", {"system": {"nightly_restart": False}}, HEALTHY, ""),
    ("nightly_reboot", {"system": {"nightly_restart": None}}, HEALTHY, ""),
    ("nightly_reboot", {"system": {"uptime_minutes": TWO_DAYS}}, HEALTHY, ""),
    (
        "nightly_reboot",
        {"system": {"nightly_restart": False, "uptime_minutes": TWO_DAYS}},
        UNHEALTHY,
        "nightly restart is off",
    ),
    (
        "nightly_reboot",
        {"system": {"nightly_restart": None, "uptime_minutes": TWO_DAYS}},
        UNKNOWN,
        "",
    ),
    ("bluetooth", {}, HEALTHY, ""),
    ("bluetooth", {"system": {"bluetooth_on": False}}, UNHEALTHY, "join or cast"),
    ("bluetooth", {"system": {"bluetooth_on": None}}, UNKNOWN, ""),
    ("default_credentials", {}, HEALTHY, ""),
    ("default_credentials", {"system": {"factory_password": True}}, UNHEALTHY, "factory password"),
    ("default_credentials", {"system": {"factory_password": None}}, UNKNOWN, ""),
    ("pairing", {}, HEALTHY, ""),
    ("pairing", {"paired": False}, UNHEALTHY, "not paired"),
    ("pairing", {"paired": None}, UNKNOWN, ""),
]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_reads(case):
    check(case)


@pytest.mark.parametrize(
    ("changes", "one_read"),
    [({}, "sign_in_exchange"), (NEWER, "calendar_sync")],
    ids=["older interface", "newer interface"],
)
def test_calendar_sync_takes_the_place_of_exchange(changes, one_read):
    codes = {reading.code for reading in read_all(report(changes), DeviceType.WINDOWS)}
    assert codes & {"sign_in_exchange", "calendar_sync"} == {one_read}


def test_incident_of_exchange_resolves_when_the_interface_becomes_the_newer_one():
    known = [("sign_in_exchange", "")]
    changes = NEWER | {"sign_in": {"exchange": "failed"}}
    readings = read_all(report(changes), DeviceType.WINDOWS, known=known)
    (reading,) = [reading for reading in readings if reading.code == "sign_in_exchange"]
    assert reading.value == Value.HEALTHY


def test_sign_in_that_is_not_used_is_not_read():
    assert read("sign_in_exchange", {"sign_in": {"exchange": "not_used"}}) == []


def test_pairing_is_not_read_where_nothing_belongs_together():
    assert read("pairing", {"configured": {"console_paired": False}, "paired": False}) == []


def test_factory_password_decides_nothing_on_any_device():
    on = SIGNALS["default_credentials"].on.values()
    assert not {watch.severity for watch in on} & DECIDING
