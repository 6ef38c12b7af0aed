"""Another tenant's rows: by id, join, function, key conflict, COPY, cursor, view and error."""

from __future__ import annotations

import pytest
from psycopg import errors

from tests.architecture.attack import NO_CONTEXT, REFUSED
from tests.architecture.canaries import Planted
from tests.architecture.conftest import Hand

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


@pytest.mark.parametrize(
    "table", ["rooms_room", "rooms_peripheral", "rooms_site", "rooms_roomaccount"]
)
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
