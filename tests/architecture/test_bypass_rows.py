"""Another tenant's rows: by id, join, function, key conflict, COPY, cursor, view and error."""

from __future__ import annotations

import uuid

import psycopg
import pytest
from psycopg import errors

from tests.architecture.attack import NO_CONTEXT, REFUSED, Attacker
from tests.architecture.canaries import Planted
from tests.architecture.conftest import Connect, Hand
from tests.plugins.cluster import WorkerCluster

WORD = "Obsidian"

READS = [
    "select * from rooms_room where id = %(room)s",
    "select * from rooms_room where tenant_id = %(tenant)s",
    "select * from rooms_room where name like '%%Obsidian%%'",
    "select * from rooms_room where true or id = %(room)s",
    "select * from rooms_room union all select * from rooms_room where tenant_id = %(tenant)s",
    "select d.* from rooms_room r join rooms_device d on d.room_id = r.id or true"
    " where d.tenant_id = %(tenant)s",
    "select h.* from rooms_device d left join rooms_roomhealth h on h.tenant_id <> d.tenant_id"
    " where h.id is not null",
    "select (select name from rooms_room where id = %(room)s) where"
    " exists (select from rooms_room where id = %(room)s)",
    "select * from rooms_room tablesample system (100) where tenant_id = %(tenant)s",
    "select * from only rooms_room where tenant_id = %(tenant)s",
    "select tableoid, ctid, xmin, * from rooms_room where tenant_id = %(tenant)s",
    "select r.* from generate_series(0, 3) page, generate_series(1, 20) line,"
    " lateral (select * from rooms_room where ctid = format('(%%s,%%s)', page, line)::tid) r"
    " where r.tenant_id = %(tenant)s",
    "with recursive w as (select id, tenant_id from rooms_room union select r.id, r.tenant_id"
    " from rooms_room r, w) select * from w where tenant_id = %(tenant)s",
]


def test_rows_of_another_tenant_never_come(asha_in: Hand, theirs: Planted) -> None:
    values = {"room": theirs.rooms[0], "tenant": theirs.tenant.pk}
    with asha_in.web.under(asha_in.token) as line:
        for statement in READS:
            for planner in ("on", "off"):
                line.execute(f"set local enable_indexscan = {planner}")
                line.execute(f"set local enable_bitmapscan = {planner}")
                line.execute(f"set local enable_indexonlyscan = {planner}")
                found = line.execute(statement, values).fetchall()
                assert WORD not in repr(found), (statement, planner)
                assert str(theirs.tenant.pk) not in repr(found), (statement, planner)


@pytest.mark.parametrize(
    "statement",
    [
        "select query_to_xml('select * from rooms_room', true, false, '')::text",
        "select table_to_xml('rooms_tenantprofile', true, false, '')::text",
        "select schema_to_xml('public', true, false, '')::text",
        "select json_agg(r)::text from rooms_room r",
        "select string_agg(r::text, ',') from rooms_signalstate r",
        "select array_agg(r)::text from rooms_device r",
    ],
)
def test_functions_that_print_tables_print_open_rows_only(asha_in: Hand, statement: str) -> None:
    try:
        with asha_in.web.under(asha_in.token):
            text = asha_in.web.one(statement)
            assert "Quartzite" in text
            assert WORD not in text
    except REFUSED:
        assert "schema_to_xml" in statement  # it meets a table that the role may not read


def test_counts_do_not_count_other_tenants(asha_in: Hand) -> None:
    with asha_in.web.under(asha_in.token):
        assert asha_in.web.one("select count(*) from rooms_room") == 2
        assert asha_in.web.one("select max(name) from rooms_room") < "R"
        assert asha_in.web.one("select count(distinct tenant_id) from rooms_device") == 1


# Each would fail on a row of the other tenant, and on none of ours.
ORACLES = [
    "select 1 / (case when name like 'Obsidian%' then 0 else 1 end) from rooms_room",
    "select (name || case when name like 'Obsidian%' then 'x' else '1' end)::text::uuid"
    " from rooms_room where name like 'Obsidian%'",
    "select * from rooms_room where name like 'Obsidian%' and name::int > 0",
    "select * from rooms_room where 1 / position('Q' in name) > 0",
    "select * from rooms_signalstate where 1 / position('Q' in sentence) > 0",
]


def test_errors_tell_nothing_of_hidden_rows(asha_in: Hand) -> None:
    """A condition that fails on a hidden row would name it; the lock's condition comes first."""
    with asha_in.web.under(asha_in.token) as line:
        for planner in ("on", "off"):
            line.execute(f"set local enable_indexscan = {planner}")
            line.execute(f"set local enable_bitmapscan = {planner}")
            for oracle in ORACLES:
                line.execute(oracle).fetchall()


COMMANDS = [
    "insert into {table} default values",
    "update {table} set tenant_id = tenant_id",
    "update {table} set tenant_id = '{theirs}'",
    "delete from {table}",
    "truncate {table}",
    "insert into {table} select * from {table} on conflict do nothing",
    "insert into {table} select * from {table} on conflict (tenant_id, id)"
    " do update set tenant_id = excluded.tenant_id",
    "select * from {table} for update",
    "lock table {table} in access exclusive mode",
    "create table mine (other uuid references {table})",
    "create index mine on {table} (tenant_id)",
    "create policy mine on {table} using (true)",
    "alter table {table} disable row level security",
    "alter table {table} no force row level security",
    "alter table {table} disable trigger all",
    "drop policy select_restrictive on {table}",
    "comment on table {table} is 'mine'",
    "cluster {table}",
    "create rule mine as on select to {table} do instead select 1",
    "create trigger mine before insert on {table} execute function lock.keep_record()",
    "create statistics mine on tenant_id, id from {table}",
]


@pytest.mark.parametrize("table", ["rooms_room", "rooms_device", "rooms_site", "rooms_roomaccount"])
def test_table_of_tenant_data_is_read_and_nothing_else(
    asha_in: Hand, table: str, theirs: Planted
) -> None:
    commands = [command.format(table=table, theirs=theirs.tenant.pk) for command in COMMANDS]
    assert asha_in.web.survivors(commands, asha_in.token) == []


def test_copy_gives_out_open_rows_only(asha_in: Hand) -> None:
    with asha_in.web.under(asha_in.token), asha_in.web.line.cursor() as cursor:
        for table in ("rooms_room", "rooms_signalstate", "rooms_tenantprofile"):
            for statement in (f"copy {table} to stdout", f"copy (table {table}) to stdout"):
                with cursor.copy(statement) as copy:
                    text = b"".join(bytes(block) for block in copy).decode()
                assert "Quartzite" in text
                assert WORD not in text


@pytest.mark.parametrize("table", ["rooms_room", "access_grant", "access_auditevent"])
def test_copy_in_is_refused(asha_in: Hand, table: str) -> None:
    with (
        pytest.raises((REFUSED, errors.FeatureNotSupported)),
        asha_in.web.under(asha_in.token),
        asha_in.web.line.cursor() as cursor,
        cursor.copy(f"copy {table} from stdin") as copy,
    ):
        copy.write(b"\n")


FILES = [
    "copy rooms_room to '/tmp/rooms.csv'",
    "copy rooms_room to program 'cat'",
    "copy rooms_room from program 'echo'",
    "copy (select 1) to '/tmp/rooms.csv'",
]


def test_copy_to_files_and_programs_is_refused(asha_in: Hand) -> None:
    assert asha_in.web.survivors(FILES, asha_in.token) == []


def test_cursor_over_tenant_rows_is_refused(asha_in: Hand) -> None:
    """A cursor would be checked once, and go on giving rows after the grant has ended."""
    with pytest.raises(NO_CONTEXT, match="cursor"), asha_in.web.under(asha_in.token) as line:
        line.execute("declare slow cursor for select * from rooms_room")
        line.execute("fetch 1 from slow")


def test_cursor_with_hold_keeps_no_row_for_the_next_user_77(asha_in: Hand) -> None:
    """WITH HOLD would outlive the transaction; the commit that would keep the rows fails."""
    line = asha_in.web.line
    with pytest.raises(NO_CONTEXT, match="cursor"), asha_in.web.committing(asha_in.token):
        line.execute("declare kept cursor with hold for select * from rooms_room")
    assert line.execute("select name from pg_cursors").fetchall() == []


def test_cursor_left_open_by_an_earlier_user_closes_the_lock(asha_in: Hand) -> None:
    """Over no tenant rows it may be made; while it stands nothing of a tenant is read."""
    line = asha_in.web.line
    line.execute("declare left_open cursor with hold for select 1")
    try:
        with pytest.raises(NO_CONTEXT, match="cursor"), asha_in.web.under(asha_in.token):
            line.execute("select * from rooms_room")
    finally:
        line.execute("close left_open")
    with asha_in.web.under(asha_in.token):
        assert asha_in.web.one("select count(*) from rooms_room") == 2


def test_loop_over_rows_in_a_code_block_is_refused(asha_in: Hand) -> None:
    """The loop of a DO block is a cursor too, and could sleep past the end of the grant."""
    with pytest.raises(NO_CONTEXT, match="cursor"), asha_in.web.under(asha_in.token) as line:
        line.execute(
            "do $$ declare r record; begin for r in select * from rooms_room loop"
            " perform pg_sleep(0.01); end loop; end $$"
        )


def test_prepared_statement_asks_the_lock_again_77(asha_in: Hand) -> None:
    line = asha_in.web.line
    line.prepare_threshold = None  # the driver would forget ours with its own on rollback
    line.execute("prepare rooms as select count(*) from rooms_room")
    with asha_in.web.under(asha_in.token):
        for _ in range(7):  # past the point where the plan is no longer made anew
            assert line.execute("execute rooms", prepare=False).fetchone() == (2,)
    assert line.execute("execute rooms", prepare=False).fetchone() == (0,)


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


INSIDE = [
    "select * from lock.key",
    "select * from lock.setting",
    "select * from lock.staged",
    "select * from lock.scope_limit",
    "select * from lock.move",
    "select * from lock.effective_grant",
    "insert into lock.key values ('x', sha512('x'), sha512('x'))",
    "update lock.setting set value = 'x'",
    "insert into lock.scope_limit values ('inventory.view', '1 year', 1, true)",
    "delete from lock.move",
    "delete from lock.staged",
    "select lock.read('x')",
    "select lock.refuse('x')",
    "select lock.strictest('{}')",
    "select lock.votes_needed('{}')",
    "select lock.is_locked_out(gen_random_uuid(), gen_random_uuid())",
    "create or replace function lock.now() returns timestamptz language sql as 'select now()'",
    "create or replace function lock.tenant_for(text) returns uuid language sql as"
    " 'select null::uuid'",
    "alter function lock.tenant_for(text) security invoker",
    "drop function lock.tenant_for(text) cascade",
    "create function lock.mine() returns int language sql as 'select 1'",
]


def test_inside_of_the_lock_is_out_of_reach(asha_in: Hand) -> None:
    assert asha_in.web.survivors(INSIDE, asha_in.token) == []


def test_functions_of_the_lock_give_nothing_without_a_context(asha_in: Hand) -> None:
    web = asha_in.web
    assert web.one("select lock.context() is null") is True
    assert web.one("select lock.actor()") is None
    assert web.one("select lock.claims('stop')") is False
    assert web.one("select lock.tenants('may_decide')") == []
    assert web.one("select lock.tenant_for('inventory.view')") is None
    assert web.one("select lock.rooms_for('inventory.view')") == []
    assert web.rows("select * from lock.open_grants()") == []
    assert web.rows("select * from lock.held('')") == []
    assert web.rows("select * from lock.my_events('view.rooms', '-infinity', 9)") == []
    for forged in ("x", "2|k1|eu|" + "|" * 9):
        with pytest.raises(NO_CONTEXT):
            web.rows("select * from lock.held(%s)", forged)


def test_functions_of_the_lock_tell_of_the_own_grants_only(
    asha_in: Hand, casey: object, other_tenant: object
) -> None:
    with asha_in.web.under(asha_in.token):
        found = asha_in.web.rows("select holder_id from lock.open_grants()")
        assert found == [(asha_in.token.actor,)]
        assert asha_in.web.one("select lock.tenant_for(%s)", "no.such.scope") is None
        assert asha_in.web.one("select lock.tenants(%s)", "%") == []


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
    names = [row[0] for row in web.rows("select datname from pg_database where datallowconn")]
    allowed = {
        name for name in names if web.one("select has_database_privilege(%s, 'connect')", name)
    }
    strange = {name for name in allowed if not name.startswith("rooms_")}
    assert not strange, f"rooms_web may connect to {strange}"
