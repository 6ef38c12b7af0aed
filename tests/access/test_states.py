"""Every cell of state, act and actor: who may do what is one table, total and disjoint."""

from __future__ import annotations

import itertools

import pytest
from django.db import ProgrammingError
from django.utils import timezone

from access import policy, relations, rules
from access.models import AccessRequest, Grant
from access.personnel import Personnel
from access.states import (
    GRANT_MOVES,
    PENDING,
    REQUEST_MOVES,
    GrantState,
    Owner,
    RequestState,
    may_move_grant,
    may_move_request,
)
from tests.acts import approved, ask, entered

FINAL_REQUESTS = set(RequestState) - PENDING
FINAL_GRANTS = {state for state, moves in GRANT_MOVES.items() if not moves}


def test_tables_name_every_state_14():
    assert set(REQUEST_MOVES) == set(RequestState)
    assert set(GRANT_MOVES) == set(GrantState)


def test_final_states_are_left_by_nobody_20():
    for state, to, owner in itertools.product(FINAL_REQUESTS, RequestState, Owner):
        assert not may_move_request(state, to, owner)
    for state, to, owner in itertools.product(FINAL_GRANTS, GrantState, Owner):
        assert not may_move_grant(state, to, owner)


def test_only_the_requester_takes_back_and_only_approvers_decide_14():
    for state in PENDING:
        moves = REQUEST_MOVES[state]
        assert moves[RequestState.WITHDRAWN] == {Owner.REQUESTER}
        assert moves[RequestState.DENIED] == {Owner.APPROVER}
        assert moves.get(RequestState.APPROVED, {Owner.APPROVER}) == {Owner.APPROVER}
        assert moves[RequestState.LAPSED] == {Owner.SYSTEM}


# What each person may do while the request stands in a pending state; nothing once it is final.
MAY = {
    "asha": {"withdraw", "change"},
    "bo": {"decide"},
    "casey": set(),
    "dana": set(),
}


@pytest.mark.parametrize("state", list(RequestState))
def test_every_cell_14(tenant, asha, bo, casey, dana, state):
    request = ask(asha, tenant)
    request.state = state
    at, in_force = timezone.now(), policy.current()
    for person in (asha, bo, casey, dana):
        verdicts = {
            "withdraw": rules.may_withdraw(person, request, at),
            "change": rules.may_change(person, request, at),
            "answer": rules.may_answer(person, request, at),
            "decide": rules.may_decide(
                person=Personnel.of(person),
                relations=relations.of(person),
                policy=in_force,
                request=request,
                tenant=tenant,
                at=at,
            ),
        }
        expected = set(MAY[person.name.lower()]) if state in PENDING else set()
        if person == asha and state == RequestState.QUESTION_ASKED:
            expected |= {"answer"}
        assert {act for act, verdict in verdicts.items() if verdict} == expected, person.name


@pytest.mark.parametrize("state", [s for s in RequestState if s not in PENDING])
def test_who_may_not_act_does_not_learn_the_state_15(tenant, asha, bo, casey, state):
    request = ask(asha, tenant)
    request.state = state
    assert rules.may_withdraw(casey, request, timezone.now()).code == "not_requester"


@pytest.mark.parametrize("to", [s for s in RequestState if s != RequestState.SUBMITTED])
def test_database_refuses_a_requester_who_writes_the_state_02(tenant, asha, bo, to):
    """The requester's own connection, with everything a requester can claim."""
    request = ask(asha, tenant)
    if to == RequestState.WITHDRAWN:
        return
    with entered(asha, tenant):
        try:
            AccessRequest.objects.filter(pk=request.pk).update(state=to)
        except ProgrammingError:
            return
        # Moving one's own request back and forth within review opens nothing.
        assert to in PENDING


@pytest.mark.parametrize("to", [GrantState.ACTIVE, GrantState.ENDED, GrantState.LAPSED])
def test_database_refuses_a_grant_that_jumps_02(tenant, asha, bo, to):
    grant = approved(asha, tenant, [bo])
    with pytest.raises(ProgrammingError), entered(asha, tenant):
        Grant.objects.filter(pk=grant.pk).update(state=to)
