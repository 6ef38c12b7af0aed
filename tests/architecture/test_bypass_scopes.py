"""A signed context opens what its holder's live grants name: tenant, scope and room, no more."""

from __future__ import annotations

import uuid

import pytest

from access.models import Staff, Tenant
from tests.architecture import canaries
from tests.architecture.attack import Attacker
from tests.architecture.canaries import LOCKED, Planted
from tests.architecture.conftest import Hand


def test_signed_context_without_a_grant_is_quiet(
    web: Attacker, asha: Staff, tenant: Tenant, ours: Planted, superuser: dict
) -> None:
    """No error to tell from: no grant, no row."""
    event = canaries.event_row(superuser["eu"], asha, tenant)
    with web.under(canaries.token_of(asha, tenant, web.pid, event)):
        for table in LOCKED:
            assert web.rows(f"select * from {table}") == [], table


def test_grant_on_another_tenant_opens_nothing_here(
    web: Attacker,
    casey: Staff,
    tenant: Tenant,
    other_tenant: Tenant,
    ours: Planted,
    theirs: Planted,
    superuser: dict,
) -> None:
    canaries.grant_row(casey, other_tenant)
    event = canaries.event_row(superuser["eu"], casey, tenant)
    with web.under(canaries.token_of(casey, tenant, web.pid, event)):
        for table in LOCKED:
            assert web.rows(f"select * from {table}") == [], table


SCOPE_OF = {
    **dict.fromkeys(LOCKED[:7], "inventory.view"),
    **dict.fromkeys(LOCKED[7:10], "account.view"),
    **dict.fromkeys(LOCKED[10:], "health.view"),
}


@pytest.mark.parametrize("scope", ["inventory.view", "account.view", "health.view", "audit.view"])
def test_scope_opens_its_own_tables_and_no_other(
    web: Attacker, asha: Staff, tenant: Tenant, ours: Planted, superuser: dict, scope: str
) -> None:
    canaries.grant_row(asha, tenant, scope)
    event = canaries.event_row(superuser["eu"], asha, tenant)
    with web.under(canaries.token_of(asha, tenant, web.pid, event)):
        for table in LOCKED:
            seen = bool(web.rows(f"select * from {table}"))
            assert seen == (SCOPE_OF[table] == scope), table


def test_grant_on_one_room_opens_that_room_only_68(
    web: Attacker, asha: Staff, tenant: Tenant, ours: Planted, superuser: dict
) -> None:
    canaries.grant_row(asha, tenant, rooms=ours.rooms[:1])
    event = canaries.event_row(superuser["eu"], asha, tenant)
    token = canaries.token_of(asha, tenant, web.pid, event)
    with web.under(token):
        assert web.rows("select id from rooms_room") == [(ours.rooms[0],)]
        for table in LOCKED[3:]:
            found = {row[0] for row in web.rows(f"select room_id from {table}")}
            assert found == {ours.rooms[0]}, table
    with web.under(token.but(room=ours.rooms[1])):
        for table in LOCKED:
            assert web.rows(f"select * from {table}") == [], table


def test_context_of_one_room_narrows_a_grant_on_the_tenant(asha_in: Hand, ours: Planted) -> None:
    with asha_in.web.under(asha_in.token.but(room=ours.rooms[1])):
        assert asha_in.web.rows("select id from rooms_room") == [(ours.rooms[1],)]
        found = {row[0] for row in asha_in.web.rows("select room_id from rooms_device")}
        assert found == {ours.rooms[1]}


def test_site_without_a_room_of_the_grant_stays_closed(
    web: Attacker, asha: Staff, tenant: Tenant, ours: Planted, superuser: dict
) -> None:
    other_room = uuid.uuid4()
    canaries.grant_row(asha, tenant, rooms=[other_room])
    event = canaries.event_row(superuser["eu"], asha, tenant)
    with web.under(canaries.token_of(asha, tenant, web.pid, event)):
        assert web.rows("select * from rooms_site") == []
