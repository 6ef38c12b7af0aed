"""Requests, votes, grants and stops written by hand, under a good context and round every rule."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from access.models import AccessRequest, Grant, Staff, Tenant
from access.references import room_key
from access.scopes import Scope
from tests import acts
from tests.architecture import canaries
from tests.architecture.attack import NO_CONTEXT, REFUSED, Attacker, Token
from tests.architecture.conftest import Connect

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def deciders(bo: Staff, bea: Staff) -> list[Staff]:
    """There is always somebody who could say yes."""
    return [bo, bea]


def now() -> datetime:
    """The time of this machine, which is the database's too."""
    return datetime.now(UTC)


def insert(line: psycopg.Connection, table: str, **row: Any) -> None:
    """Put one row in, as it is."""
    values = [Jsonb(value) if isinstance(value, dict) else value for value in row.values()]
    line.execute(
        f"insert into {table} ({', '.join(row)}) values ({', '.join(['%s'] * len(row))})", values
    )


def request_columns(by: Staff, tenant: Tenant, **changes: Any) -> dict[str, Any]:
    """A request as the application would write it."""
    return {
        "id": uuid.uuid4(),
        "tenant_id": tenant.pk,
        "tenant_reference": tenant.reference,
        "reference": f"AR-{uuid.uuid4().hex[:6].upper()}",
        "requester_id": by.pk,
        "requester_person_id": by.person_id,
        "requester_label": by.name,
        "scopes": ["inventory.view"],
        "whole_tenant": True,
        "room_ids": [],
        "room_references": [],
        "purpose": "mitigate",
        "reason": "INC-1",
        "incident_reference": "",
        "duration": HOUR,
        "revision": 1,
        "version": 1,
        "state": "submitted",
        "policy_version": 1,
        "votes_needed": 1,
        "created_at": now(),
        "lapses_at": now() + HOUR,
        **changes,
    }


def vote_columns(by: Staff, request: AccessRequest, **changes: Any) -> dict[str, Any]:
    """An approval as the application would write it."""
    return {
        "id": uuid.uuid4(),
        "tenant_id": request.tenant_id,
        "request_id": request.pk,
        "revision": request.revision,
        "voter_id": by.pk,
        "voter_person_id": by.person_id,
        "voter_label": by.name,
        "voter_groups": [],
        "decision": "approve",
        "scopes": request.scopes,
        "duration": request.duration,
        "reason": "",
        "step_up_method": "totp",
        "voted_at": now(),
        "superseded": False,
        "not_counted_because": "",
        **changes,
    }


def grant_columns(request: AccessRequest, **changes: Any) -> dict[str, Any]:
    """A grant as the application would write it."""
    return {
        "id": uuid.uuid4(),
        "tenant_id": request.tenant_id,
        "tenant_reference": request.tenant_reference,
        "reference": f"GR-{uuid.uuid4().hex[:6].upper()}",
        "request_id": request.pk,
        "request_reference": request.reference,
        "holder_id": request.requester_id,
        "holder_person_id": request.requester_person_id,
        "holder_label": request.requester_label,
        "scopes": request.scopes,
        "whole_tenant": request.whole_tenant,
        "room_ids": request.room_ids,
        "room_references": request.room_references,
        "purpose": request.purpose,
        "duration": request.duration,
        "claim_by": now() + HOUR,
        "state": "ready",
        "closed_by_label": "",
        "close_reason": "",
        "policy_version": 1,
        "created_at": now(),
        **changes,
    }


def context(web: Attacker, by: Staff, tenant: Tenant, *claims: str) -> Token:
    """A good context of that person with these claims about the tenant; `:` alone stands for it."""
    said = [f"{claim}{tenant.pk}" if claim.endswith(":") else claim for claim in claims]
    return canaries.token_of(by, tenant, web.pid, None, claims=tuple(said))


def changed(web: Attacker, token: Token, table: str, changes: list[str]) -> list[str]:
    """The changes of the rows in sight that were not refused."""
    statements = [f"update {table} set {change}" for change in changes]
    return web.survivors(statements, token)


def refused(web: Attacker, token: Token, table: str, **row: Any) -> None:
    """The row is refused by the lock, and by nothing else."""
    with pytest.raises(REFUSED), web.under(token) as line:
        insert(line, table, **row)


def unchanged(web: Attacker, token: Token, statement: str, *values: object) -> None:
    """The statement is refused, or finds no row to change."""
    try:
        with web.under(token) as line:
            assert line.execute(statement, values).rowcount == 0, statement
    except REFUSED:
        pass


# -- Requests -------------------------------------------------------------------------------------


def test_request_by_hand_is_taken_when_it_is_honest(
    web: Attacker, asha: Staff, tenant: Tenant
) -> None:
    """So that the refusals below are about what they change, and nothing else."""
    with web.under(context(web, asha, tenant, "may_ask:")) as line:
        insert(line, "access_accessrequest", **request_columns(asha, tenant))


BAD_REQUESTS = [
    {"state": "approved"},
    {"state": "in_review"},
    {"revision": 2},
    {"decided_at": datetime(2026, 1, 1, tzinfo=UTC)},
    {"scopes": ["no.such.scope"]},
    {"scopes": ["inventory.view", "no.such.scope"]},
    {"scopes": ["remediate.restart"]},
    {"duration": timedelta(hours=8, microseconds=1)},
    {"duration": timedelta(0)},
    {"duration": timedelta(hours=-1)},
    {"scopes": ["inventory.view", "activity.view"], "duration": timedelta(hours=3)},
    {"lapses_at": datetime(2099, 1, 1, tzinfo=UTC)},
    {"requester_id": uuid.UUID(int=5)},
    {"requester_person_id": uuid.UUID(int=5)},
    {"tenant_id": uuid.UUID(int=5)},
    {
        "whole_tenant": False,
        "room_ids": [uuid.UUID(int=1), uuid.UUID(int=2)],
        "room_references": ["RM-1001"],
    },
]


def test_request_by_hand_is_refused(web: Attacker, asha: Staff, tenant: Tenant) -> None:
    token = context(web, asha, tenant, "may_ask:")
    for changes in BAD_REQUESTS:
        refused(web, token, "access_accessrequest", **request_columns(asha, tenant, **changes))


def test_request_whose_references_hide_other_rooms_is_refused(
    web: Attacker, asha: Staff, tenant: Tenant
) -> None:
    """What approvers read is RM-1001; what the lock would compare is another room's key."""
    token, narrow = context(web, asha, tenant, "may_ask:"), {"whole_tenant": False}
    named = {"room_references": ["RM-1001", "RM-1002"]}
    keys = [room_key(tenant.pk, reference) for reference in named["room_references"]]
    for room_ids in ([keys[0]], [keys[1], keys[0]], [keys[0], uuid.uuid4()], [*keys, uuid.uuid4()]):
        row = request_columns(asha, tenant, **narrow, **named, room_ids=room_ids)
        refused(web, token, "access_accessrequest", **row)
    with web.under(token) as line:
        row = request_columns(asha, tenant, **narrow, **named, room_ids=keys)
        insert(line, "access_accessrequest", **row)


def test_database_derives_the_same_keys_of_rooms_as_the_application(superuser: dict) -> None:
    for reference in ("", "RM-1", "RM-48213", "é", "x" * 23, "x" * 38, "x" * 39, "x" * 40, "x" * 200):
        for tenant in (uuid.UUID(int=0), uuid.uuid4(), uuid.UUID(int=2**128 - 1)):
            found = superuser["eu"].execute("select lock.room_key(%s, %s)", [tenant, reference])
            assert found.fetchone() == (room_key(tenant, reference),)


def test_request_without_the_relation_is_refused(
    web: Attacker, asha: Staff, tenant: Tenant
) -> None:
    for claims in ((), ("may_decide:",), (f"may_ask:{uuid.uuid4()}",), ("stop",)):
        token = context(web, asha, tenant, *claims)
        refused(web, token, "access_accessrequest", **request_columns(asha, tenant))


def test_request_needs_no_fewer_votes_than_its_scopes(
    web: Attacker, asha: Staff, tenant: Tenant
) -> None:
    row = request_columns(
        asha, tenant, scopes=["activity.view"], votes_needed=0, duration=timedelta(minutes=30)
    )
    with web.under(context(web, asha, tenant, "may_ask:")) as line:
        insert(line, "access_accessrequest", **row)
        found = line.execute("select votes_needed from access_accessrequest").fetchall()
    assert found == [(2,)]


BAD_CHANGES = [
    "state = 'approved'",
    "state = 'denied'",
    "state = 'void'",
    "state = 'lapsed'",
    "scopes = array['account.view']",
    "duration = interval '8 hours'",
    "reason = 'another reason'",
    "revision = revision + 2, reason = 'x'",
    "revision = revision + 1, lapses_at = lapses_at + interval '1 year', reason = 'x'",
    "lapses_at = lapses_at + interval '1 minute'",
    "requester_id = gen_random_uuid()",
    "requester_person_id = gen_random_uuid()",
    "requester_label = 'Bo'",
    "tenant_reference = 'TN-OTHER'",
    "reference = 'AR-OTHER'",
    "created_at = created_at - interval '1 day'",
    "decided_at = now()",
    "votes_needed = 0",
    "policy_version = 9",
    "version = version + 100",
    "version = version - 1",
    "incident_reference = 'INC-2'",
]


def test_own_request_cannot_be_changed_beyond_a_revision(
    web: Attacker, asha: Staff, tenant: Tenant
) -> None:
    acts.ask(asha, tenant)
    token = context(web, asha, tenant, "may_ask:")
    assert changed(web, token, "access_accessrequest", BAD_CHANGES) == []


def test_own_request_cannot_be_revised_past_its_limits(
    web: Attacker, asha: Staff, tenant: Tenant
) -> None:
    acts.ask(asha, tenant)
    for what in (
        "duration = interval '1 year'",
        "scopes = array['no.such.scope']",
        "room_ids = array[gen_random_uuid()], whole_tenant = false",
    ):
        with pytest.raises(REFUSED), web.under(context(web, asha, tenant, "may_ask:")) as line:
            line.execute(f"update access_accessrequest set revision = revision + 1, {what}")


def test_anothers_request_is_neither_seen_nor_changed(
    web: Attacker, asha: Staff, eli: Staff, tenant: Tenant
) -> None:
    acts.ask(asha, tenant)
    token = context(web, eli, tenant, "may_ask:")
    with web.under(token):
        for table in ("access_accessrequest", "access_vote", "access_requestmessage"):
            assert web.rows(f"select * from {table}") == []
    unchanged(web, token, "update access_accessrequest set state = 'withdrawn'")


def test_auditor_reads_a_request_and_moves_nothing(
    web: Attacker, asha: Staff, dana: Staff, tenant: Tenant
) -> None:
    acts.ask(asha, tenant)
    token = context(web, dana, tenant, "may_audit:")
    with web.under(token):
        assert len(web.rows("select * from access_accessrequest")) == 1
    for change in ("state = 'withdrawn'", "state = 'in_review'", "version = version + 1"):
        with pytest.raises(REFUSED), web.under(token) as line:
            line.execute(f"update access_accessrequest set {change}")


def test_rows_of_decisions_are_never_deleted(
    connect: Connect, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    acts.granted(asha, tenant, [bo])
    tables = ["accessrequest", "vote", "grant", "requestmessage", "lockout", "auditevent"]
    for role in ("rooms_web", "rooms_worker", "rooms_device", "rooms_auditor"):
        attacker = connect(role, "eu")
        for table in tables:
            for statement in (f"delete from access_{table}", f"truncate access_{table} cascade"):
                with pytest.raises(REFUSED):
                    attacker.line.execute(statement)


# -- Votes ----------------------------------------------------------------------------------------


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


# -- Grants ---------------------------------------------------------------------------------------


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


# -- Messages and stops ------------------------------------------------------------------------


def test_message_into_anothers_request_is_refused(
    web: Attacker, asha: Staff, eli: Staff, dana: Staff, bo: Staff, tenant: Tenant
) -> None:
    request = acts.ask(asha, tenant)

    def message(by: Staff) -> dict[str, Any]:
        return {
            "id": uuid.uuid4(),
            "tenant_id": tenant.pk,
            "request_id": request.pk,
            "author_id": by.pk,
            "author_label": by.name,
            "text": "Hello",
            "written_at": now() - timedelta(days=1),
        }

    table = "access_requestmessage"
    refused(web, context(web, eli, tenant, "may_ask:"), table, **message(eli))
    refused(web, context(web, dana, tenant, "may_audit:"), table, **message(dana))
    refused(web, context(web, asha, tenant, "may_ask:"), table, **message(bo))
    with web.under(context(web, asha, tenant, "may_ask:")) as line:
        insert(line, table, **message(asha))
        written = line.execute("select written_at from access_requestmessage").fetchone()[0]
    assert now() - written < timedelta(minutes=1)


def stop_row(by: Staff, target: uuid.UUID, **changes: Any) -> dict[str, Any]:
    """A stop of a person as the application would write it."""
    return {
        "id": uuid.uuid4(),
        "kind": "person",
        "target_id": target,
        "target_label": "Asha",
        "reason": "Strange reads",
        "pressed_by_id": by.pk,
        "pressed_by_person_id": by.person_id,
        "pressed_by_label": by.name,
        "pressed_at": now(),
        "release_asked_by_label": "",
        "released_by_label": "",
        **changes,
    }


def test_stop_is_pressed_by_approvers_in_their_own_name(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    table, row = "access_lockout", stop_row(bo, asha.person_id)
    refused(web, context(web, bo, tenant, "may_decide:"), table, **row)
    refused(web, context(web, asha, tenant, "stop"), table, **row)
    for changes in (
        {"released_at": now(), "released_by_person_id": uuid.uuid4()},
        {"release_asked_at": now()},
    ):
        refused(web, context(web, bo, tenant, "stop"), table, **{**row, **changes})


def test_stop_is_not_released_by_one_person_93(
    web: Attacker, asha: Staff, bo: Staff, bea: Staff, tenant: Tenant
) -> None:
    stop = stop_row(bo, asha.person_id)
    ask = "update access_lockout set release_asked_by_person_id = %s"
    agree = "update access_lockout set released_by_person_id = %s"
    with web.committing(context(web, bo, tenant, "stop")) as line:
        insert(line, "access_lockout", **stop)
    both = ask + ", released_by_person_id = %s, released_at = now(), release_asked_at = now()"
    attempts = [
        (bo, agree, [bo.person_id]),
        (bo, both, [bo.person_id, bea.person_id]),
        (bo, ask, [bea.person_id]),
        (asha, ask, [asha.person_id]),
        (bo, "update access_lockout set released_at = now()", []),
        (bo, "update access_lockout set target_id = gen_random_uuid()", []),
        (bo, "update access_lockout set kind = 'tenant'", []),
    ]
    for by, statement, values in attempts:
        claims = ("stop",) if by is not asha else ("may_ask:",)
        with pytest.raises(REFUSED), web.under(context(web, by, tenant, *claims)) as line:
            line.execute(statement, values)
    with web.committing(context(web, bo, tenant, "stop")) as line:
        line.execute(ask, [bo.person_id])
    for by, values in ((bo, [bo.person_id]), (bo, [bea.person_id]), (asha, [asha.person_id])):
        with pytest.raises(REFUSED), web.under(context(web, by, tenant, "stop")) as line:
            line.execute(agree, values)
    with web.committing(context(web, bea, tenant, "stop")) as line:
        assert line.execute(agree, [bea.person_id]).rowcount == 1
    with pytest.raises(REFUSED), web.under(context(web, bea, tenant, "stop")) as line:
        line.execute("update access_lockout set released_at = null")


def test_claim_of_a_stop_without_a_stop_ends_nothing_92(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    acts.granted(asha, tenant, [bo])
    acts.ask(asha, tenant, Scope.HEALTH_VIEW)
    token = context(web, bo, tenant, "stop")
    with pytest.raises(REFUSED), web.under(token) as line:
        line.execute("update access_grant set state = 'suspended'")
    with pytest.raises(REFUSED), web.under(token) as line:
        line.execute("update access_accessrequest set state = 'void' where state = 'submitted'")


def test_stop_and_what_it_suspends_are_one_transaction_92(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    """With the stop the grant goes; when its transaction fails, neither has happened."""
    acts.granted(asha, tenant, [bo])
    count = "select (select count(*) from access_lockout), (select state from access_grant)"
    with web.under(context(web, bo, tenant, "stop")) as line:
        insert(line, "access_lockout", **stop_row(bo, asha.person_id))
        line.execute("update access_grant set state = 'suspended'")
        assert line.execute(count).fetchone() == (1, "suspended")
    with web.under(context(web, bo, tenant, "stop")) as line:
        assert line.execute(count).fetchone() == (0, "active")


def test_stopped_person_and_tenant_open_nothing_at_once_92(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant, superuser: dict
) -> None:
    """Also without anything being suspended: the stop by itself closes."""
    canaries.plant(tenant, "Quartzite")
    canaries.grant_row(asha, tenant)
    event = canaries.event_row(superuser["eu"], asha, tenant)
    token = canaries.token_of(asha, tenant, web.pid, event)
    other = context(web, bo, tenant, "stop")
    for target in ({}, {"kind": "tenant", "target_id": tenant.pk}):
        with web.line.transaction(force_rollback=True):
            web.set(token.signed())
            assert web.one("select count(*) from rooms_room") == 2
            web.set(other.signed())
            insert(web.line, "access_lockout", **{**stop_row(bo, asha.person_id), **target})
            web.set(token.signed())
            assert web.one("select count(*) from rooms_room") == 0


def test_nothing_is_written_without_a_context(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant
) -> None:
    grant = acts.granted(asha, tenant, [bo])
    request = acts.ask(asha, tenant, Scope.HEALTH_VIEW)
    rows = {
        "access_accessrequest": request_columns(asha, tenant),
        "access_vote": vote_columns(bo, request),
        "access_grant": grant_columns(request),
        "access_lockout": stop_row(bo, asha.person_id),
    }
    for table, row in rows.items():
        with pytest.raises((REFUSED, NO_CONTEXT)):
            insert(web.line, table, **row)
        assert web.line.execute(f"update {table} set id = id").rowcount == 0
    assert Grant.objects.using("eu_owner").get(pk=grant.pk).state == "active"
