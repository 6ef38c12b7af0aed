"""The tables of states: total, consistent, and left only by whom they name."""

from __future__ import annotations

import itertools

import pytest

from access.verdict import Allowed, WrongState
from diagnostics.remediation.reasons import REASONS, Reason, fits
from diagnostics.remediation.states import (
    ENDED,
    ITEM_ACT_TO,
    ITEM_ACTS,
    ITEM_MOVES,
    NOT_SENT,
    OPEN,
    WAVE_ACT_TO,
    WAVE_ACTS,
    WAVE_MOVES,
    Act,
    ItemState,
    Mover,
    WaveState,
    may_act,
    move,
)

BOTH = [(ItemState, ITEM_MOVES), (WaveState, WAVE_MOVES)]


@pytest.mark.parametrize(("states", "moves"), BOTH)
def test_table_names_every_state_and_every_move_has_a_mover(states, moves):
    assert set(moves) == set(states)
    assert all(movers for nexts in moves.values() for movers in nexts.values())


@pytest.mark.parametrize(("states", "moves"), BOTH)
def test_every_cell_moves_or_raises(states, moves):
    for now, to, by in itertools.product(states, states, Mover):
        if by in moves[now].get(to, ()):
            assert move(now, to, by) is to
        else:
            with pytest.raises(WrongState):
                move(now, to, by)


@pytest.mark.parametrize(("states", "moves"), BOTH)
def test_every_state_is_reached_from_the_first(states, moves):
    reached, ahead = set(), {next(iter(states))}
    while ahead:
        reached |= ahead
        ahead = {to for now in ahead for to in moves[now]} - reached
    assert reached == set(states)


def test_every_open_item_can_end_without_a_person():
    for state in OPEN:
        reached, ahead = set(), {state}
        while ahead:
            reached |= ahead
            ahead = {
                to for now in ahead for to, who in ITEM_MOVES[now].items() if Mover.SYSTEM in who
            } - reached
        assert reached & ENDED, state


def test_item_is_never_moved_to_a_state_of_a_wave():
    with pytest.raises(WrongState):
        move(ItemState.APPROVED, WaveState.RUNNING, Mover.SYSTEM)


def test_only_approvers_approve_and_requesters_never_do():
    assert ITEM_MOVES[ItemState.PROPOSED][ItemState.APPROVED] == {Mover.APPROVER, Mover.SYSTEM}
    assert WAVE_MOVES[WaveState.PLANNED][WaveState.APPROVED] == {Mover.APPROVER}
    assert WAVE_MOVES[WaveState.DONE] == {WaveState.ROLLING_BACK: frozenset({Mover.APPROVER})}


def test_what_the_device_has_taken_is_not_called_back():
    for state in (ItemState.ACKNOWLEDGED, ItemState.RUNNING, ItemState.VERIFYING):
        assert ItemState.CANCELLED not in ITEM_MOVES[state]
        assert ITEM_ACTS[state] == {}


def test_device_never_says_that_it_succeeded():
    for moves in ITEM_MOVES.values():
        assert Mover.DEVICE not in moves.get(ItemState.SUCCEEDED, ())


def test_nothing_sent_counts_as_not_sent():
    assert NOT_SENT < OPEN
    assert ItemState.DISPATCHED in OPEN - NOT_SENT


@pytest.mark.parametrize(
    ("acts", "leads", "moves"),
    [(ITEM_ACTS, ITEM_ACT_TO, ITEM_MOVES), (WAVE_ACTS, WAVE_ACT_TO, WAVE_MOVES)],
)
def test_acts_lead_where_the_table_allows_that_person_to_go(acts, leads, moves):
    assert set(acts) == set(moves)
    for state, offered in acts.items():
        for act, people in offered.items():
            assert people <= {Mover.REQUESTER, Mover.APPROVER}
            if act is not Act.RETRY:
                assert people <= moves[state][leads[act]]


def test_act_is_denied_to_the_wrong_person_and_stale_in_the_wrong_state():
    assert may_act(Act.CANCEL, ItemState.SCHEDULED, Mover.REQUESTER) == Allowed()
    mine = may_act(Act.APPROVE, ItemState.PROPOSED, Mover.REQUESTER)
    assert (mine.code, mine.stale) == ("not_yours", False)
    late = may_act(Act.APPROVE, ItemState.RUNNING, Mover.APPROVER)
    assert (late.code, late.stale) == ("state", True)
    assert not may_act(Act.RETRY, ItemState.SUCCEEDED, Mover.REQUESTER)
    assert may_act(Act.RETRY, ItemState.FAILED, Mover.REQUESTER)
    assert not may_act(Act.RESUME, WaveState.STOPPED, Mover.APPROVER)


def test_every_state_has_reasons_and_every_reason_a_state():
    assert set(REASONS) == set(ItemState)
    assert all(REASONS.values())
    assert set().union(*REASONS.values()) == set(Reason)
    assert fits(ItemState.SUCCEEDED, Reason.SUCCESS)
    assert not fits(ItemState.FAILED, Reason.SUCCESS)
