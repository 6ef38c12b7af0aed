"""Every table of a region stands under the lock, or on a short list that says why it need not."""

from __future__ import annotations

import re

import psycopg
import pytest

from tests.conftest import ALIASES

# Tables of a region without tenant data, or held otherwise; each says why.
EXPLAINED = {
    "django_migrations": "names of migrations; no process role may read it",
    "access_regionalhead": "size and root of the log's tree: hashes only",
}
# Under row security, with policies of their own kind instead of a scope and its floor.
OWN_POLICIES = {
    "access_accessrequest": "one's own, and those of tenants one may decide or audit",
    "access_vote": "with its request",
    "access_requestmessage": "with its request",
    "access_grant": "one's own, and those of tenants one may decide or audit",
    "access_lockout": "whoever is signed in sees what is stopped",
    "access_auditevent": "audit.view; everybody adds their own acts",
    "access_auditrepeat": "with its event",
    "access_auditdisclosure": "with its event",
    "access_regionaltile": "the log's tree: hashes only; whoever is signed in",
    "access_regionalcheckpoint": "signed sizes and roots: hashes only; whoever is signed in",
    "access_savedview": "one's own, under audit.view",
    "access_regionalleaf": "with its event",
    "rooms_fleetcount": "counts of a whole region",
    "rooms_triageitem": "references only; whoever is signed in",
    "rooms_devicerefusal": "counts of a whole region; whoever is signed in",
    "rooms_devicenonce": "spent nonces; no process role reads them",
    "diagnostics_case": "whoever asks, decides or audits for the tenant: approvers hold no grant",
    "diagnostics_casevote": "with its case",
    "diagnostics_casestep": "with its case; only the worker writes them",
    "diagnostics_casecertificate": "with its case; only the worker writes them",
    "diagnostics_remediation": "health.view, whoever ordered it, or may still decide on it",
    "diagnostics_wave": "health.view of the whole tenant, whoever ordered it, or decides",
    "diagnostics_wavering": "with its wave; only the worker writes them",
    "diagnostics_waveexclusion": "with its wave; only the worker writes them",
    "diagnostics_automationpolicy": "health.view, whoever proposed it, or decides",
    "diagnostics_remediationsettings": "health.view, whoever proposed it, or decides",
    "diagnostics_remediationvote": "health.view, or whoever asks or decides for the tenant",
    "diagnostics_remediationnotice": "nobody reads it: the worker carries it out",
    "diagnostics_emergencystop": "whoever is signed in: it names a tenant by its reference",
}
# Unique keys that do not lead with the tenant, and why their conflicts tell nothing.
KEYS = {
    "access_auditevent_pkey": "a random or session-bound id",
    "access_auditrepeat_pkey": "a counter that nobody may choose",
    "access_lockout_pkey": "a random id; everybody sees the rows",
    "access_regionalleaf_pkey": "only the sequencer adds rows",
    "access_regionalleaf_event_id_key": "only the sequencer adds rows",
    "access_regionalhead_pkey": "one row",
    "access_auditdisclosure_pkey": "only the event's own trigger adds rows",
    "access_regionaltile_pkey": "only the sequencer adds rows",
    "access_regionalcheckpoint_pkey": "only the signer adds rows",
    "django_migrations_pkey": "no process role adds rows",
    "rooms_fleetcount_pkey": "no process role adds rows",
    "one_count_an_hour": "no process role adds rows; no tenant data",
    "rooms_triageitem_pkey": "no process role adds rows",
    "rooms_triageitem_reference_key": "no process role but the worker adds rows",
    "rooms_devicerefusal_pkey": "no process role adds rows",
    "one_refusal_count_an_hour": "no process role adds rows; no tenant data",
    "rooms_devicenonce_pkey": "no process role adds rows",
    "enrolment_key_secret": "a device knows the key before the tenant; 160 random bits",
    "challenge_name": "no process role adds rows; 256 random bits",
    "device_key_name": "no process role adds rows; a random name",
    "one_device_a_tpm": "no process role adds rows: one box is one customer's",
    "upload_name": "no process role adds rows; 256 random bits",
    "diagnostics_emergencystop_pkey": "a random id; everybody sees the rows",
    "diagnostics_emergencystop_reference_key": "random; everybody sees the rows",
}
# Indexes of locked tables for the worker, which works on all tenants at once.
FOR_THE_WORKER = {
    "inbox_oldest", "health_due", "incident_to_close", "incident_to_destroy", "collection_due",
    "collection_to_check", "command_unsigned",
}  # fmt: skip
SCOPED = ("SELECT", "INSERT", "UPDATE", "DELETE")
COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}


@pytest.fixture(params=["eu", "apac", "us"])
def region(request: pytest.FixtureRequest, superuser: dict) -> psycopg.Connection:
    """The catalogue of each region in turn."""
    return superuser[request.param]


def tables(line: psycopg.Connection) -> dict[str, tuple[bool, bool]]:
    """Table → (row security enabled, forced)."""
    rows = line.execute(
        "select relname, relrowsecurity, relforcerowsecurity from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
    )
    return {name: (enabled, forced) for name, enabled, forced in rows.fetchall()}


def test_every_table_is_locked_or_explained(region: psycopg.Connection) -> None:
    for name, bound in tables(region).items():
        assert name in EXPLAINED or bound == (True, True), f"{name} stands open"


def test_lists_of_exceptions_name_only_what_exists(region: psycopg.Connection) -> None:
    assert set(EXPLAINED) | set(OWN_POLICIES) <= set(tables(region))


def test_locked_table_has_a_permissive_and_a_restrictive_policy_for_each_command(
    region: psycopg.Connection,
) -> None:
    """For each command that rooms_web is granted; each names a scope; none is for everybody."""
    for name in set(tables(region)) - set(EXPLAINED) - set(OWN_POLICIES):
        policies = region.execute(
            "select polcmd::text, polpermissive, polroles::regrole[]::text[],"
            " pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)"
            " from pg_policy where polrelid = %s::regclass",
            [name],
        ).fetchall()
        kinds = {
            (COMMANDS[command], permissive)
            for command, permissive, roles, _, _ in policies
            if roles == ["rooms_web"]
        }
        for command in SCOPED:
            granted = region.execute(
                "select has_table_privilege('rooms_web', %s, %s)", [name, command]
            ).fetchone()
            if granted == (True,):
                assert {(command, True), (command, False)} <= kinds, f"{name} lacks {command}"
        for command, _, roles, using, check in policies:
            if roles in (["rooms_owner"], ["rooms_worker"]):
                continue  # neither is a person; tests/architecture/test_roles.py says what they may
            assert roles == ["rooms_web"], f"{name} has a policy for {roles}"
            if command in "rwd":
                assert "lock.tenant_for(" in using, name
            if command in "aw":
                assert "lock.tenant_for(" in check, name


def test_policy_compares_the_tenant_once_a_statement(region: psycopg.Connection) -> None:
    """The scalar shape: a function called for every row would be thousands of times slower."""
    rows = region.execute(
        "select polrelid::regclass::text, polname,"
        " coalesce(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))"
        " from pg_policy where 'rooms_web'::regrole::oid = any(polroles)"
    ).fetchall()
    assert len(rows) > 30
    for table, name, condition in rows:
        once = re.sub(r"\( SELECT \(?lock\.[^)]*\)[^)]*\)", "", condition)
        once = re.sub(r"\( SELECT \(lock\.[^|]*\|\| lock\.[^)]*\)\)[^)]*\)", "", once)
        assert "lock." not in once, f"{name} on {table}: {condition}"


def test_room_column_that_narrows_is_never_null(region: psycopg.Connection) -> None:
    """A null there would stand outside of every narrow grant's list, and count as inside."""
    rows = region.execute(
        "select c.oid::regclass::text, a.attnotnull from pg_class c"
        " join pg_attribute a on a.attrelid = c.oid and a.attname in ('room_id', 'tenant_id')"
        " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"
    ).fetchall()
    loose = {name for name, filled in rows if not filled}
    assert loose == {"access_auditevent"}  # an event may concern no tenant


def test_unique_keys_lead_with_the_tenant(region: psycopg.Connection) -> None:
    rows = region.execute(
        "select i.indexrelid::regclass::text, a.attname from pg_index i"
        " join pg_class c on c.oid = i.indrelid"
        " join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]"
        " where i.indisunique and c.relnamespace = 'public'::regnamespace"
    ).fetchall()
    others = {name for name, column in rows if column != "tenant_id"}
    assert others == set(KEYS)


def test_foreign_keys_lead_with_the_tenant_on_both_sides(region: psycopg.Connection) -> None:
    rows = region.execute(
        "select k.conname, a.attname, b.attname from pg_constraint k"
        " join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]"
        " join pg_attribute b on b.attrelid = k.confrelid and b.attnum = k.confkey[1]"
        " where k.contype = 'f' and k.connamespace = 'public'::regnamespace"
    ).fetchall()
    assert len(rows) > 15
    for name, here, there in rows:
        assert (here, there) == ("tenant_id", "tenant_id"), name


def test_index_that_serves_the_lock_leads_with_the_tenant(region: psycopg.Connection) -> None:
    """Every index of a locked table: another would only be usable beside the lock."""
    rows = region.execute(
        "select i.indexrelid::regclass::text, i.indrelid::regclass::text, a.attname from pg_index i"
        " join pg_class c on c.oid = i.indrelid join pg_attribute a"
        " on a.attrelid = i.indrelid and a.attnum = i.indkey[0]"
        " where c.relnamespace = 'public'::regnamespace"
    ).fetchall()
    locked = set(tables(region)) - set(EXPLAINED) - set(OWN_POLICIES)
    others = {name for name, table, column in rows if table in locked and column != "tenant_id"}
    assert others == FOR_THE_WORKER | (set(KEYS) & others)


@pytest.mark.parametrize("alias", ALIASES)
def test_no_view_goes_round_the_lock(superuser: dict, alias: str) -> None:
    line = superuser[alias]
    stored = line.execute("select oid::regclass::text from pg_class where relkind = 'm'").fetchall()
    assert stored == [], "a materialized view holds rows of all tenants"
    views = line.execute(
        "select c.oid::regclass::text, coalesce(c.reloptions, '{}') from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'v'"
        " and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
    ).fetchall()
    for name, options in views:
        assert "security_invoker=true" in options, name


@pytest.mark.parametrize("alias", ALIASES)
def test_functions_with_their_owners_rights_are_closed_and_pinned(
    superuser: dict, alias: str
) -> None:
    """SECURITY DEFINER: nothing on its path that others may write, and not for everybody."""
    rows = (
        superuser[alias]
        .execute(
            "select p.oid::regprocedure::text, p.prosecdef, coalesce(p.proconfig, '{}'),"
            " p.proowner::regrole::text, coalesce((select bool_or(a.grantee = 0)"
            " from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a), false)"
            " from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where n.nspname in ('lock', 'public', 'device', 'diagnostics')"
        )
        .fetchall()
    )
    assert rows
    paths = {
        "search_path=pg_catalog, pg_temp",
        "search_path=pg_catalog, public, pg_temp",
    }
    for name, definer, settings, owner, everybody in rows:
        assert not everybody, f"everybody may call {name}"
        assert owner == "rooms_owner", name
        if definer:
            assert paths & set(settings), f"{name} has no fixed search path"


@pytest.mark.parametrize("alias", ALIASES)
def test_nothing_of_ours_is_granted_to_everybody(superuser: dict, alias: str) -> None:
    line = superuser[alias]
    relations = line.execute(
        "select c.oid::regclass::text, a.privilege_type from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a"
        " where a.grantee = 0 and n.nspname in ('public', 'lock', 'device')"
    ).fetchall()
    columns = line.execute(
        "select t.attrelid::regclass::text, t.attname from pg_attribute t"
        " join pg_class c on c.oid = t.attrelid, aclexplode(t.attacl) a"
        " where a.grantee = 0 and c.relnamespace in ('public'::regnamespace, 'lock'::regnamespace)"
    ).fetchall()
    schemas = line.execute(
        "select n.nspname, a.privilege_type from pg_namespace n, aclexplode(n.nspacl) a"
        " where a.grantee = 0 and n.nspname in ('public', 'lock') and a.privilege_type = 'CREATE'"
    ).fetchall()
    database = line.execute(
        "select a.privilege_type from pg_database d, aclexplode(d.datacl) a"
        " where d.datname = current_database() and a.grantee = 0"
    ).fetchall()
    assert (relations, columns, schemas, database) == ([], [], [], [])


@pytest.mark.parametrize("alias", ALIASES)
def test_new_function_is_closed_from_the_start(superuser: dict, alias: str) -> None:
    """What a later migration makes as the owner is not callable by everybody."""
    line = superuser[alias]
    with line.transaction(force_rollback=True):
        line.execute("set local role rooms_owner")
        line.execute("create function lock.later() returns int language sql as 'select 1'")
        line.execute("reset role")
        for role in ("rooms_web", "rooms_device", "rooms_worker", "rooms_auditor"):
            held = line.execute(
                "select has_function_privilege(%s, 'lock.later()', 'execute')", [role]
            )
            assert held.fetchone() == (False,), role


def test_database_holds_no_extension_but_the_language(region: psycopg.Connection) -> None:
    found = {row[0] for row in region.execute("select extname from pg_extension").fetchall()}
    assert found == {"plpgsql"}


def test_nothing_is_published_or_partitioned_round_the_lock(region: psycopg.Connection) -> None:
    assert region.execute("select count(*) from pg_publication").fetchone() == (0,)
    assert region.execute("select count(*) from pg_foreign_server").fetchone() == (0,)
    children = region.execute(
        "select inhrelid::regclass::text from pg_inherits"
        " join pg_class c on c.oid = inhrelid where c.relkind in ('r', 'p')"
    ).fetchall()
    for (name,) in children:
        for role in ("rooms_web", "rooms_device", "rooms_worker", "rooms_auditor"):
            held = region.execute(
                "select has_table_privilege(%s, %s, 'select, insert, update, delete')", [role, name]
            )
            assert held.fetchone() == (False,), f"{role} reaches the partition {name} directly"


def test_open_table_is_noticed(region: psycopg.Connection) -> None:
    """The first test above can fail: a table made without the lock is found."""
    with region.transaction(force_rollback=True):
        region.execute("create table public.rooms_forgotten (tenant_id uuid)")
        assert tables(region)["rooms_forgotten"] == (False, False)
        with pytest.raises(AssertionError, match="stands open"):
            test_every_table_is_locked_or_explained(region)
