"""Votes written by hand, under a good context and round every rule."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from psycopg import errors

from access.models import Staff, Tenant
from access.scopes import Scope
from tests import acts
from tests.architecture.attack import REFUSED, Attacker
from tests.architecture.by_hand import (
    changed,
    context,
    grant_columns,
    insert,
    refused,
    vote_columns,
)

# There is always somebody who could say yes.
pytestmark = pytest.mark.usefixtures("bo", "bea")


def test_vote_by_hand_is_taken_when_it_is_honest(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    request = acts.ask(asha, tenant)
    with web.under(context(web, bo, tenant, "may_decide:", f"step_up:vote:{request.pk}")) as line:
        insert(line, "access_vote", **vote_columns(bo, request))
        insert(line, "access_grant", **grant_columns(request))


def test_vote_without_claim_or_second_factor_is_refused(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant, other_tenant: Tenant
) -> None:
    request = acts.ask(asha, tenant)
    factor = f"step_up:vote:{request.pk}"
    for claims in (
        (),
        ("may_decide:",),
        (factor,),
        ("may_ask:", factor),
        ("may_audit:", factor),
        (f"may_decide:{other_tenant.pk}", factor),
        ("may_decide:", f"step_up:vote:{uuid.uuid4()}"),
        ("may_decide:", f"step_up:start:{request.pk}"),
        ("may_decide", factor),
    ):
        token = context(web, bo, tenant, *claims)
        refused(web, token, "access_vote", **vote_columns(bo, request))


def test_vote_on_ones_own_request_is_refused(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    """By the account, and by a second account of the same person."""
    request = acts.ask(asha, tenant)
    claims = ("may_decide:", f"step_up:vote:{request.pk}")
    refused(web, context(web, asha, tenant, *claims), "access_vote", **vote_columns(asha, request))
    second = context(web, bo, tenant, *claims).but(person=asha.person_id)
    row = vote_columns(bo, request, voter_person_id=asha.person_id)
    refused(web, second, "access_vote", **row)


BAD_VOTES = [
    {"duration": timedelta(hours=2)},
    {"duration": timedelta(0)},
    {"scopes": ["inventory.view", "account.view"]},
    {"scopes": []},
    {"revision": 2},
    {"superseded": True},
    {"not_counted_because": "x"},
    {"voter_id": uuid.UUID(int=9)},
    {"voter_person_id": uuid.UUID(int=9)},
    {"request_id": uuid.UUID(int=9)},
    {"tenant_id": uuid.UUID(int=9)},
]


def test_vote_that_says_more_than_asked_is_refused(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    request = acts.ask(asha, tenant)
    token = context(web, bo, tenant, "may_decide:", f"step_up:vote:{request.pk}")
    for changes in BAD_VOTES:
        refused(web, token, "access_vote", **vote_columns(bo, request, **changes))


def test_second_vote_by_the_same_person_does_not_count_twice(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW, duration=timedelta(minutes=30))
    token = context(web, bo, tenant, "may_decide:", f"step_up:vote:{request.pk}")
    with pytest.raises(errors.UniqueViolation), web.under(token) as line:
        insert(line, "access_vote", **vote_columns(bo, request))
        insert(line, "access_vote", **vote_columns(bo, request))
    with pytest.raises(REFUSED, match="votes it needs"), web.under(token) as line:
        insert(line, "access_vote", **vote_columns(bo, request))
        line.execute("update access_vote set superseded = true")
        insert(line, "access_vote", **vote_columns(bo, request))
        insert(line, "access_grant", **grant_columns(request))


REWRITES = [
    "superseded = true",
    "not_counted_because = 'I say so'",
    "decision = 'deny'",
    "duration = interval '8 hours'",
    "voter_groups = array['security']",
    "voter_label = 'Somebody'",
]


def test_vote_of_another_cannot_be_taken_back_or_changed(
    web: Attacker, asha: Staff, bo: Staff, dana: Staff, tenant: Tenant
) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW, duration=timedelta(minutes=30))
    acts.vote(bo, tenant, request)
    for by, claims in (
        (asha, ("may_ask:",)),
        (asha, ("may_ask:", "may_decide:")),
        (dana, ("may_audit:",)),
    ):
        assert changed(web, context(web, by, tenant, *claims), "access_vote", REWRITES) == []


def test_own_vote_is_not_rewritten(web: Attacker, asha: Staff, bo: Staff, tenant: Tenant) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW, duration=timedelta(minutes=30))
    acts.vote(bo, tenant, request)
    token = context(web, bo, tenant, "may_decide:", f"step_up:vote:{request.pk}")
    for change in (
        "decision = 'deny'",
        "duration = duration - interval '1 minute'",
        "revision = 2",
        "voted_at = now() - interval '1 day'",
        "request_id = gen_random_uuid()",
    ):
        with pytest.raises(REFUSED), web.under(token) as line:
            line.execute(f"update access_vote set {change}")
    with pytest.raises(REFUSED), web.under(token) as line:
        line.execute("update access_vote set superseded = true")
        line.execute("update access_vote set superseded = false")
