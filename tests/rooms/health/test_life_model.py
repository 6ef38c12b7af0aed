"""The life of a signal against a plain model of it, over random readings, times and people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rooms.health.life import Pace, SignalMemory, dismissed, hurried, lost, resolved_by_hand, step
from rooms.signals import SIGNALS, Watch
from rooms.signals.reading import Reading, Value
from rooms.states import INCIDENT_MOVES, SIGNAL_MOVES, IncidentState, Severity, SignalStatus
from tests.rooms.health.plain import PlainLife

START = datetime(2026, 11, 18, tzinfo=UTC)
WATCHES = sorted({(w.poll, w.watch) for signal in SIGNALS.values() for w in signal.on.values()})
# Steps around what the catalogue counts in, backwards too, and days.
STEPS = st.one_of(
    st.sampled_from([0, 0.4, 0.5, 1, 4.4, 4.6, 5, 10, 15, 30, 60, 119, 120, 150, 180]),
    st.floats(-400, 400, allow_nan=False),
    st.sampled_from([n * 24 * 60 for n in (1, 3, 6, 6.999, 7, 8)]),
)


class Life(RuleBasedStateMachine):
    """One signal of one device, moved by both."""

    minutes: ClassVar = st.sampled_from([timedelta(minutes=1), timedelta(milliseconds=250)])

    @initialize(watch=st.sampled_from(WATCHES), minute=minutes)
    def begin(self, watch: tuple[int, int], minute: timedelta) -> None:
        self.watch = Watch(Severity.IMPORTANT, *watch)
        self.minute = minute
        self.pace = Pace.of(self.watch, minute)
        self.plain = PlainLife(self.watch, minute)
        self.memory: SignalMemory | None = None
        self.now = START
        self.held = False

    def _move(self, minutes: float) -> datetime:
        at = self.now + minutes * self.minute
        self.now = max(self.now, at)
        return at

    def _remember(self, memory: SignalMemory, at: datetime | None = None) -> None:
        """Only moves that the tables of states allow; `since` is when the state changed."""
        if self.memory is not None:
            before, after = self.memory.state, memory.state
            assert before == after or after in SIGNAL_MOVES[SignalStatus(before)]
            assert memory.since == (self.memory.since if before == after else at)
            old, new = self.memory.incident, memory.incident
            again = old == IncidentState.CLOSED and new in (None, IncidentState.ACTIVE)
            if old is not None and old != new and not again:
                assert new in INCIDENT_MOVES[old]
        self.memory = memory

    @rule(minutes=STEPS, value=st.sampled_from(Value))
    def report(self, minutes: float, value: Value) -> None:
        at = self._move(minutes)
        after, moves = step(self.memory, Reading("x", value, "."), at, self.pace, held=self.held)
        assert "".join(moves) == self.plain.report(at, value.value, self.held)
        self._remember(after, at)

    @rule(value=st.sampled_from(Value), count=st.integers(2, 12))
    def reports(self, value: Value, count: int) -> None:
        """A device that says the same every five minutes."""
        for _ in range(count):
            self.report(5, value)

    @rule()
    def report_again(self) -> None:
        """The last report, and one before it, told otherwise: neither changes anything."""
        if self.memory is not None and (last := self.memory.last_evaluated_at) is not None:
            for at in (last, last - self.minute):
                for value in Value:
                    after, moves = step(self.memory, Reading("x", value, "."), at, self.pace)
                    assert after is self.memory
                    assert moves == ()

    @rule(held=st.booleans())
    def hold(self, held: bool) -> None:
        """A suppression begins or ends, or the device leaves onboarding."""
        self.held = held
        if self.memory is not None and not held:
            self._remember(hurried(self.memory))
            self.plain.hurry = True

    @precondition(lambda self: self.memory is not None)
    @rule(minutes=st.floats(0, 200))
    def fall_silent(self, minutes: float) -> None:
        at = self._move(minutes)
        self._remember(lost(self.memory, at), at)
        self.plain.lose(at)

    @precondition(lambda self: self.memory and self.memory.incident == IncidentState.ACTIVE)
    @rule()
    def resolve(self) -> None:
        self._remember(resolved_by_hand(self.memory, self.now), self.now)
        self.plain.mend(self.now)

    @precondition(lambda self: self.memory and self.memory.incident == IncidentState.ACTIVE)
    @rule()
    def dismiss(self) -> None:
        self._remember(dismissed(self.memory))
        self.plain.dismiss()

    @invariant()
    def agree(self) -> None:
        """Everything that is remembered is what the history says."""
        memory, plain = getattr(self, "memory", None), getattr(self, "plain", None)
        if memory is None:
            return
        assert memory.state == plain.shown
        assert memory.faulty_since == plain.bad_since
        assert memory.well_since == plain.good_since
        assert memory.last_evaluated_at == (plain.evaluated[-1] if plain.evaluated else None)
        ended = plain.standing == "closed" and not plain.quiet
        expected = (None, "closed") if ended or not plain.standing else (plain.standing,)
        assert memory.incident in expected
        if memory.incident == IncidentState.ACTIVE:
            assert memory.faulty_since is not None


Life.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLife = Life.TestCase
