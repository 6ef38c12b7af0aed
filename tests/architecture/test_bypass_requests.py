"""Requests written by hand, under a good context and round every rule."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from access.models import Staff, Tenant
from access.references import room_key
from tests import acts
from tests.architecture.attack import REFUSED, Attacker
from tests.architecture.by_hand import (
    changed,
    context,
    insert,
    refused,
    request_columns,
    unchanged,
)
from tests.architecture.conftest import Connect

# There is always somebody who could say yes.
pytestmark = pytest.mark.usefixtures("bo", "bea")


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
    {"scopes": ["policy.manage"]},
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
    for reference in (
        "",
        "RM-1",
        "RM-48213",
        "é",
        "x" * 23,
        "x" * 38,
        "x" * 39,
        "x" * 40,
        "x" * 200,
    ):
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
