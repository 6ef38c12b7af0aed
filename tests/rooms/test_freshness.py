"""A signal is as fresh as the last report that found it unchanged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rooms.models import RoomHealth, SignalState
from rooms.pages.freshness import of_room, of_signal
from rooms.states import SignalStatus

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def signal(state: SignalStatus = SignalStatus.HEALTHY, **changes: object) -> SignalState:
    """Read at noon, polled every five minutes."""
    values = {
        "state": state,
        "last_evaluated_at": NOON,
        "next_evaluation_at": NOON + 5 * MINUTE,
    }
    return SignalState(**values | changes)


def test_report_that_changed_nothing_counts_as_a_reading():
    fresh = of_signal(
        signal(), RoomHealth(last_evaluated_at=NOON + 40 * MINUTE), NOON + 41 * MINUTE
    )
    assert fresh.last == NOON + 40 * MINUTE
    assert fresh.next == NOON + 45 * MINUTE
    assert not fresh.due


def test_unknown_signal_was_not_read_by_a_report_of_something_else():
    fresh = of_signal(
        signal(SignalStatus.UNKNOWN), RoomHealth(last_evaluated_at=NOON + MINUTE), NOON
    )
    assert fresh.last == NOON


def test_signal_whose_time_has_come_is_due():
    assert of_signal(signal(), None, NOON + 5 * MINUTE).due
    assert not of_signal(signal(next_evaluation_at=None), None, NOON + 5 * MINUTE).due


def test_only_a_watched_signal_says_since_when():
    assert of_signal(signal(faulty_since=NOON), None, NOON).watching_since is None
    watched = signal(SignalStatus.WATCHING, faulty_since=NOON)
    assert of_signal(watched, None, NOON).watching_since == NOON


def test_room_names_its_next_signal():
    health = RoomHealth(last_evaluated_at=NOON)
    lines = [
        of_signal(signal(next_evaluation_at=NOON + n * MINUTE), None, NOON) for n in (120, 5, 10)
    ]
    assert of_room(health, lines, NOON).next == NOON + 5 * MINUTE
    assert of_room(None, [], NOON).last is None


def test_signal_that_is_read_with_every_report_is_never_overdue():
    always = signal(next_evaluation_at=NOON)
    fresh = of_signal(always, RoomHealth(last_evaluated_at=NOON + MINUTE), NOON + 2 * MINUTE)
    assert (fresh.last, fresh.next, fresh.due) == (NOON + MINUTE, None, False)
