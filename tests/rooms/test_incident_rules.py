"""The rules of incidents: every state against every act, and the edges of their limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from access.verdict import Allowed, Denied
from rooms.models import Incident, Suppression
from rooms.rules import incidents as rules
from rooms.states import INCIDENT_MOVES, Assignment, IncidentState

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MONTH = timedelta(days=30)
RECORDED, OF_SIGNAL = "recorded_issue", "display_front"


def incident(state: IncidentState, code: str) -> Incident:
    return Incident(reference="INC-1", state=state, code=code)


@pytest.mark.parametrize("state", IncidentState)
@pytest.mark.parametrize("code", [RECORDED, OF_SIGNAL])
def test_acts_follow_the_table_of_moves(state: IncidentState, code: str) -> None:
    one, moves = incident(state, code), INCIDENT_MOVES[state]
    signal = code == OF_SIGNAL
    resolves = signal and IncidentState.RESOLVED in moves
    assert bool(rules.may_resolve(one)) == resolves
    closes = IncidentState.CLOSED in moves
    assert bool(rules.may_close(one)) == (closes and not signal)
    assert bool(rules.may_call_false_alarm(one)) == (closes and signal)
    assert bool(rules.may_assign(one, Assignment.US)) == (state != IncidentState.CLOSED)
    assert not rules.may_assign(one, Assignment.SYSTEM)


def suppress(**changed: object) -> Allowed | Denied:
    facts = {"code": "network", "reason": "Building work", "at": AT, "standing": []}
    return rules.may_suppress(**{**facts, "ends_at": AT + timedelta(hours=1), **changed})


def test_suppression_lasts_thirty_days_and_no_longer() -> None:
    assert suppress(ends_at=AT + MONTH)
    assert not suppress(ends_at=AT + MONTH + timedelta(microseconds=1))
    assert not suppress(ends_at=AT)
    assert suppress(ends_at=AT + timedelta(microseconds=1))


def test_suppression_of_the_room_is_no_twin_of_one_of_its_signals() -> None:
    whole = Suppression(code="", ends_at=AT + MONTH, by_label="Bo")
    assert suppress(standing=[whole])
    verdict = suppress(code="", standing=[whole])
    assert isinstance(verdict, Denied)
    assert verdict.stale


def test_suppression_ends_once() -> None:
    lasting = Suppression(ends_at=AT + timedelta(hours=1))
    assert rules.may_end_suppression(lasting, AT)
    assert not rules.may_end_suppression(lasting, lasting.ends_at)
    lasting.ended_at, lasting.ended_by_label = AT, "Bo"
    assert not rules.may_end_suppression(lasting, AT)


@pytest.mark.parametrize(("number", "fits"), [(0, False), (1, True), (200, True), (201, False)])
def test_at_most_two_hundred_at_once(number: int, fits: bool) -> None:
    assert bool(rules.fits_at_once(number)) == fits


def test_version_tells_what_matters_and_nothing_else() -> None:
    one = incident(IncidentState.ACTIVE, OF_SIGNAL)
    before = rules.version_of(one)
    one.sentence, one.updated_at = "Seen once more", AT
    assert rules.version_of(one) == before
    for name, value in (("state", "resolved"), ("assignment", "us"), ("activations", 2)):
        changed = incident(IncidentState.ACTIVE, OF_SIGNAL)
        setattr(changed, name, value)
        assert rules.version_of(changed) != before
