"""Ways to keep rows, to carry them off, to become somebody else, and to learn without reading."""

from __future__ import annotations

import uuid

import psycopg
import pytest
from psycopg import errors

from tests import people
from tests.architecture.attack import NO_CONTEXT, REFUSED, Attacker
from tests.architecture.canaries import Planted
from tests.architecture.conftest import Connect, Hand
from tests.factories import furnish
from tests.plugins.cluster import WorkerCluster

WORD = "Obsidian"

WAYS_OUT = [
    "create temp table kept as select * from rooms_room",
    "select * into temp kept from rooms_room",
    "create temp view kept as select * from rooms_room",
    "create view public.kept as select * from rooms_room",
    "create materialized view public.kept as select * from rooms_room",
    "create table public.kept as select * from rooms_room",
    "create schema kept",
    "create function public.leak(text) returns bool language sql cost 0.0001 as 'select true'",
    "create function pg_temp.leak(text) returns bool language plpgsql cost 0.0001"
    " as $$ begin raise notice '%', $1; return true; end $$",
    "create operator public.<<< (leftarg = text, rightarg = text, function = texteq)",
    "create type public.kept as (name text)",
    "create domain public.kept as text",
    "create sequence public.kept",
    "create cast (text as uuid) without function",
    "create extension dblink",
    "create extension postgres_fdw",
    "create extension pg_stat_statements",
    "create extension plpython3u",
    "create server away foreign data wrapper postgres_fdw",
    "create foreign data wrapper away",
    "create publication away for all tables",
    "create subscription away connection 'host=x' publication y",
    "create event trigger away on ddl_command_start execute function lock.keep_record()",
    "create role mine",
    "create database mine",
    "alter role rooms_web superuser",
    "alter role rooms_web bypassrls",
    "alter role rooms_owner password 'x'",
    "alter system set log_statement = 'all'",
    "load 'auto_explain'",
    "checkpoint",
    "select pg_read_file('postgresql.conf')",
    "select pg_read_binary_file('global/pg_filenode.map')",
    "select pg_ls_dir('.')",
    "select pg_stat_file('postgresql.conf')",
    "select pg_reload_conf()",
    "select pg_create_physical_replication_slot('x')",
    "select pg_create_logical_replication_slot('x', 'test_decoding')",
    "select pg_logical_emit_message(true, 'x', 'y') from pg_switch_wal()",
    "select lo_import('/etc/passwd')",
    "select lo_export(1, '/tmp/x')",
    "select rolpassword from pg_authid",
    "select * from pg_user_mapping",
    "select * from pg_statistic",
    "select * from pg_hba_file_rules",
    "select pg_terminate_backend(1) from pg_authid",
]


def test_ways_to_keep_or_carry_rows_are_refused(asha_in: Hand) -> None:
    database = asha_in.web.line.info.dbname
    ways = [*WAYS_OUT, f"alter database {database} set row_security = off"]
    survivors = asha_in.web.survivors(ways, asha_in.token)
    # Where the wrapper was refused, there is nothing that a server could be made of.
    assert [one for one in survivors if '"postgres_fdw" does not exist' not in one] == []


def test_row_security_off_is_an_error_and_no_way_round(asha_in: Hand) -> None:
    with pytest.raises(REFUSED, match="row-level security"), asha_in.web.under(asha_in.token) as c:
        c.execute("set local row_security = off")
        c.execute("select * from rooms_room")


@pytest.mark.parametrize("role", ["rooms_owner", "rooms_auditor", "rooms_worker", "rooms_super"])
def test_role_cannot_be_changed(asha_in: Hand, role: str) -> None:
    for statement in (f"set role {role}", f"set session authorization {role}"):
        with (
            pytest.raises((REFUSED, errors.InvalidParameterValue)),
            asha_in.web.under(asha_in.token) as line,
        ):
            line.execute(statement)


def test_settings_that_would_change_the_judgement_are_refused(asha_in: Hand) -> None:
    for statement in (
        "set session_replication_role = replica",
        "set track_activities = on",
        "set log_statement = 'all'",
        "set local_preload_libraries = 'x'; set session_preload_libraries = 'x'",
        "set dynamic_library_path = '/tmp'",
        "set debug_print_plan = on; set lc_messages = 'C'",
    ):
        with pytest.raises(REFUSED), asha_in.web.under(asha_in.token) as line:
            line.execute(statement)


def test_search_path_does_not_change_what_the_lock_reads(asha_in: Hand) -> None:
    with asha_in.web.under(asha_in.token) as line:
        line.execute("set local search_path = pg_temp, lock, public, pg_catalog")
        assert asha_in.web.one("select count(*) from public.rooms_room") == 2
        line.execute("set local search_path = ''")
        assert asha_in.web.one("select count(*) from public.rooms_room") == 2


def test_other_sessions_show_neither_statement_nor_context(asha_in: Hand, connect: Connect) -> None:
    """What another session of the same role runs could hold a context or a room's name."""
    spy = connect("rooms_web", "eu")
    with asha_in.web.under(asha_in.token):
        asha_in.web.rows("select count(*) from rooms_room where name = 'Quartzite'")
        seen = spy.rows("select query from pg_stat_activity where pid = %s", asha_in.web.pid)
    assert len(seen) == 1
    assert "Quartzite" not in (seen[0][0] or "")
    assert asha_in.token.signed()[-64:] not in (seen[0][0] or "")


def test_statistics_of_the_planner_show_no_value(
    asha_in: Hand, superuser: dict[str, psycopg.Connection]
) -> None:
    superuser["eu"].execute("analyze rooms_room, rooms_tenantprofile, access_grant")
    with asha_in.web.under(asha_in.token):
        for table in ("rooms_room", "rooms_tenantprofile", "access_grant"):
            assert asha_in.web.rows("select * from pg_stats where tablename = %s", table) == []


def test_explain_shows_numbers_and_no_value(asha_in: Hand) -> None:
    """What cannot be refused: a forced plan tells how many rows a whole table holds.

    PostgreSQL has no privilege for EXPLAIN or for pg_class. The number is of all tenants
    together; it names none.
    """
    with asha_in.web.under(asha_in.token) as line:
        line.execute("set local enable_indexscan = off; set local enable_bitmapscan = off")
        plan = "\n".join(
            row[0]
            for row in asha_in.web.rows("explain (analyze, verbose) select * from rooms_room")
        )
        assert "Rows Removed by Filter: 2" in plan
        assert WORD not in plan
        assert asha_in.token.signed()[-64:] not in plan


def test_explain_does_not_tell_whether_a_hidden_row_exists(asha_in: Hand, theirs: Planted) -> None:
    """By its key, a row of another tenant and one that is nowhere are planned and run alike."""
    shape = "explain (analyze, costs off, timing off, summary off, buffers off)"
    plans = []
    with asha_in.web.under(asha_in.token) as line:
        line.execute("set local enable_seqscan = off; set local enable_bitmapscan = off")
        for room in (theirs.rooms[0], uuid.uuid4()):
            rows = asha_in.web.rows(f"{shape} select * from rooms_room where id = %s", room)
            plans.append("\n".join(row[0] for row in rows).replace(str(room), "ROOM"))
    assert "Index Cond" in plans[0]
    assert plans[0] == plans[1]


def test_large_objects_and_messages_are_the_same_role_and_nobody_elses(
    asha_in: Hand, connect: Connect
) -> None:
    """What cannot be refused without a superuser in each database: a row that a grant opened can
    be written into a large object, as it can be written down on paper. No other role reads it."""
    web = asha_in.web
    with asha_in.web.under(asha_in.token):
        made = web.one("select lo_from_bytea(0, string_agg(name, ',')::bytea) from rooms_room")
        assert WORD.encode() not in web.one("select lo_get(%s)", made)
    assert web.one("select count(*) from pg_largeobject_metadata") == 0  # rolled back
    for role in ("rooms_worker", "rooms_device", "rooms_auditor"):
        with pytest.raises((REFUSED, errors.UndefinedObject)):
            connect(role, "eu").one("select lo_get(%s)", made)


def test_rows_of_another_region_are_in_another_database(asha_in: Hand, connect: Connect) -> None:
    furnish(people.tenant("apac"), rooms=1)  # the lock is asked about rows, and there must be some
    with pytest.raises(errors.FeatureNotSupported, match="cross-database"):
        asha_in.web.rows("select * from rooms_apac.public.rooms_room")
    apac = connect("rooms_web", "apac")
    with pytest.raises(NO_CONTEXT), apac.under(asha_in.token.but(pid=apac.pid)):
        apac.rows("select * from rooms_room")


def test_nobody_enters_another_database(cluster: WorkerCluster, connect: Connect) -> None:
    with cluster.connect() as line:
        line.execute("select pg_advisory_lock(1)")  # other test workers share the server
        cluster.close_the_server()  # as the demo does when it makes the server
    web: Attacker = connect("rooms_web", "eu")
    # by number: another test worker's database may be gone by the time it is asked about
    entered = "datallowconn and has_database_privilege(oid, 'connect')"
    allowed = {name for (name,) in web.rows(f"select datname from pg_database where {entered}")}
    strange = {name for name in allowed if not name.startswith("rooms_")}
    assert not strange, f"rooms_web may connect to {strange}"
