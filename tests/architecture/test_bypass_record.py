"""The audit record cannot be changed, faked in another's name, or read without a grant."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone
from psycopg.types.json import Jsonb

from access.audit.sequencer import CONTROL_LOG, REGIONAL_LOG
from access.models import Staff, Tenant
from access.scopes import Scope
from tests import acts
from tests.architecture import canaries
from tests.architecture.attack import NO_CONTEXT, REFUSED, Attacker
from tests.architecture.canaries import Planted
from tests.architecture.conftest import Connect

ROLES = ("rooms_web", "rooms_device", "rooms_worker", "rooms_auditor")


def event(actor: Staff | None, tenant: Tenant | None, **changes: Any) -> dict[str, Any]:
    """An event as the application would stage it."""
    return {
        "id": uuid.uuid4(),
        "recorded_at": timezone.now() - timedelta(milliseconds=1),
        "type": "view.rooms",
        "outcome": "opened",
        "actor_id": actor.pk if actor else None,
        "actor_label": "",
        "session": "attack",
        "tenant_id": tenant.pk if tenant else None,
        "tenant_reference": "",
        "scopes": [],
        "grant_references": [],
        "purpose": "",
        "subject_type": "",
        "subject_reference": "",
        "detail": Jsonb({}),
        **changes,
    }


def stage(line: psycopg.Connection, row: dict[str, Any], more: str = "") -> int:
    """Insert an event as raw SQL; how many rows went in."""
    marks = ", ".join(["%s"] * len(row))
    return line.execute(
        f"insert into access_auditevent ({', '.join(row)}) values ({marks}) {more}",
        list(row.values()),
    ).rowcount


@pytest.fixture
def filled(asha: Staff, bo: Staff, tenant: Tenant, superuser: dict) -> None:
    """Both planes' logs hold events, leaves and a repeat, so that a change has something to hit."""
    acts.granted(asha, tenant, [bo])
    for alias, log in (("eu", REGIONAL_LOG), ("default", CONTROL_LOG)):
        superuser[alias].execute(
            f"insert into {log.leaf} (position, event_id, leaf_hash, content)"
            " values (900001, gen_random_uuid(), 'x', 'secret')"
        )
    superuser["default"].execute(
        "insert into access_controlevent (id, recorded_at, type, outcome, actor_label, session,"
        " tenant_reference, scopes, grant_references, purpose, subject_type, subject_reference,"
        " detail) values (gen_random_uuid(), now(), 'x', 'ok', '', '', '', '{}', '{}', '', '', '',"
        " '{}')"
    )


@pytest.mark.parametrize("role", [*ROLES, "rooms_owner"])
def test_record_is_not_changed_deleted_or_truncated_by_any_role_134(
    connect: Connect, filled: None, role: str
) -> None:
    """The owner too, by update, delete and truncate. (An owner could first drop the trigger; that
    is a change of the schema, which no process can make.)"""
    for alias, log in (("eu", REGIONAL_LOG), ("default", CONTROL_LOG)):
        line = connect(role, alias).line
        for table, column in ((log.event, "outcome = 'x'"), (log.leaf, "content = 'x'")):
            for statement in (
                f"update {table} set {column}",
                f"delete from {table}",
                f"truncate {table}",
                f"truncate {table} cascade",
            ):
                with pytest.raises(REFUSED):
                    line.execute(statement)
    if role != "rooms_owner":
        line = connect(role, "eu").line
        for statement in (
            "update access_auditrepeat set seen_at = now()",
            "drop table lock.staged",
        ):
            with pytest.raises(REFUSED):
                line.execute(statement)


def test_event_in_anothers_name_or_about_another_tenant_is_refused(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant, other_tenant: Tenant
) -> None:
    token = canaries.token_of(asha, tenant, web.pid, None)
    for row in (
        event(bo, tenant),
        event(None, tenant),
        event(asha, other_tenant),
        event(asha, None),
        event(asha, tenant, session="another"),
    ):
        with pytest.raises(REFUSED), web.under(token) as line:
            stage(line, row)
    with web.under(token) as line:
        assert stage(line, event(asha, tenant)) == 1
    for row in (event(asha, tenant), event(None, None)):
        with pytest.raises((REFUSED, NO_CONTEXT)):
            stage(web.line, row)


def test_event_carries_the_databases_time_and_cannot_be_backdated(
    web: Attacker, asha: Staff, tenant: Tenant, superuser: dict
) -> None:
    row = event(asha, tenant)
    with web.committing(canaries.token_of(asha, tenant, web.pid, None)) as line:
        stage(line, row)
    late = superuser["eu"].execute(
        "select now() - recorded_at < interval '1 minute' from access_auditevent where id = %s",
        [row["id"]],
    )
    assert late.fetchone() == (True,)
    staged = superuser["eu"].execute(
        "select count(*) from lock.staged where event_id = %s", [row["id"]]
    )
    assert staged.fetchone() == (1,)


@pytest.mark.parametrize("at", ["2001-01-01T00:00:00Z", "2101-01-01T00:00:00Z"])
def test_event_of_another_month_is_refused(
    web: Attacker, asha: Staff, tenant: Tenant, at: str
) -> None:
    """The time that is given chooses the table; it is not taken for the event's time."""
    with pytest.raises(REFUSED), web.under(canaries.token_of(asha, tenant, web.pid, None)) as line:
        stage(line, event(asha, tenant, recorded_at=at))


def test_event_cannot_replace_another_by_its_key(
    web: Attacker, asha: Staff, tenant: Tenant, superuser: dict
) -> None:
    first = canaries.event_row(superuser["eu"], asha, tenant)
    token = canaries.token_of(asha, tenant, web.pid, None)
    with web.under(token) as line:
        assert stage(line, event(asha, tenant, id=first), "on conflict do nothing") == 0
    with pytest.raises(REFUSED), web.under(token) as line:
        stage(
            line,
            event(asha, tenant, id=first),
            "on conflict (id, recorded_at) do update set outcome = excluded.outcome",
        )


@pytest.mark.parametrize("where", ["on the stage", "in a leaf"])
def test_id_is_used_once_whatever_month_it_was_used_in(
    web: Attacker, asha: Staff, tenant: Tenant, superuser: dict, where: str
) -> None:
    """The primary key has the time in it; the trigger looks at the stage and the leaves."""
    known = uuid.uuid4()
    if where == "on the stage":
        superuser["eu"].execute(
            "insert into lock.staged (event_id, staged_at) values (%s, '2020-01-01')", [known]
        )
    else:
        superuser["eu"].execute(
            "insert into access_regionalleaf (position, event_id, leaf_hash, content)"
            " values (900003, %s, 'x', 'y')",
            [known],
        )
    with web.committing(canaries.token_of(asha, tenant, web.pid, None)) as line:
        assert stage(line, event(asha, tenant, id=known)) == 0
    held = superuser["eu"].execute(
        "select (select count(*) from access_auditevent where id = %(id)s),"
        " (select count(*) from access_auditdisclosure where event_id = %(id)s),"
        " (select count(*) from lock.staged where event_id = %(id)s)",
        {"id": known},
    )
    assert held.fetchone() == (0, 0, int(where == "on the stage"))


def test_repeat_of_anothers_view_is_refused(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant, superuser: dict
) -> None:
    theirs = canaries.event_row(superuser["eu"], bo, tenant)
    with (
        pytest.raises(REFUSED),
        web.under(canaries.token_of(asha, tenant, web.pid, None)) as line,
    ):
        line.execute(
            "insert into access_auditrepeat (event_id, seen_at) values (%s, now())", [theirs]
        )


def test_record_is_read_under_a_grant_for_it_and_for_its_tenant_only(
    web: Attacker,
    asha: Staff,
    dana: Staff,
    casey: Staff,
    tenant: Tenant,
    other_tenant: Tenant,
    filled: None,
    superuser: dict,
) -> None:
    behind = superuser["eu"]
    canaries.event_row(behind, casey, other_tenant)
    canaries.grant_row(asha, tenant, Scope.INVENTORY_VIEW)
    canaries.grant_row(dana, tenant, Scope.AUDIT_VIEW)
    tables = ("access_auditevent", "access_auditrepeat", "access_regionalleaf")
    for table in tables:
        assert web.rows(f"select * from {table}") == []
    with web.under(
        canaries.token_of(asha, tenant, web.pid, canaries.event_row(behind, asha, tenant))
    ):
        for table in tables:
            assert web.rows(f"select * from {table}") == [], table
    seen = canaries.event_row(behind, dana, tenant)
    behind.execute(
        "insert into access_regionalleaf (position, event_id, leaf_hash, content)"
        " values (900002, %s, 'x', 'open')",
        [seen],
    )
    with web.under(canaries.token_of(dana, tenant, web.pid, seen)):
        tenants = {row[0] for row in web.rows("select tenant_id from access_auditevent")}
        assert tenants == {tenant.pk}
        # The other leaf, 900001, belongs to no event of this tenant.
        assert web.rows("select position from access_regionalleaf") == [(900002,)]


def test_own_events_are_told_to_their_actor_only(
    web: Attacker, asha: Staff, bo: Staff, tenant: Tenant, superuser: dict
) -> None:
    for person in (asha, bo):
        canaries.event_row(superuser["eu"], person, tenant)
    with web.under(canaries.token_of(asha, tenant, web.pid, None)):
        found = web.rows("select actor_id from lock.my_events('view.rooms', '-infinity', 100000)")
    assert found == [(asha.pk,)]


def test_worker_records_what_the_system_did_and_nobodys_acts(
    connect: Connect, asha: Staff, tenant: Tenant
) -> None:
    line = connect("rooms_worker", "eu").line
    assert stage(line, event(None, tenant)) == 1
    with pytest.raises(REFUSED):
        stage(line, event(asha, tenant))
    with pytest.raises(REFUSED):
        line.execute("select * from access_auditevent")


def test_sequencer_positions_events_and_writes_none(connect: Connect, filled: None) -> None:
    line = connect("rooms_auditor", "eu").line
    for statement in (
        "insert into access_auditevent default values",
        "insert into access_auditrepeat default values",
        "insert into lock.staged values (gen_random_uuid(), now())",
        "update lock.staged set staged_at = now()",
        "delete from access_regionalhead",
        "insert into access_regionalhead default values",
        "select * from access_grant",
        "select * from access_accessrequest",
        "select * from rooms_room",
    ):
        with pytest.raises(REFUSED):
            line.execute(statement)


def test_device_role_can_do_nothing_yet(connect: Connect, ours: Planted, filled: None) -> None:
    line = connect("rooms_device", "eu").line
    names = line.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    ).fetchall()
    for (name,) in names:
        for statement in (f"select * from {name}", f"insert into {name} default values"):
            with pytest.raises(REFUSED):
                line.execute(statement)
