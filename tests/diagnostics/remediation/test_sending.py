"""The moment of sending, and what silence, answers and reports make of what was sent."""

from __future__ import annotations

import ast
import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from access.verdict import Allowed, Denied
from diagnostics.remediation.catalogue import ACTIONS, ActionCode, OperationKind, preconditions
from diagnostics.remediation.catalogue.verification import Finding, Outcome
from diagnostics.remediation.following import (
    UNTRUSTED,
    Answer,
    after_answer,
    after_reports,
    after_silence,
)
from diagnostics.remediation.guardrails import (
    DEFAULTS,
    Approved,
    Counts,
    OpenOperation,
    Ordered,
    Stop,
    StopLevel,
    approval,
    gates,
    pace,
    stops,
)
from diagnostics.remediation.reasons import Reason, fits
from diagnostics.remediation.sending import OUTCOMES, SEND, Moment, before_sending
from diagnostics.remediation.states import ENDED, ITEM_MOVES, ItemState, Mover
from diagnostics.remediation.windows import Freeze, Interval, TenantCalendar, opening
from rooms.commands import Why
from rooms.device_api.commands import Outcome as DeviceOutcome
from rooms.states import DeviceState
from tests.diagnostics.remediation.rooms_now import device, seen, told
from tests.rooms.signals.reports import AT

USB = ACTIONS[ActionCode.RESET_USB]
HOUR = timedelta(hours=1)
# 01:00 in Berlin
NOW = AT.replace(hour=0, minute=0)
WINDOW = Interval(NOW - HOUR, NOW + 4 * HOUR)
ORDERED = Ordered.of(
    tenant="TN-CONTOSO",
    room="RM-AAAA-1111",
    device="DV-AAAA-1111",
    action=USB.code,
    parameters=told(USB.code),
    window=WINDOW,
)
MOMENT = Moment(
    ordered=ORDERED,
    action=USB,
    told=told(USB.code),
    device=device(),
    at=NOW,
    counts=Counts(0, 0, 0, 0),
    limits=DEFAULTS,
    grant_lives=True,
)
APPROVED = Approved(ORDERED, NOW + 30 * HOUR)
NOON = {"at": NOW + 12 * HOUR}
BUSY = (Interval(NOW, NOW + HOUR),)
FROZEN = TenantCalendar(freezes=(Freeze(Interval(NOW - HOUR, NOW + HOUR), "Go-live"),))


def step(**changes):
    return before_sending(replace(MOMENT, **changes))


def test_everything_as_it_should_be_is_sent():
    assert step() == SEND


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({"stops": (Stop(StopLevel.TENANT, "TN-CONTOSO", "ST-1"),)}, "paused", "emergency_stop"),
        ({"grant_lives": False}, "waiting_for_grant", "grant_ended"),
        ({"device": None}, "refused", "device_left"),
        ({"device": device(state=DeviceState.UNENROLLED)}, "refused", "device_left"),
        ({"device": device(state=DeviceState.ONBOARDING)}, "refused", "device_onboarding"),
        ({"device": device(tenant="TN-X")}, "refused", "tenant_changed"),
        ({"device": device(room="RM-X")}, "refused", "room_changed"),
        ({"device": device(heard=False)}, "scheduled", "pending_connection"),
        ({"device": device(report=None)}, "scheduled", "pending_connection"),
        ({"device": device(in_use=True)}, "scheduled", "device_in_meeting"),
        ({"device": device(in_use=None)}, "scheduled", "device_in_meeting"),
        ({"device": device(report=seen(peripherals=[]))}, "refused", "precondition"),
        ({"device": device(zone="Mars/Olympus")}, "refused", "guardrail"),
        ({"busy": BUSY}, "scheduled", "device_in_meeting"),
        (NOON, "scheduled", "scheduled"),
        ({"calendar": FROZEN}, "scheduled", "scheduled"),
        ({"ran_at": (NOW, NOW, NOW, NOW)}, "refused", "guardrail"),
        ({"counts": Counts(0, 0, 500, 0)}, "scheduled", "cap_reached"),
        ({"open_on_device": (OpenOperation(OperationKind.USB, "RQ-1", "Reset"),)},
         "scheduled", "other_operation"),
    ],
)  # fmt: skip
def test_denial_says_where_the_item_goes(changes, state, reason):
    found = step(**changes)
    assert (found.state, found.reason, bool(found.sentence)) == (state, reason, True)


def test_urgent_item_goes_at_noon_when_the_room_is_free():
    assert step(**NOON, urgent=True) == SEND
    busy = step(**NOON, urgent=True, device=device(in_use=True))
    assert busy.reason == Reason.DEVICE_IN_MEETING


def test_scheduled_item_needs_no_grant_and_is_covered_exactly():
    assert step(approved=APPROVED, grant_lives=False) == SEND
    other = replace(ORDERED, parameters=b'{"at":"USB 2","target":"port"}')
    assert step(approved=APPROVED, ordered=other).reason == Reason.NOT_COVERED
    late = step(approved=APPROVED, at=WINDOW.end)
    assert (late.state, late.reason) == (ItemState.EXPIRED, Reason.NO_WINDOW)
    ended = step(approved=Approved(ORDERED, NOW), grant_lives=True)
    assert ended.state == ItemState.WAITING_FOR_GRANT


def test_gravest_denial_decides():
    stop = (Stop(StopLevel.EVERYTHING, "", "ST-1"),)
    assert step(stops=stop, device=None, grant_lives=False).state == ItemState.PAUSED
    assert step(device=None, **NOON).state == ItemState.REFUSED


def test_every_outcome_is_a_move_of_the_table_with_a_reason_that_fits():
    for state, reason in OUTCOMES.values():
        if state is not ItemState.SCHEDULED:
            assert Mover.SYSTEM in ITEM_MOVES[ItemState.SCHEDULED][state]
        assert fits(state, reason)


def codes_in(source: str) -> set[str]:
    """The codes of all denials that a module spells out, and the last words of its tables."""
    codes = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Denied":
            spelled = node.args[2:3]
        elif isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple):
            spelled = [row.elts[-1] for row in node.iter.elts if isinstance(row, ast.Tuple)]
        else:
            continue
        codes |= {one.value for one in spelled if isinstance(one, ast.Constant)}
    return codes


def test_every_code_that_a_question_can_answer_with_has_an_outcome():
    asked = (approval, gates, pace, stops, preconditions, opening)
    codes = set().union(*(codes_in(Path(module.__file__).read_text()) for module in asked))
    assert len(codes) > 30
    assert codes <= set(OUTCOMES)
    assert set(OUTCOMES) - codes == {"no_grant", "window_over"}


# -- After sending ------------------------------------------------------------------------------


def test_words_for_answers_and_refusals_are_the_device_surfaces():
    assert {one.value for one in Answer} == {one.value for one in DeviceOutcome}
    assert {one.value for one in Why} == UNTRUSTED


@pytest.mark.parametrize(
    ("now", "answer", "detail", "state", "reason"),
    [
        ("dispatched", "done", "", "verifying", "waits_for_report"),
        ("acknowledged", "done", "", "verifying", "waits_for_report"),
        ("running", "done", "", "verifying", "waits_for_report"),
        ("dispatched", "failed", "WRITE_FAILED", "failed", "write_failed"),
        ("running", "failed", "SOMETHING", "failed", "failed"),
        ("dispatched", "refused", "BAD_SIGNATURE", "refused", "not_trusted"),
        ("acknowledged", "refused", "UNKNOWN_KIND", "refused", "device_refused"),
        ("running", "refused", "UNKNOWN_KIND", "failed", "failed"),
    ],
)
def test_answer_leads_on(now, answer, detail, state, reason):
    found = after_answer(ItemState(now), Answer(answer), detail)
    assert found is not None
    assert (found.state, found.reason) == (state, reason)


def test_answer_of_any_kind_is_a_move_of_the_device_or_none_at_all():
    for now, answer in itertools.product(ItemState, Answer):
        found = after_answer(now, answer, "")
        if now in ENDED or now is ItemState.VERIFYING:
            assert found is None
        elif found is not None:
            assert Mover.DEVICE in ITEM_MOVES[now][found.state]
            assert fits(found.state, found.reason)


@pytest.mark.parametrize(
    ("now", "minutes", "state"),
    [
        ("dispatched", 29, None),
        ("dispatched", 30, "expired"),
        ("acknowledged", 9, None),
        ("acknowledged", 10, "verifying"),
        ("running", 10, "verifying"),
        ("verifying", 999, None),
        ("scheduled", 999, None),
        ("succeeded", 999, None),
    ],
)
def test_silence_expires_what_was_not_taken_and_verifies_what_was(now, minutes, state):
    found = after_silence(ItemState(now), AT, USB.time_outs, AT + timedelta(minutes=minutes))
    assert (found.state if found else None) == state


NO = Denied("once a month", "", "repeat")


@pytest.mark.parametrize(
    ("outcome", "minutes", "attempt", "repeat", "state"),
    [
        (Outcome.FIXED, 1, 1, Allowed(), "succeeded"),
        (Outcome.FIXED, 99, 2, NO, "succeeded"),
        (Outcome.NOT_FIXED, 29, 1, Allowed(), None),
        (Outcome.UNKNOWN, 29, 1, Allowed(), None),
        (Outcome.NOT_FIXED, 30, 1, Allowed(), "scheduled"),
        (Outcome.UNKNOWN, 30, 1, Allowed(), "scheduled"),
        (Outcome.NOT_FIXED, 30, 2, Allowed(), "failed"),
        (Outcome.UNKNOWN, 30, 2, Allowed(), "failed"),
        (Outcome.NOT_FIXED, 30, 1, NO, "failed"),
    ],
)
def test_reports_decide_and_one_retry_is_all(outcome, minutes, attempt, repeat, state):
    found = after_reports(
        Finding(outcome, "Still missing."),
        since=AT,
        wait=timedelta(minutes=30),
        attempt=attempt,
        may_repeat=repeat,
        at=AT + timedelta(minutes=minutes),
    )
    assert (found.state if found else None) == state
    if found is not None:
        assert Mover.SYSTEM in ITEM_MOVES[ItemState.VERIFYING][found.state]
        assert fits(found.state, found.reason)
