"""The life of a signal, step by step: the published numbers, and what people do to it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from rooms.health.life import (
    EVERY,
    Move,
    Pace,
    SignalMemory,
    counted,
    dismissed,
    follow,
    held_codes,
    hurried,
    lost,
    paces,
    resolved_by_hand,
    step,
)
from rooms.signals import SIGNALS, DeviceType, Watch
from rooms.signals.read import ELSEWHERE, read_all
from rooms.signals.reading import Reading, Value
from rooms.states import DeviceState, IncidentState, Severity, SignalStatus
from tests.rooms.signals.reports import report

START = datetime(2026, 11, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WELL, ILL, UNTOLD = (Reading("network", value, ".") for value in Value)
AT_ONCE = Pace.of(Watch(Severity.WARNING, 5, 0), MINUTE)
WATCHED = Pace.of(Watch(Severity.CRITICAL, 5, 30), MINUTE)


def run(pace: Pace, *told: tuple[float, Reading], held: bool = False) -> tuple[SignalMemory, str]:
    """The memory after readings at these minutes, and all the moves in words."""
    memory, said = None, []
    for minutes, reading in told:
        memory, moves = step(memory, reading, START + minutes * MINUTE, pace, held=held)
        said += [f"{move}@{minutes:g}" for move in moves]
    assert memory is not None
    return memory, " ".join(said)


def every_five(reading: Reading, first: int, last: int) -> list[tuple[float, Reading]]:
    """The same reading every five minutes."""
    return [(minutes, reading) for minutes in range(first, last + 1, 5)]


def test_fault_is_watched_before_it_counts():
    memory, moves = run(WATCHED, (0, WELL), *every_five(ILL, 5, 30))
    assert moves == "watching@5"
    assert memory.state == SignalStatus.WATCHING
    assert memory.watching_since == START + 5 * MINUTE
    assert memory.incident is None


def test_fault_that_outlasts_the_watch_opens_an_incident():
    memory, moves = run(WATCHED, (0, WELL), *every_five(ILL, 5, 60))
    assert moves == "watching@5 activated@35"
    assert (memory.state, memory.incident) == (SignalStatus.UNHEALTHY, IncidentState.ACTIVE)
    assert memory.since == START + 35 * MINUTE
    assert memory.watching_since is None


def test_fault_that_goes_away_in_time_opens_none():
    _, moves = run(WATCHED, *every_five(ILL, 0, 25), (30, WELL), *every_five(ILL, 35, 60))
    assert moves == "watching@0 cleared@30 watching@35"


def test_without_a_watch_a_fault_counts_at_once():
    assert run(AT_ONCE, (0, ILL))[1] == "activated@0"


def test_signal_is_not_read_between_polls():
    slow = Pace.of(Watch(Severity.WARNING, 120, 0), MINUTE)
    memory, moves = run(slow, (0, WELL), *every_five(ILL, 5, 115))
    assert moves == ""
    assert memory.last_evaluated_at == START
    assert memory.next_evaluation_at == START + 120 * MINUTE
    assert run(slow, (0, WELL), *every_five(ILL, 5, 120))[1] == "activated@120"


def test_report_that_is_a_little_early_is_on_time():
    memory, _ = run(AT_ONCE, (0, WELL), (4.6, WELL), (9.3, WELL))
    assert memory.last_evaluated_at == START + 9.3 * MINUTE


def test_end_of_the_watch_comes_before_the_next_poll():
    disk = Pace.of(Watch(Severity.IMPORTANT, 120, 15), MINUTE)
    memory, _ = run(disk, (0, ILL))
    assert memory.next_evaluation_at == START + 15 * MINUTE
    memory, moves = run(disk, *every_five(ILL, 0, 20))
    assert moves == "watching@0 activated@15"
    assert memory.next_evaluation_at == START + 135 * MINUTE


def test_healthy_again_resolves_by_itself():
    memory, moves = run(AT_ONCE, (0, ILL), (5, WELL))
    assert moves == "activated@0 resolved@5"
    assert (memory.state, memory.incident) == (SignalStatus.HEALTHY, IncidentState.RESOLVED)


def in_days(*told: tuple[float, Reading]) -> str:
    """The moves of readings at these days."""
    return run(AT_ONCE, *((days * 1440, reading) for days, reading in told))[1].split()[-1]


def test_seven_healthy_days_close():
    assert in_days((0, ILL), (1, WELL), (7.999, WELL)) == "resolved@1440"
    assert in_days((0, ILL), (1, WELL), (8, WELL)) == "closed@11520"


def test_relapse_within_seven_days_is_the_same_incident():
    assert in_days((0, ILL), (1, WELL), (7.9, ILL)) == "reopened@11376"


def test_relapse_begins_the_seven_days_again():
    last = in_days((0, ILL), (1, WELL), (6, ILL), (7, WELL), (8, WELL), (13.9, WELL))
    assert last == "resolved@10080"


def test_fault_after_closing_is_a_new_incident():
    assert in_days((0, ILL), (1, WELL), (8, WELL), (9, ILL)) == "activated@12960"


def test_days_are_not_healthy_while_nobody_knows():
    assert in_days((0, ILL), (1, WELL), (4, UNTOLD), (5, WELL), (11, WELL)) == "resolved@1440"
    assert in_days((0, ILL), (1, WELL), (4, UNTOLD), (5, WELL), (12, WELL)) == "closed@17280"


def test_unknown_shows_and_changes_nothing_else():
    memory, _ = run(AT_ONCE, (0, ILL), (5, UNTOLD))
    assert (memory.state, memory.incident) == (SignalStatus.UNKNOWN, IncidentState.ACTIVE)
    after, more = step(memory, ILL, START + 10 * MINUTE, AT_ONCE)
    assert (after.state, more) == (SignalStatus.UNHEALTHY, ())


def test_watch_goes_on_behind_the_unknown():
    _, moves = run(WATCHED, (0, ILL), (10, UNTOLD), (20, UNTOLD), (30, ILL))
    assert moves == "watching@0 activated@30"


def test_unknown_never_activates():
    assert run(WATCHED, (0, ILL), *every_five(UNTOLD, 5, 300))[1] == "watching@0"


def test_suppression_keeps_quiet_and_its_end_raises():
    memory, moves = run(AT_ONCE, (0, ILL), (5, ILL), held=True)
    assert (memory.state, memory.incident, moves) == (SignalStatus.UNHEALTHY, None, "")
    _, moves = step(memory, ILL, START + 10 * MINUTE, AT_ONCE)
    assert moves == (Move.ACTIVATED,)


def test_suppression_does_not_keep_an_incident_from_resolving():
    memory, _ = run(AT_ONCE, (0, ILL))
    assert step(memory, WELL, START + 5 * MINUTE, AT_ONCE, held=True).moves == (Move.RESOLVED,)


def test_suppression_keeps_a_resolved_incident_from_coming_back():
    memory, _ = run(AT_ONCE, (0, ILL), (5, WELL))
    memory, moves = step(memory, ILL, START + 10 * MINUTE, AT_ONCE, held=True)
    assert (memory.incident, moves) == (IncidentState.RESOLVED, ())


def test_silence_shows_as_unknown_and_the_next_report_is_read():
    slow = Pace.of(Watch(Severity.WARNING, 120, 0), MINUTE)
    memory, _ = run(slow, (0, WELL))
    memory = lost(memory, START + 61 * MINUTE)
    assert (memory.state, memory.since) == (SignalStatus.UNKNOWN, START + 61 * MINUTE)
    assert lost(memory, START + 90 * MINUTE) == memory
    memory, _ = step(memory, WELL, START + 62 * MINUTE, slow)
    assert memory.state == SignalStatus.HEALTHY


def test_enrolled_device_is_read_with_the_next_report():
    slow = Pace.of(Watch(Severity.WARNING, 120, 0), MINUTE)
    memory, _ = run(slow, (0, ILL), held=True)
    assert step(hurried(memory), ILL, START + 5 * MINUTE, slow).moves == (Move.ACTIVATED,)


def test_false_alarm_stays_quiet_until_it_was_well_once():
    memory = dismissed(run(AT_ONCE, (0, ILL))[0])
    memory, moves = step(memory, ILL, START + 5 * MINUTE, AT_ONCE)
    assert (memory.state, moves) == (SignalStatus.UNHEALTHY, ())
    memory, moves = step(memory, WELL, START + 10 * MINUTE, AT_ONCE)
    assert moves == (Move.CLEARED,)
    assert step(memory, ILL, START + 15 * MINUTE, AT_ONCE).moves == (Move.ACTIVATED,)


def test_what_a_person_resolved_comes_back_only_after_a_watch():
    memory, _ = run(WATCHED, *every_five(ILL, 0, 30))
    memory = resolved_by_hand(memory, START + 31 * MINUTE)
    assert memory.state == SignalStatus.UNKNOWN
    memory, moves = step(memory, ILL, START + 32 * MINUTE, WATCHED)
    assert (memory.incident, moves) == (IncidentState.RESOLVED, (Move.WATCHING,))
    assert step(memory, ILL, START + 62 * MINUTE, WATCHED).moves == (Move.REOPENED,)


def test_plain_text_of_a_table_does_as_well_as_the_words_of_states():
    memory, _ = run(AT_ONCE, (0, ILL))
    stored = memory._replace(state="unhealthy", incident="active")
    for reading in (WELL, ILL, UNTOLD):
        at = START + 5 * MINUTE
        assert step(stored, reading, at, AT_ONCE) == step(memory, reading, at, AT_ONCE)


@pytest.mark.parametrize(
    ("state", "closed", "faulty", "expected"),
    [
        (None, None, None, None),
        ("active", None, START, "active"),
        ("resolved", None, None, "resolved"),
        ("closed", START + DAY, START, "closed"),
        ("closed", START, START + DAY, None),
        ("closed", START, None, None),
    ],
)
def test_closed_incident_counts_only_during_the_fault_in_which_it_was_closed(
    state, closed, faulty, expected
):
    assert counted(state, closed, faulty) == expected


WHOLE = [
    (code, device)
    for code, signal in SIGNALS.items()
    for device in signal.on
    if code not in ELSEWHERE
]


@pytest.mark.parametrize(("code", "device"), WHOLE)
def test_no_fault_shows_later_than_the_published_latency(code, device):
    """The fault begins right after a poll; reports come every five minutes, more or less."""
    chance, pace = random.Random(code), paces(device, MINUTE)[code]
    memory, now, shown = None, START, None
    while shown is None:
        reading = Reading(code, Value.HEALTHY if now == START else Value.UNHEALTHY, ".")
        memory, moves = step(memory, reading, now, pace)
        if moves in ((Move.ACTIVATED,), (Move.REOPENED,)):
            shown = now
        now += chance.uniform(4.6, 5.4) * MINUTE
    # each of the two moments, the poll and the end of the watch, may miss a report by one
    late = shown - START - SIGNALS[code].on[device].latency * MINUTE
    assert late <= 2 * 5.4 * MINUTE
    assert late >= -MINUTE


def test_silence_has_no_pace_of_its_own():
    windows = paces(DeviceType.WINDOWS, MINUTE)
    for code in ("monitoring", "offline"):
        assert windows[code].poll == windows[code].watch == timedelta()


def test_pace_follows_the_length_of_a_minute():
    quick = paces(DeviceType.WINDOWS, timedelta(seconds=1))["calendar_sync"]
    assert (quick.poll, quick.watch) == (timedelta(seconds=5), timedelta(seconds=30))
    assert quick.close == timedelta(seconds=7 * 24 * 60)


@pytest.mark.parametrize(
    ("state", "minutes", "expected"),
    [
        (DeviceState.MONITORED, 0, {"network", "speaker"}),
        (DeviceState.MONITORED, 59, {"network", "speaker"}),
        (DeviceState.MONITORED, 60, {"speaker"}),
        (DeviceState.MONITORED, -1, set()),
        (DeviceState.ONBOARDING, 0, {EVERY}),
        (DeviceState.UNENROLLED, 0, {EVERY}),
    ],
)
def test_what_is_held(state, minutes, expected):
    spans = [("network", START, START + 60 * MINUTE), ("speaker", START, START + DAY)]
    assert held_codes(state, spans, START + minutes * MINUTE) == expected


FAULTY = {"app": {"running": False, "internet": "limited"}, "system": {"bluetooth_on": False}}


def test_report_moves_all_signals_that_are_due():
    memories, pace = {}, paces(DeviceType.WINDOWS, MINUTE)
    moves = {}
    for minutes in range(0, 75, 5):
        readings = read_all(report(FAULTY), DeviceType.WINDOWS, known=memories)
        for one in follow(memories, readings, START + minutes * MINUTE, pace):
            memories[one.reading.key] = one.memory
            moves |= {(one.reading.code, move): minutes for move in one.moves}
    assert moves == {
        ("network", Move.ACTIVATED): 0,
        ("bluetooth", Move.ACTIVATED): 0,
        ("app_heartbeat", Move.WATCHING): 0,
        ("app_heartbeat", Move.ACTIVATED): 60,
    }


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (frozenset(), {"network", "bluetooth"}),
        (frozenset({"network"}), {"bluetooth"}),
        (frozenset({EVERY}), set()),
    ],
)
def test_held_signals_raise_nothing(held, expected):
    readings = read_all(report(FAULTY), DeviceType.WINDOWS)
    evaluated = follow({}, readings, START, paces(DeviceType.WINDOWS, MINUTE), held)
    raised = {one.reading.code for one in evaluated if Move.ACTIVATED in one.moves}
    assert raised == expected
    assert len(evaluated) == len(readings)


def test_reports_in_any_order_end_as_the_newest_of_them():
    """What comes too late changes nothing, so only those count that were the newest so far."""
    chance, pace = random.Random(7), paces(DeviceType.WINDOWS, MINUTE)
    minutes = [chance.randrange(2000) for _ in range(200)]
    told = {m: chance.choice((WELL, ILL, UNTOLD)) for m in minutes}
    newest = [m for place, m in enumerate(minutes) if m > max(minutes[:place], default=-1)]

    def after(order: list[int]) -> dict[tuple[str, str], SignalMemory]:
        memories: dict[tuple[str, str], SignalMemory] = {}
        for m in order:
            for one in follow(memories, [told[m]], START + m * MINUTE, pace):
                memories[one.reading.key] = one.memory
        return memories

    assert after(minutes) == after(newest) == after([m for m in newest for _ in range(2)])
