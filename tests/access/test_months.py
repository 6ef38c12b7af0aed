"""The tables that the record stands in, month by month."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from access.audit import sequencer
from access.audit.store import log_of
from access.models import Staff, Tenant
from tests.architecture import canaries
from tests.conftest import ALIASES
from tests.plugins.cluster import WorkerCluster

BOUNDS = """
    select c.relname, pg_get_expr(c.relpartbound, c.oid) from pg_inherits i
    join pg_class c on c.oid = i.inhrelid where i.inhparent = %s::regclass
"""
COUNT = "select tableoid::regclass::text, count(*) from access_auditevent group by 1 order by 1"
TURN = datetime(2031, 3, 1, tzinfo=UTC)


@pytest.fixture
def whole(db: None, cluster: WorkerCluster) -> Iterator[None]:
    """The databases as they were, whatever tables the test made."""
    yield
    cluster.restore("eu")


def bounds(line: psycopg.Connection, table: str) -> dict[str, str]:
    """The months' tables, with what each holds."""
    return dict(line.execute(BOUNDS, [table]).fetchall())


@pytest.mark.parametrize("alias", ALIASES)
def test_every_time_has_a_table(
    db: None, superuser: dict[str, psycopg.Connection], alias: str
) -> None:
    held = bounds(superuser[alias], log_of(alias).event)
    assert "MINVALUE" in held["event_first"]
    assert "MAXVALUE" in held["event_later"]
    assert len(held) >= 2 + sequencer.MONTHS_AHEAD - 1


@pytest.mark.parametrize("alias", ALIASES)
def test_table_of_a_month_is_kept_and_reached_as_the_parent_only(
    db: None, superuser: dict[str, psycopg.Connection], alias: str
) -> None:
    line = superuser[alias]
    for name in bounds(line, log_of(alias).event):
        guards = line.execute(
            "select tgname from pg_trigger where tgrelid = %s::regclass order by 1",
            [f"lock.{name}"],
        ).fetchall()
        assert [one for (one,) in guards] == ["admit", "keep", "keep_all", "keep_but_the_name"]
        for role in ("rooms_web", "rooms_worker", "rooms_auditor", "rooms_device"):
            held = line.execute(
                "select has_table_privilege(%s, %s, 'select, insert, update, delete, truncate')",
                [role, f"lock.{name}"],
            )
            assert held.fetchone() == (False,), f"{role} reaches {name}"


def test_owner_cannot_empty_the_table_of_a_month(
    db: None, superuser: dict[str, psycopg.Connection], cluster: WorkerCluster
) -> None:
    with psycopg.connect(cluster.url("eu", "rooms_owner"), autocommit=True) as owner:
        for name in bounds(superuser["eu"], "access_auditevent"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute(f"truncate lock.{name}")


def test_months_ahead_are_made_while_the_last_table_is_empty(
    whole: None, held_clock: Any, as_auditor: Callable[[], None], superuser: Any
) -> None:
    before = bounds(superuser["eu"], "access_auditevent")
    held_clock.hold(TURN)
    as_auditor()
    made = sequencer.keep_months("eu")
    after = bounds(superuser["eu"], "access_auditevent")
    new = sorted(after.keys() - before.keys())
    assert len(new) == made
    assert new[-1] == "event_203106"
    assert "2031-06-01" in after["event_203106"]
    assert "('2031-07-01 00:00:00+00') TO (MAXVALUE)" in after["event_later"]
    assert sequencer.keep_months("eu") == 0


def test_events_of_a_time_without_a_table_stay_and_get_one(
    whole: None,
    tenant: Tenant,
    asha: Staff,
    held_clock: Any,
    as_auditor: Callable[[], None],
    superuser: Any,
) -> None:
    """Nobody made tables for years: what was recorded meanwhile is in one longer one."""
    line = superuser["eu"]
    held_clock.hold(TURN)
    canaries.event_row(line, asha, tenant)
    [(table, number)] = line.execute(COUNT).fetchall()
    assert table == "lock.event_later"
    as_auditor()
    assert sequencer.keep_months("eu") == 1
    [(table, kept)] = line.execute(COUNT).fetchall()
    assert (kept, table) == (number, table)
    assert table != "lock.event_later"
    assert sequencer.sequence("eu") == number
    held_clock.hold(TURN + timedelta(days=130))
    assert sequencer.keep_months("eu") > 0


def test_act_at_the_turn_of_a_month_is_recorded(
    tenant: Tenant, asha: Staff, held_clock: Any, superuser: Any
) -> None:
    """The clock moves on between the statement and the row: two of its moments, two months."""
    line = superuser["eu"]
    line.execute("create sequence lock.tick minvalue 0")
    line.execute("grant usage on sequence lock.tick to rooms_owner")
    line.execute(
        "create or replace function lock.now() returns timestamptz language sql volatile"
        " parallel safe set search_path = pg_catalog, pg_temp as $$ select"
        " timestamptz '2031-03-01 00:00:00+00'"
        " + (nextval('lock.tick') - 1) * interval '1 microsecond' $$"
    )
    try:
        event = canaries.event_row(line, asha, tenant)
    finally:
        held_clock.release()
        line.execute("drop sequence lock.tick")
    row = line.execute("select recorded_at from access_auditevent where id = %s", [event])
    assert row.fetchone() == (TURN - timedelta(microseconds=1),)


def test_sequencer_has_the_months_made(
    db: None, as_auditor: Callable[[], None], superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("access.management.commands.sequence_audit.keep_months", asked.append)
    as_auditor()
    call_command("sequence_audit", once=True)
    assert sorted(asked) == sorted(ALIASES)


def test_event_that_was_changed_on_the_stage_stops_the_log(
    tenant: Tenant, asha: Staff, superuser: Any, as_auditor: Callable[[], None]
) -> None:
    canaries.event_row(superuser["eu"], asha, tenant)
    with superuser["eu"].transaction():
        superuser["eu"].execute("set local session_replication_role = replica")
        superuser["eu"].execute(
            "update access_auditevent set recorded_at = recorded_at - interval '1 second'"
        )
    as_auditor()
    with pytest.raises(sequencer.LostEvent):
        sequencer.sequence("eu")
    with connections["eu"].cursor() as cursor:
        cursor.execute("select count(*) > 0 from lock.staged")
        assert cursor.fetchone() == (True,)
