"""Grants written by hand, under a good context and round every rule."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from access.models import AccessRequest, Staff, Tenant
from access.scopes import Scope
from tests import acts
from tests.architecture.attack import REFUSED, Attacker
from tests.architecture.by_hand import (
    HOUR,
    changed,
    context,
    grant_columns,
    insert,
    now,
    refused,
    unchanged,
    vote_columns,
)
from tests.architecture.conftest import Connect

# There is always somebody who could say yes.
pytestmark = pytest.mark.usefixtures("bo", "bea")


def test_grant_without_votes_is_refused(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    request = acts.ask(asha, tenant)
    for by, claims in (
        (asha, ("may_ask:",)),
        (asha, ("may_ask:", "may_decide:")),
        (bo, ("may_decide:", f"step_up:vote:{request.pk}")),
        (bo, ("stop",)),
    ):
        token = context(web, by, tenant, *claims)
        refused(web, token, "access_grant", **grant_columns(request))


def test_grant_on_one_of_two_votes_is_refused(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW, duration=timedelta(minutes=30))
    request = acts.vote(bo, tenant, request)
    token = context(web, bo, tenant, "may_decide:")
    refused(web, token, "access_grant", **grant_columns(request))


BAD_GRANTS = [
    {"duration": timedelta(hours=1, microseconds=1)},
    {"duration": timedelta(0)},
    {"scopes": ["inventory.view", "health.view"]},
    {"scopes": ["account.view"]},
    {"holder_id": uuid.UUID(int=3)},
    {"holder_person_id": uuid.UUID(int=3)},
    {"holder_label": "Somebody else"},
    {"tenant_reference": "TN-OTHER"},
    {"request_reference": "AR-OTHER"},
    {"whole_tenant": False, "room_ids": [uuid.UUID(int=4)], "room_references": ["RM-1001"]},
    {"purpose": "fulfil"},
    {"state": "active", "starts_at": now(), "ends_at": now() + HOUR},
    {"starts_at": now(), "ends_at": now() + timedelta(days=9)},
    {"ends_at": now() + timedelta(days=9)},
    {"claim_by": now() + timedelta(days=2)},
    {"claim_by": now() - timedelta(days=2)},
    {"not_before": now() + timedelta(days=2)},
    {"closed_at": now()},
    {"request_id": uuid.UUID(int=3)},
    {"tenant_id": uuid.UUID(int=3)},
]


def test_grant_that_is_wider_longer_or_anothers_is_refused(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    request = acts.ask(asha, tenant)
    token = context(web, bo, tenant, "may_decide:", f"step_up:vote:{request.pk}")
    for changes in BAD_GRANTS:
        with pytest.raises(REFUSED), web.under(token) as line:
            insert(line, "access_vote", **vote_columns(bo, request))
            insert(line, "access_grant", **grant_columns(request, **changes))


def test_grant_beyond_what_the_approver_agreed_to_is_refused(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    request = acts.ask(asha, tenant, Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW)
    token = context(web, bo, tenant, "may_decide:", f"step_up:vote:{request.pk}")
    narrow = {"scopes": ["inventory.view"], "duration": HOUR / 2}
    for changes in ({"scopes": ["health.view"]}, {"duration": HOUR}, {"scopes": request.scopes}):
        with pytest.raises(REFUSED), web.under(token) as line:
            insert(line, "access_vote", **vote_columns(bo, request, **narrow))
            insert(line, "access_grant", **grant_columns(request, **{**narrow, **changes}))


def test_grant_on_a_decided_request_is_refused(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    """An approval is used once: no second grant, also not when the first has ended."""
    acts.granted(asha, tenant, [bo])
    with acts.entered(asha, tenant):
        request = AccessRequest.objects.get()
    token = context(web, bo, tenant, "may_decide:")
    refused(web, token, "access_grant", **grant_columns(request))


WIDER = [
    "ends_at = ends_at + interval '1 microsecond'",
    "ends_at = 'infinity'",
    "ends_at = null",
    "starts_at = starts_at - interval '1 hour'",
    "starts_at = null, ends_at = null",
    "duration = interval '8 hours'",
    "scopes = scopes || array['account.view']::varchar[]",
    "holder_id = gen_random_uuid()",
    "holder_person_id = gen_random_uuid()",
    "holder_label = 'Bo'",
    "tenant_id = gen_random_uuid()",
    "room_references = array['RM-1']",
    "claim_by = claim_by + interval '1 day'",
    "policy_version = 2",
    "request_id = gen_random_uuid()",
    "created_at = now()",
    "state = 'ready'",
    "state = 'ended'",
    "state = 'lapsed'",
    "state = 'suspended', ends_at = ends_at + interval '1 hour'",
    "close_reason = 'x'",
    "closed_at = now()",
]


def test_grant_in_use_is_not_made_longer_or_wider_63(
    web: Attacker, asha: Staff, bo: Staff, dana: Staff, tenant: Tenant
) -> None:
    grant = acts.granted(asha, tenant, [bo])
    for by, claims in (
        (asha, ("may_ask:", f"step_up:start:{grant.pk}")),
        (bo, ("may_decide:", f"step_up:revoke:{grant.pk}", "stop")),
        (dana, ("may_audit:",)),
    ):
        assert changed(web, context(web, by, tenant, *claims), "access_grant", WIDER) == []


BAD_STARTS = [
    "state = 'active', starts_at = now() - interval '1 day', ends_at = now() + interval '1 day'",
    "state = 'active'",
    "starts_at = now() - interval '1 hour', ends_at = now() + interval '9 hours'",
    "ends_at = now() + interval '9 hours'",
]


def test_ready_grant_is_not_started_round_the_second_factor(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    acts.approved(asha, tenant, [bo])
    for claims in (("may_ask:",), ("may_ask:", f"step_up:start:{uuid.uuid4()}")):
        assert changed(web, context(web, asha, tenant, *claims), "access_grant", BAD_STARTS) == []


def test_start_by_hand_gets_the_databases_times_and_no_more(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    grant = acts.approved(asha, tenant, [bo])
    with web.under(context(web, asha, tenant, f"step_up:start:{grant.pk}")) as line:
        line.execute(
            "update access_grant set state = 'active', starts_at = now() - interval '1 day',"
            " ends_at = now() + interval '1 year'"
        )
        starts, ends = line.execute("select starts_at, ends_at from access_grant").fetchone()
    assert abs(starts - now()) < timedelta(minutes=1)
    assert ends - starts == grant.duration


def test_grant_of_another_is_not_ended_without_claim_and_second_factor(
    web: Attacker, asha: Staff, bo: Staff, eli: Staff, dana: Staff, tenant: Tenant
) -> None:
    grant = acts.granted(asha, tenant, [bo])
    for by, claims in (
        (eli, ("may_ask:",)),
        (dana, ("may_audit:",)),
        (bo, ("may_decide:",)),
        (bo, ("may_decide:", f"step_up:revoke:{uuid.uuid4()}")),
        (bo, (f"step_up:revoke:{grant.pk}", "stop")),
    ):
        for state in ("revoked", "returned", "suspended"):
            token = context(web, by, tenant, *claims)
            unchanged(web, token, "update access_grant set state = %s", state)


def test_end_names_who_ended_it(web: Attacker, asha: Staff, bo: Staff, tenant: Tenant) -> None:
    acts.granted(asha, tenant, [bo])
    with web.under(context(web, asha, tenant)) as line:
        line.execute("update access_grant set state = 'returned', closed_by_id = %s", [bo.pk])
        assert line.execute("select closed_by_id from access_grant").fetchone() == (asha.pk,)


def test_worker_writes_labels_that_the_clock_has_decided_and_no_other(
    connect: Connect, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    acts.granted(asha, tenant, [bo])
    acts.ask(asha, tenant, Scope.HEALTH_VIEW)
    worker = connect("rooms_worker", "eu")
    for state in ("ended", "revoked", "suspended", "returned", "lapsed", "ready"):
        with pytest.raises(REFUSED):
            worker.line.execute("update access_grant set state = %s", [state])
    for state in ("approved", "denied", "withdrawn", "lapsed", "in_review"):
        with pytest.raises(REFUSED):
            worker.line.execute(
                "update access_accessrequest set state = %s where state = 'submitted'", [state]
            )
    for change in ("ends_at = now()", "scopes = '{}'", "holder_id = gen_random_uuid()"):
        with pytest.raises(REFUSED):
            worker.line.execute(f"update access_grant set {change}")
    with pytest.raises(REFUSED):
        worker.line.execute("insert into access_grant default values")
