"""The catalogue: closed, complete, and sound in every line."""

from __future__ import annotations

from datetime import timedelta

import pytest

from access.scopes import SCOPES, Category, Scope
from diagnostics.remediation.catalogue import (
    ACTIONS,
    PUBLIC,
    ActionCode,
    BadParameters,
    Channel,
    Component,
    Release,
    UnknownAction,
    action_of,
    canonical,
    mends,
    read_parameters,
    suggest,
)
from diagnostics.remediation.catalogue.offered import RETIRED
from diagnostics.remediation.catalogue.parameters import from_canonical
from diagnostics.remediation.catalogue.preconditions import RULES, Precondition, holds
from diagnostics.remediation.catalogue.roll_back import back_to
from diagnostics.remediation.catalogue.suggestions import FILL, KINDS, MENDED_BY
from diagnostics.remediation.windows import CLEANUP
from rooms.kinds import Platform
from rooms.signals import SIGNALS
from tests.diagnostics.remediation.rooms_now import TOLD, device, seen, told
from tests.rooms.signals.reports import CAMERA, SOUND, plugged

EVERY = list(ActionCode)


def test_every_code_has_its_line_and_none_is_both_offered_and_retired():
    assert set(ACTIONS) == set(ActionCode)
    assert not RETIRED & set(ActionCode.values)


@pytest.mark.parametrize("code", EVERY)
def test_line_is_complete(code):
    action = ACTIONS[code]
    assert action.side_effects.endswith(".")
    assert action.platforms
    assert action.scope in SCOPES
    assert SCOPES[action.scope].category in (Category.ACT, Category.AD_HOC)
    assert timedelta() < action.needs <= timedelta(hours=3)
    assert action.repeat.times >= 1
    waits = action.time_outs
    assert min(waits.deliver, waits.answer, waits.verify) > timedelta()
    assert action.settled_reports >= 1
    assert Channel.AGENT in action.channels
    # what people would notice never runs at any time of the day by itself
    assert not (action.interrupts and action.window.whole_day)


@pytest.mark.parametrize("code", EVERY)
def test_signals_that_it_mends_exist(code):
    assert set(ACTIONS[code].mends) <= set(SIGNALS)


def test_published_limits_stand():
    assert ACTIONS[ActionCode.CLEAN_DISK].window is CLEANUP
    monthly = ACTIONS[ActionCode.RESET_WINDOWS_UPDATE].repeat
    assert (monthly.times, monthly.within) == (1, timedelta(days=31))


def test_scopes_are_those_of_remediation_but_for_logs():
    scopes = {code: ACTIONS[code].scope for code in EVERY}
    assert scopes.pop(ActionCode.COLLECT_LOG) == Scope.DIAGNOSTICS_COLLECT
    assert {scope.value.split(".")[0] for scope in scopes.values()} == {"remediate"}


@pytest.mark.parametrize("code", ["", "restart", "RESTART_APP", "restart_app ", "x" * 5000])
def test_unknown_action_is_refused(code):
    with pytest.raises(UnknownAction, match="no action"):
        action_of(code)


def test_time_outs_follow_a_faster_minute():
    slow = ACTIONS[ActionCode.RESTART_DEVICE].time_outs
    assert slow.scaled(timedelta(seconds=1)).deliver == slow.deliver / 60


# -- Parameters ---------------------------------------------------------------------------------


@pytest.mark.parametrize("code", EVERY)
def test_parameters_survive_their_spelling(code):
    parameters = told(code)
    text = canonical(parameters)
    assert from_canonical(ACTIONS[code].parameters, text) == parameters
    assert canonical(from_canonical(ACTIONS[code].parameters, text)) == text


@pytest.mark.parametrize("code", EVERY)
@pytest.mark.parametrize("extra", ["command", "Version", "target_"])
def test_parameter_that_is_not_listed_is_refused(code, extra):
    with pytest.raises(BadParameters, match=extra):
        read_parameters(ACTIONS[code].parameters, TOLD.get(code, {}) | {extra: "x"})


@pytest.mark.parametrize("code", sorted(TOLD))
def test_parameter_that_is_missing_is_refused(code):
    for name in TOLD[code]:
        less = {key: value for key, value in TOLD[code].items() if key != name}
        with pytest.raises(BadParameters, match=name):
            read_parameters(ACTIONS[code].parameters, less)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("reset_usb", {"target": "room"}),
        ("reset_usb", {"at": ""}),
        ("reset_usb", {"at": "USB 1\nUSB 2"}),
        ("reset_usb", {"at": "x" * 61}),
        ("reset_usb", {"at": 1}),
        ("update_app", {"version": "4.13 @home"}),
        ("update_app", {"version": None}),
        ("restart_clear_cache", {"teams_cache": "yes"}),
        ("collect_log", {"hours": 0}),
        ("collect_log", {"hours": 169}),
        ("collect_log", {"hours": "24"}),
        ("collect_log", {"parts": []}),
        ("collect_log", {"parts": [{"kind": "activity"}]}),
        ("collect_log", {"parts": [{"kind": "event_log"}]}),
        ("collect_log", {"parts": [{"kind": "event_log", "channel": "Setup"}]}),
        ("collect_log", {"parts": [{"kind": "app_log", "channel": "System"}]}),
        ("collect_log", {"parts": [{"kind": "app_log"}, {"kind": "app_log"}]}),
    ],
)
def test_parameter_outside_the_schema_is_refused(code, changes):
    with pytest.raises(BadParameters):
        read_parameters(ACTIONS[code].parameters, TOLD[code] | changes)


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_parameters_that_are_no_object_are_refused(value):
    with pytest.raises(BadParameters):
        read_parameters(ACTIONS[ActionCode.RESTART_APP].parameters, value)


def test_number_that_json_cannot_say_has_no_spelling():
    with pytest.raises(BadParameters):
        canonical({"n": 2**60})
    with pytest.raises(BadParameters):
        canonical({"n": float("nan")})


# -- Releases -----------------------------------------------------------------------------------


def test_public_releases_are_known_for_their_model_only():
    assert PUBLIC.has(Component.APP, Platform.WINDOWS, "4.13.132.0")
    assert not PUBLIC.has(Component.APP, Platform.ANDROID, "4.13.132.0")
    assert PUBLIC.has(Component.FIRMWARE, "logitech rally bar", "10.3.82")
    assert not PUBLIC.has(Component.FIRMWARE, "Logitech Rally Bar", "10.5.880")
    assert not PUBLIC.has(Component.FIRMWARE, "Logitech Rally Bar", "10.3.82.0")
    assert PUBLIC.versions(Component.DRIVER, "Intel Graphics") == ()


def test_release_is_added_newest_first_and_recalled():
    new = Release(Component.FIRMWARE, "Logitech Rally Bar", "99.0.1")
    more = PUBLIC.adding([new])
    assert more.versions(Component.FIRMWARE, "Logitech Rally Bar") == ("99.0.1", "10.3.82")
    assert more.without([new]) == PUBLIC


def test_roll_back_goes_to_what_was_there_while_that_is_known():
    update = told(ActionCode.UPDATE_APP)
    back = back_to(update, Platform.WINDOWS, "4.13.132.0", PUBLIC)
    assert back is not None
    assert back.version == "4.13.132.0"
    assert back_to(update, Platform.WINDOWS, "4.12.138.0", PUBLIC) is None
    assert back_to(update, Platform.WINDOWS, "1.2.3", PUBLIC) is None
    assert back_to(update, Platform.WINDOWS, "", PUBLIC) is None
    assert back_to(told(ActionCode.RESTART_APP), Platform.WINDOWS, "4.13.132.0", PUBLIC) is None


# -- Preconditions ------------------------------------------------------------------------------


def test_every_precondition_has_a_rule_and_is_used():
    assert set(RULES) == set(Precondition)
    assert {one for action in ACTIONS.values() for one in action.preconditions} == set(Precondition)


NEED = Precondition


@pytest.mark.parametrize(
    ("need", "code", "other", "changes", "denied"),
    [
        (NEED.USB_PLACE_SEEN, "reset_usb", {}, {}, ""),
        (NEED.USB_PLACE_SEEN, "reset_usb", {"at": "USB 99"}, {}, "usb_place_unknown"),
        (NEED.USB_PLACE_SEEN, "reset_usb", {"target": "hub"}, {}, "usb_place_unknown"),
        (NEED.USB_LISTED, "reenumerate_usb", {}, {"peripherals": []}, "usb_not_listed"),
        (NEED.SUSPEND_ON, "usb_suspend_off", {}, {}, "nothing_to_do"),
        (NEED.SUSPEND_ON, "usb_suspend_off", {}, {"power": {"usb_selective_suspend": True}}, ""),
        (NEED.VERSION_KNOWN, "update_app", {}, {}, ""),
        (NEED.VERSION_KNOWN, "update_app", {"version": "4.99.1.0"}, {}, "version_unknown"),
        (NEED.VERSION_KNOWN, "update_driver", {}, {}, "version_unknown"),
        (NEED.VERSION_KNOWN, "restart_app", {}, {}, "parameters"),
        (NEED.SOMETHING_TO_UPDATE, "update_app", {"version": "4.13.132.0"}, {}, "nothing_to_do"),
        (NEED.SOMETHING_TO_UPDATE, "update_firmware", {}, {}, "nothing_to_update"),
        (NEED.MODEL_CONNECTED, "update_firmware", {}, {}, "model_not_connected"),
        (NEED.UPDATES_COME, "update_os", {}, {}, ""),
        (NEED.UPDATES_COME, "update_os", {}, {"windows_update": None}, "updates_blocked"),
        (NEED.UPDATES_COME, "update_os", {}, {"windows_update": {"reachable": None}},
         "updates_blocked"),
        (NEED.SPACE_FOR_UPDATE, "update_os", {}, {"system": {"disk_free_bytes": 2**30}},
         "no_space"),
        (NEED.SPACE_FOR_UPDATE, "update_os", {}, {"system": {"disk_free_bytes": None}},
         "no_space"),
        (NEED.UPDATE_BROKEN, "reset_windows_update", {}, {}, "nothing_to_do"),
        (NEED.DISK_TOLD, "clean_disk", {}, {"system": {"disk_free_bytes": None}}, "untold"),
    ],
)  # fmt: skip
def test_precondition_reads_the_newest_report(need, code, other, changes, denied):
    verdict = holds(need, device(report=seen(**changes)), told(ActionCode(code), **other), PUBLIC)
    assert getattr(verdict, "code", "") == denied


@pytest.mark.parametrize("need", list(Precondition))
def test_precondition_does_not_hold_where_nothing_is_known(need):
    verdict = holds(need, device(report=None), told(ActionCode.RESET_USB), PUBLIC)
    assert verdict.code == "no_report"


# -- Suggestions --------------------------------------------------------------------------------


def test_suggestions_name_known_signals_and_filled_actions():
    assert set(KINDS) <= set(SIGNALS)
    with_parameters = {code for code in ActionCode if code in TOLD}
    assert with_parameters - {ActionCode.COLLECT_LOG} == set(FILL)
    assert set(MENDED_BY) <= set(SIGNALS)


def test_mildest_comes_first_and_platforms_are_kept():
    assert mends("camera_room", Platform.WINDOWS)[0] == ActionCode.RESET_USB
    assert mends("camera_room", Platform.WINDOWS)[-1] == ActionCode.RESTART_DEVICE
    assert ActionCode.RESET_USB not in mends("camera_room", Platform.ANDROID)
    assert mends("windows_activation", Platform.WINDOWS) == ()
    assert mends("no such signal", Platform.WINDOWS) == ()


def test_lost_camera_suggests_its_port():
    found = suggest("camera_room", seen(peripherals=plugged(CAMERA)), Platform.WINDOWS, PUBLIC)
    assert found[0].action == ActionCode.RESET_USB
    assert canonical(found[0].parameters) == b'{"at":"USB 1","target":"port"}'
    assert "not connected" in found[0].why


def test_lost_camera_and_sound_of_one_hub_suggest_the_hub():
    lost = plugged(SOUND)
    for one in lost:
        if one["kind"] in ("speakerphone", "microphone"):
            one |= {"parent": "HUB1", "connected": False}
    found = suggest("microphone", seen(peripherals=lost), Platform.WINDOWS, PUBLIC)
    assert canonical(found[0].parameters) == b'{"at":"HUB1","target":"hub"}'


def test_old_app_suggests_the_newest_release_and_a_new_one_none():
    old = seen(app={"version": "4.11.17.0"})
    found = suggest("app_version", old, Platform.WINDOWS, PUBLIC)
    assert [canonical(one.parameters) for one in found] == [b'{"version":"4.13.132.0"}']
    assert suggest("app_version", seen(), Platform.WINDOWS, PUBLIC) == ()


def test_driver_nobody_knows_a_release_of_is_not_suggested():
    found = suggest("blue_screens", seen(), Platform.WINDOWS, PUBLIC)
    assert ActionCode.UPDATE_DRIVER not in [one.action for one in found]
