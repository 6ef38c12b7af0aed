"""Guardrails: limits only tighten, gates and stops close, and an approval covers no more."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.verdict import Allowed
from diagnostics.remediation.catalogue import ACTIONS, PUBLIC, ActionCode, OperationKind
from diagnostics.remediation.guardrails import (
    DEFAULTS,
    Approved,
    Counts,
    Limits,
    OpenOperation,
    Ordered,
    Stop,
    StopLevel,
    Tally,
    UnfitLimits,
    combine,
    covers,
    enough_votes,
    keeps_going,
    may_order,
    may_repeat,
    may_send,
    none_open,
    not_stopped,
    votes_needed,
    within_caps,
)
from diagnostics.remediation.windows import Interval
from rooms.kinds import DeviceKind, Platform
from rooms.states import DeviceState
from tests.diagnostics.remediation.rooms_now import device, told
from tests.rooms.signals.reports import AT

RESTART = ACTIONS[ActionCode.RESTART_DEVICE]
USB = ACTIONS[ActionCode.RESET_USB]
HOUR = timedelta(hours=1)


# -- Limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [field.name for field in dataclasses.fields(Limits)])
def test_no_limit_can_be_loosened(limit):
    loosest = getattr(DEFAULTS, limit)
    looser = loosest - 0.01 if limit == "gate_finished_share" else loosest + 1
    with pytest.raises(UnfitLimits, match=limit):
        Limits.from_settings({limit: looser})


@pytest.mark.parametrize("value", [True, "4", None, 1.5, -1, float("nan")])
def test_value_that_cannot_be_meant_is_refused(value):
    with pytest.raises(UnfitLimits, match="device_per_day"):
        Limits.from_settings({"device_per_day": value})


def test_unknown_limit_is_refused_by_name():
    with pytest.raises(UnfitLimits, match="no limit called device_per_year"):
        Limits.from_settings({"device_per_year": 1})


limits = st.builds(
    Limits,
    device_per_day=st.integers(0, 6),
    tenant_per_hour=st.integers(0, 500),
    breaker_sample=st.integers(1, 5),
    breaker_failed_share=st.floats(0, 0.1),
    gate_finished_share=st.floats(0.95, 1),
)


@given(limits, limits, limits)
def test_combining_takes_the_stricter_in_any_order_and_never_raises(one, other, third):
    both = combine(one, other)
    assert both == combine(other, one) == combine(both, one)
    assert combine(both, third) == combine(one, combine(other, third))
    for name in ("device_per_day", "tenant_per_hour", "breaker_sample", "breaker_failed_share"):
        assert getattr(both, name) == min(getattr(one, name), getattr(other, name))
    assert both.gate_finished_share == max(one.gate_finished_share, other.gate_finished_share)


def test_combining_nothing_is_the_default():
    assert combine() == DEFAULTS


# -- How much and how often ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        (Counts(5, 1, 499, 1999), ""),
        (Counts(6, 0, 0, 0), "cap_device"),
        (Counts(0, 2, 0, 0), "cap_room"),
        (Counts(0, 0, 500, 0), "cap_tenant"),
        (Counts(0, 0, 0, 2000), "cap_region"),
        (Counts(6, 2, 500, 2000), "cap_device"),
    ],
)
def test_cap_that_is_reached_is_named(counts, code):
    assert getattr(within_caps(counts, DEFAULTS), "code", "") == code


def test_zero_means_none_at_all():
    nothing = Limits.from_settings({"tenant_per_hour": 0})
    assert not within_caps(Counts(0, 0, 0, 0), nothing)


def test_second_operation_of_the_kind_is_a_conflict_that_names_the_first():
    other = OpenOperation(OperationKind.RESTART, "RQ-1234", "Restart the meeting app")
    verdict = none_open(RESTART, [other])
    assert (verdict.code, verdict.stale, "RQ-1234" in verdict.reason) == (
        "open_operation",
        True,
        True,
    )
    assert none_open(USB, [other])
    assert none_open(RESTART, [])


@pytest.mark.parametrize(
    ("devices", "votes", "enough"),
    [(1, 0, False), (1, 1, True), (10, 1, True), (11, 1, False), (11, 2, True), (10_000, 2, True)],
)
def test_more_than_ten_devices_need_two_votes(devices, votes, enough):
    assert bool(enough_votes(RESTART, devices, votes, DEFAULTS)) is enough


def test_policy_can_ask_for_two_votes_from_the_first_device_on():
    strict = Limits.from_settings({"devices_with_one_vote": 0})
    assert votes_needed(RESTART, 1, strict) == 2


def test_repeat_limit_counts_what_was_sent_within_its_time():
    monthly = ACTIONS[ActionCode.RESET_WINDOWS_UPDATE]
    day = timedelta(days=1)
    assert may_repeat(monthly, [], AT)
    assert may_repeat(monthly, [AT - 31 * day], AT)
    late = may_repeat(monthly, [AT - 30 * day, AT - 90 * day], AT)
    assert (late.code, "once in 31 days" in late.reason) == ("repeat", True)
    assert "19 Nov 2026" in late.remedy


def test_repeat_limit_of_several_frees_up_with_the_oldest():
    ran = [AT - n * HOUR for n in (1, 2, 3)]
    assert may_repeat(RESTART, ran[:2], AT)
    assert "19 Nov 2026 06:30" in may_repeat(RESTART, ran, AT).remedy


# -- Breaker and stops --------------------------------------------------------------------------


def tally(**other: int) -> Tally:
    return Tally(**({"planned": 100, "sent": 50, "succeeded": 0, "failed": 0, "harmed": 0} | other))


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (tally(succeeded=40), ""),
        (tally(succeeded=3, failed=1), ""),
        (tally(succeeded=4, failed=1), "failed_share"),
        (tally(succeeded=36, failed=4), ""),
        (tally(succeeded=35, failed=5), "failed_share"),
        (tally(succeeded=40, harmed=2), ""),
        (tally(succeeded=40, harmed=3), "harmed_share"),
        (tally(sent=4, harmed=4), ""),
        (tally(failed=3, failed_in_a_row=3), "failed_in_a_row"),
        (tally(planned=2, sent=2, succeeded=1, failed=1), "failed_share"),
        (tally(planned=1, sent=1, harmed=1), "harmed_share"),
        (tally(sent=0), ""),
        (tally(planned=1000, sent=1000, failed=1000), "failed_share"),
    ],
)
def test_breaker_stops_past_its_threshold_and_not_before_its_sample(now, code):
    verdict = keeps_going(now, DEFAULTS)
    assert getattr(verdict, "code", "") == code


def test_breaker_says_why():
    assert keeps_going(tally(succeeded=35, failed=5), DEFAULTS).reason == (
        "5 of 40 actions failed; the limit is 10%."
    )


STOPS = {
    level: Stop(level, target, f"ST-{level.value}")
    for level, target in (
        (StopLevel.EVERYTHING, ""),
        (StopLevel.TENANT, "TN-CONTOSO"),
        (StopLevel.ACTION, "restart_device"),
    )
}


@pytest.mark.parametrize(
    ("levels", "tenant", "action", "named"),
    [
        ([], "TN-CONTOSO", "restart_device", ""),
        (["everything"], "TN-OTHER", "reset_usb", "ST-everything"),
        (["tenant"], "TN-CONTOSO", "reset_usb", "ST-tenant"),
        (["tenant"], "TN-OTHER", "reset_usb", ""),
        (["action"], "TN-OTHER", "restart_device", "ST-action"),
        (["action"], "TN-OTHER", "restart_app", ""),
        (["action", "tenant", "everything"], "TN-CONTOSO", "restart_device", "ST-everything"),
    ],
)
def test_stop_holds_what_it_names(levels, tenant, action, named):
    verdict = not_stopped([STOPS[StopLevel(one)] for one in levels], tenant, action)
    assert bool(verdict) is (named == "")
    assert named in getattr(verdict, "reason", "")


# -- Gates --------------------------------------------------------------------------------------

NIGHT = Interval(AT, AT + 5 * HOUR)


def ordered(**other: object) -> Ordered:
    item = Ordered.of(
        tenant="TN-CONTOSO",
        room="RM-AAAA-1111",
        device="DV-AAAA-1111",
        action=ActionCode.RESTART_DEVICE,
        parameters=told(ActionCode.RESTART_DEVICE),
        window=NIGHT,
    )
    return dataclasses.replace(item, **other)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"state": DeviceState.UNENROLLED}, "device_left"),
        ({"state": DeviceState.ONBOARDING}, "device_onboarding"),
        ({"heard": False}, "device_unmonitored"),
        ({"tenant": "TN-FABRIKAM"}, "tenant_changed"),
        ({"room": "RM-BBBB-2222"}, "room_changed"),
        ({"reference": "DV-BBBB-2222"}, "other_device"),
        ({"in_use": True}, "device_in_meeting"),
        ({"in_use": None}, "device_in_meeting"),
    ],
)
def test_gate_closes_when_the_device_has_changed(changes, code):
    verdict = may_send(ordered(), RESTART, told(RESTART.code), device(**changes), PUBLIC)
    assert getattr(verdict, "code", "") == code


def test_device_that_is_gone_has_left():
    verdict = may_send(ordered(), RESTART, told(RESTART.code), None, PUBLIC)
    assert verdict.code == "device_left"


def test_meeting_holds_back_only_what_people_would_notice():
    clock = ACTIONS[ActionCode.RESYNC_TIME]
    item = ordered(action=ActionCode.RESYNC_TIME)
    assert may_send(item, clock, told(clock.code), device(in_use=True), PUBLIC)


def test_action_of_another_platform_and_unknown_version_are_refused_when_ordered():
    bar = device(platform=Platform.ANDROID, kind=DeviceKind.VIDEO_BAR)
    assert may_order(USB, told(USB.code), bar, PUBLIC).code == "platform"
    app = ACTIONS[ActionCode.UPDATE_APP]
    assert may_order(app, told(app.code, version="9.9.9.9"), device(), PUBLIC).code == (
        "version_unknown"
    )
    assert may_order(app, told(app.code), device(in_use=True), PUBLIC) == Allowed()


# -- Approval -----------------------------------------------------------------------------------

APPROVED = Approved(ordered(), AT + 10 * HOUR)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"tenant": "TN-FABRIKAM"}, "other_tenant"),
        ({"room": "RM-BBBB-2222"}, "other_room"),
        ({"device": "DV-BBBB-2222"}, "other_device"),
        ({"action": "restart_app"}, "other_action"),
        ({"parameters": b'{"teams_cache":true}'}, "other_parameters"),
        ({"window": Interval(AT, AT + 6 * HOUR)}, "other_window"),
    ],
)
def test_approval_covers_exactly_what_was_approved(changes, code):
    item = ordered(**changes)
    assert getattr(covers(APPROVED, item, AT + HOUR), "code", "") == code
    assert (item.digest == APPROVED.what.digest) is (code == "")


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (AT, ""),
        (AT - timedelta(microseconds=1), "outside_window"),
        (NIGHT.end, "outside_window"),
        (NIGHT.end - timedelta(microseconds=1), ""),
    ],
)
def test_approval_covers_its_window_and_no_moment_more(at, code):
    assert getattr(covers(APPROVED, ordered(), at), "code", "") == code


def test_approval_ends():
    short = Approved(ordered(), AT + HOUR)
    assert covers(short, ordered(), AT + HOUR).code == "approval_ended"


@given(st.lists(st.text(min_size=0, max_size=4), min_size=4, max_size=4), st.data())
def test_digest_does_not_confuse_what_runs_together(parts, data):
    def made(words: list[str]) -> Ordered:
        tenant, room, name, action = words
        return ordered(tenant=tenant, room=room, device=name, action=action)

    other = data.draw(st.permutations(parts))
    assert (made(parts).digest == made(other).digest) is (parts == other)
