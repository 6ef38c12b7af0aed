"""Success is what later reports show, never what the device claims."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from diagnostics.remediation.catalogue import ActionCode
from diagnostics.remediation.catalogue.verification import Evidence, Outcome, new_faults
from rooms.signals import DeviceType
from tests.diagnostics.remediation.rooms_now import judged, seen, told, told_later
from tests.rooms.signals.reports import AT, CAMERA, SOUND, plugged

FIXED, NOT_FIXED, UNKNOWN = Outcome
Code = ActionCode
GIB = 2**30
BROKEN = {"windows_update": {"last_success_at": AT - timedelta(days=90), "failing_services": 2}}


def firmware(version: str, *, connected: bool = True) -> dict[str, Any]:
    bar = plugged()[0] | {"name": "Logitech Rally Bar", "firmware": version, "connected": connected}
    return {"peripherals": [bar, *plugged()[1:]]}


# action, what the report after it tells, outcome, words
CASES: list[tuple[ActionCode, dict[str, Any], Outcome, str]] = [
    (Code.RESTART_APP, {}, FIXED, "runs"),
    (Code.RESTART_APP, {"app": {"running": False}}, NOT_FIXED, "not running"),
    (Code.RESTART_APP, {"app": {"running": None}}, UNKNOWN, "does not tell"),
    (Code.RESTART_DEVICE, {"system": {"uptime_minutes": 10}}, FIXED, "Restarted at 09:40"),
    (Code.RESTART_DEVICE, {"system": {"uptime_minutes": 430}}, NOT_FIXED, "has not restarted"),
    (Code.RESTART_DEVICE, {"system": {"uptime_minutes": 10}, "app": {"running": False}}, NOT_FIXED,
     "app is not running"),
    (Code.RESTART_CLEAR_CACHE, {"system": {"uptime_minutes": 10}}, FIXED, "Restarted"),
    (Code.USB_SUSPEND_OFF, {}, FIXED, "kept awake"),
    (Code.USB_SUSPEND_OFF, {"power": {"usb_selective_suspend": True}}, NOT_FIXED, "sleep"),
    (Code.USB_SUSPEND_OFF, {"power": {"usb_selective_suspend": None}}, UNKNOWN, "not tell"),
    (Code.UPDATE_APP, {"app": {"version": "4.12.138.0"}}, FIXED, "4.12.138.0 is installed"),
    (Code.UPDATE_APP, {}, NOT_FIXED, "Still installed: 4.13.132.0"),
    (Code.UPDATE_OS, {"system": {"os_build": "10.0.19042.1889"}}, FIXED, "is installed"),
    (Code.UPDATE_AGENT, {"agent": {"version": "1.2.44.0"}}, FIXED, "is installed"),
    (Code.UPDATE_DRIVER, {}, UNKNOWN, "does not name"),
    (Code.UPDATE_DRIVER, {"versions": [{"component": "Intel Graphics", "installed": "30.0.101"}]},
     FIXED, "is installed"),
    (Code.RESET_WINDOWS_UPDATE, {}, FIXED, "no errors"),
    (Code.RESET_WINDOWS_UPDATE, BROKEN, NOT_FIXED, "No recent updates"),
    (Code.CLEAN_DISK, {"system": {"disk_free_bytes": 70 * GIB}}, FIXED, "10.0 GiB were freed"),
    (Code.CLEAN_DISK, {"system": {"disk_free_bytes": 2 * GIB}}, NOT_FIXED, "still too little"),
    (Code.CLEAN_DISK, {}, NOT_FIXED, "nothing was cleaned up"),
    (Code.CLEAN_DISK, {"system": {"disk_free_bytes": None}}, UNKNOWN, "does not tell"),
    (Code.RESYNC_TIME, {}, FIXED, "agrees"),
    (Code.COLLECT_LOG, {}, UNKNOWN, "collection"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "changes", "outcome", "words"), CASES)
def test_effect_is_read_from_the_next_report(code, changes, outcome, words):
    finding = judged(code, told_later(20, **changes), before=seen())
    assert (finding.outcome, words in finding.sentence) == (outcome, True), finding


@pytest.mark.parametrize("code", list(ActionCode))
def test_nothing_is_known_without_a_report(code):
    assert judged(code).outcome == UNKNOWN


def test_clock_that_is_still_wrong_is_not_fixed():
    wrong = told_later(20, device_clock=AT + timedelta(hours=3))
    assert judged(Code.RESYNC_TIME, wrong).outcome == NOT_FIXED


@pytest.mark.parametrize("minutes", [-60, -1, 0, 4])
def test_report_from_before_or_just_after_does_not_count(minutes):
    # restarted by somebody else, or not settled yet
    early = told_later(minutes, system={"uptime_minutes": 0})
    assert judged(Code.RESTART_DEVICE, early).outcome == UNKNOWN


def test_claim_of_a_liar_is_worth_nothing():
    # answered "done", and reports on as before
    later = [told_later(minutes, system={"uptime_minutes": 430 + minutes}) for minutes in (10, 15)]
    assert judged(Code.RESTART_DEVICE, *later).outcome == NOT_FIXED


def test_restart_just_before_the_command_is_not_the_command():
    finding = judged(Code.RESTART_DEVICE, told_later(10, system={"uptime_minutes": 13}))
    assert finding.outcome == NOT_FIXED


BACK = [told_later(5), told_later(10)]
GONE = [told_later(n, peripherals=plugged(CAMERA)) for n in (5, 10)]


def test_usb_must_be_back_in_two_reports_in_a_row():
    gone = seen(peripherals=plugged(CAMERA))
    assert judged(Code.RESET_USB, BACK[0], before=gone).outcome == UNKNOWN
    assert judged(Code.RESET_USB, BACK[0], BACK[0], before=gone).outcome == UNKNOWN
    assert judged(Code.RESET_USB, *BACK, before=gone).outcome == FIXED
    assert judged(Code.RESET_USB, GONE[0], BACK[1], before=gone).outcome == UNKNOWN
    assert judged(Code.RESET_USB, BACK[0], GONE[1], before=gone).outcome == NOT_FIXED


def test_reports_in_the_wrong_order_are_put_right():
    assert judged(Code.RESET_USB, GONE[1], BACK[0]).outcome == NOT_FIXED
    assert judged(Code.RESET_USB, BACK[1], BACK[0]).outcome == FIXED


def test_peripheral_that_is_not_listed_any_more_is_lost():
    without = [told_later(n, peripherals=plugged()[1:]) for n in (5, 10)]
    at = plugged()[0]["port"]
    parameters = told(Code.RESET_USB, at=at)
    assert judged(Code.RESET_USB, *without, parameters=parameters).outcome == UNKNOWN
    lost = [one | {"port": at} for one in plugged()[1:2]]
    both = [told_later(n, peripherals=[*lost, *plugged()[2:]]) for n in (5, 10)]
    finding = judged(Code.RESET_USB, *both, parameters=parameters, before=seen())
    assert (finding.outcome, "Not listed any more" in finding.sentence) == (NOT_FIXED, True)


def test_hub_takes_along_what_hangs_on_it():
    hung = [one | {"parent": "HUB1"} for one in plugged(SOUND)]
    reports = [told_later(n, peripherals=hung) for n in (5, 10)]
    hub = told(Code.RESET_USB, target="hub", at="HUB1")
    assert judged(Code.RESET_USB, *reports, parameters=hub).outcome == NOT_FIXED


def test_enumeration_that_loses_something_is_not_fixed():
    assert judged(Code.REENUMERATE_USB, *BACK, before=seen()).outcome == FIXED
    assert judged(Code.REENUMERATE_USB, *GONE, before=seen()).outcome == NOT_FIXED
    spare = [told_later(n, peripherals=plugged(5)) for n in (5, 10)]
    finding = judged(Code.REENUMERATE_USB, *spare, before=seen())
    assert (finding.outcome, "Lost on the way" in finding.sentence) == (NOT_FIXED, True)


def test_firmware_that_is_installed_but_loses_its_link_is_not_fixed():
    good = [told_later(n, **firmware("10.3.82")) for n in (10, 15)]
    bad = [told_later(n, **firmware("10.3.82", connected=False)) for n in (10, 15)]
    assert judged(Code.UPDATE_FIRMWARE, *good).outcome == FIXED
    assert judged(Code.UPDATE_FIRMWARE, *bad).outcome == NOT_FIXED


def test_effect_without_the_sought_signal_is_not_fixed():
    sought = frozenset({("microphone", "")})
    still = told_later(20, system={"uptime_minutes": 10}, peripherals=plugged(SOUND, 6))
    well = told_later(20, system={"uptime_minutes": 10})
    assert judged(Code.RESTART_DEVICE, still, sought=sought).outcome == NOT_FIXED
    assert judged(Code.RESTART_DEVICE, well, sought=sought).outcome == FIXED


def test_sought_signal_that_nobody_tells_stays_unknown():
    blind = told_later(20, system={"uptime_minutes": 10, "bluetooth_on": None})
    sought = frozenset({("bluetooth", "")})
    finding = judged(Code.RESTART_DEVICE, blind, sought=sought)
    assert (finding.outcome, finding.sentence) == (
        UNKNOWN,
        "Bluetooth off: the device does not tell.",
    )


@pytest.mark.parametrize(
    ("state", "outcome"),
    [("ordered", UNKNOWN), ("ready", FIXED), ("refused", NOT_FIXED), ("expired", NOT_FIXED)],
)
def test_collection_says_itself_whether_logs_came(state, outcome):
    assert judged(Code.COLLECT_LOG, collection=state).outcome == outcome


def test_new_faults_are_those_that_were_not_there_before():
    def faults(before: Any, *after: Any) -> list[str]:
        evidence = Evidence(DeviceType.WINDOWS, AT, timedelta(), before, after)
        return [one.code for one in new_faults(evidence)]

    ill = seen(system={"bluetooth_on": False})
    worse = told_later(5, system={"bluetooth_on": False}, app={"running": False})
    assert faults(ill, worse) == ["app_heartbeat"]
    assert faults(None, worse) == faults(ill) == []
