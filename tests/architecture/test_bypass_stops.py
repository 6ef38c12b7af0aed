"""Messages and emergency stops written by hand, round every rule."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from access.models import Grant, Staff, Tenant
from access.scopes import Scope
from tests import acts
from tests.architecture import canaries
from tests.architecture.attack import NO_CONTEXT, REFUSED, Attacker
from tests.architecture.by_hand import (
    context,
    grant_columns,
    insert,
    now,
    refused,
    request_columns,
    stop_row,
    vote_columns,
)

# There is always somebody who could say yes.
pytestmark = pytest.mark.usefixtures("bo", "bea")


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
