"""What each process role may do to each table: written down here, compared with the database."""

from __future__ import annotations

import os

import psycopg
import pytest
from django.db import connections

from access.lock.startup import UnsafeRole, refuse_unsafe_role
from access.residency import CONTROL
from tests.architecture.attack import REFUSED
from tests.architecture.catalogue import PROCESSES, matrix
from tests.architecture.conftest import Connect
from tests.conftest import ALIASES
from tests.plugins.cluster import WorkerCluster

# A role of this process's tests only, for other test workers share the server.
UNSAFE = f"unsafe_{os.getpid()}"
READ = {"rooms_web": "r"}
LOG_OF = {
    "checkpoint": {"rooms_auditor": "raw"},
    "disclosure": {"rooms_auditor": "r"},
    "head": {"rooms_web": "r", "rooms_auditor": "rw"},
    "leaf": {"rooms_web": "r", "rooms_auditor": "ra"},
    "tile": {"rooms_auditor": "raw"},
}

# r read, a add, w change, d delete; in brackets the columns that alone may be changed.
CONTROL_PLANE: dict[str, dict[str, str]] = {
    "lock.delivery": {"rooms_auditor": "raw"},
    "lock.staged": {"rooms_auditor": "rd"},
    "lock.event_lately": {},
    "access_certificate": {"rooms_web": "ra"},
    "lock.effective_grant": {},
    "lock.key": {},
    "lock.move": {},
    "lock.scope_limit": {},
    "lock.setting": {},
    "access_accessrequest": {"rooms_web": "raw", "rooms_worker": "r w(decided_at,state,version)"},
    "access_auditrepeat": {"rooms_web": "ra", "rooms_auditor": "r"},
    "access_controlcheckpoint": READ | LOG_OF["checkpoint"],
    "access_controldisclosure": READ | LOG_OF["disclosure"],
    "access_controlevent": {"rooms_web": "ra", "rooms_worker": "a", "rooms_auditor": "r"},
    "access_controlhead": LOG_OF["head"],
    "access_controlleaf": LOG_OF["leaf"],
    "access_controltile": READ | LOG_OF["tile"],
    # The log again under a region's names: views that read as who asks.
    "access_auditdisclosure": READ,
    "access_auditevent": {"rooms_web": "ra", "rooms_worker": "a"},
    "access_regionalcheckpoint": READ,
    "access_regionalhead": READ,
    "access_regionalleaf": READ,
    "access_regionaltile": READ,
    "access_grant": {
        "rooms_web": "raw",
        "rooms_worker": "r w(close_reason,closed_at,closed_by_label,state)",
    },
    "access_lockout": {"rooms_web": "raw"},
    "access_relationact": {"rooms_web": "ra"},
    "access_requestmessage": {"rooms_web": "ra"},
    "access_savedview": {"rooms_web": "rad"},
    "access_vote": {"rooms_web": "raw"},
    "access_notice": {
        "rooms_web": "r w(seen_at)",
        "rooms_worker": "rad w(mail_attempts,mail_next_at,mailed_at)",
    },
    "access_policychange": {
        "rooms_web": "ra w(decided_by_id,decided_by_label,decided_by_person_id,decision)",
    },
    "access_policyversion": {"rooms_web": "r"},
    "access_residencyproof": {"rooms_web": "r", "rooms_worker": "ra"},
    "access_staff": {
        "rooms_web": "r w(density,last_login,mail_notices,password,shortcuts,theme)",
        "rooms_worker": "r(email,id,is_active,mail_notices)",
    },
    "access_staff_groups": READ,
    "access_staff_user_permissions": READ,
    "access_standingcheck": {"rooms_web": "ra"},
    "access_stepup": {"rooms_web": "ra w(used_at)"},
    "access_tenant": {"rooms_web": "r", "rooms_worker": "r(id,region)"},
    "access_tenantrelation": {"rooms_web": "r"},
    "auth_group": READ,
    "auth_group_permissions": READ,
    "auth_permission": READ,
    "axes_accessattempt": {"rooms_web": "rawd"},
    "axes_accessattemptexpiration": {"rooms_web": "rawd"},
    "axes_accessfailurelog": {"rooms_web": "rawd"},
    "axes_accesslog": {"rooms_web": "rawd"},
    "django_content_type": READ,
    "django_migrations": {},
    "django_session": {"rooms_web": "rawd"},
    "guardian_groupobjectpermission": READ,
    "guardian_userobjectpermission": READ,
    "otp_static_staticdevice": {"rooms_web": "rawd"},
    "otp_static_statictoken": {"rooms_web": "rawd"},
    "otp_totp_totpdevice": {"rooms_web": "rawd"},
}

REGION: dict[str, dict[str, str]] = {
    "lock.effective_grant": {},
    "lock.key": {},
    "lock.move": {},
    "lock.scope_limit": {},
    "lock.setting": {},
    "lock.delivery": {"rooms_auditor": "raw"},
    "lock.staged": {"rooms_auditor": "rd"},
    "lock.event_lately": {},
    "access_accessrequest": {"rooms_web": "raw", "rooms_worker": "r w(decided_at,state,version)"},
    "access_auditdisclosure": READ | LOG_OF["disclosure"],
    "access_auditevent": {"rooms_web": "ra", "rooms_worker": "a", "rooms_auditor": "r"},
    "access_auditrepeat": {"rooms_web": "ra", "rooms_auditor": "r"},
    "access_grant": {
        "rooms_web": "raw",
        "rooms_worker": "r w(close_reason,closed_at,closed_by_label,state)",
    },
    "access_lockout": {"rooms_web": "raw"},
    "access_regionalcheckpoint": READ | LOG_OF["checkpoint"],
    "access_regionalhead": LOG_OF["head"],
    "access_regionalleaf": LOG_OF["leaf"],
    "access_regionaltile": READ | LOG_OF["tile"],
    "access_requestmessage": {"rooms_web": "ra"},
    "access_savedview": {"rooms_web": "rad"},
    "access_vote": {"rooms_web": "raw"},
    "diagnostics_activityentry": READ | {"rooms_worker": "rad"},
    "diagnostics_activitykey": READ | {"rooms_worker": "rawd"},
    "diagnostics_automationpolicy": {"rooms_web": "raw", "rooms_worker": "rd"},
    "diagnostics_case": {"rooms_web": "raw", "rooms_worker": "rwd"},
    "diagnostics_casecertificate": READ | {"rooms_worker": "rad"},
    "diagnostics_casestep": READ | {"rooms_worker": "rawd"},
    "diagnostics_casevote": {"rooms_web": "ra", "rooms_worker": "rd"},
    "diagnostics_collection": {"rooms_web": "rawd", "rooms_worker": "rawd"},
    "diagnostics_collectionfile": READ | {"rooms_worker": "rawd"},
    "diagnostics_collectionpart": {"rooms_web": "rawd", "rooms_worker": "rawd"},
    "diagnostics_contentkey": READ | {"rooms_worker": "rawd"},
    "diagnostics_destruction": READ | {"rooms_worker": "rawd"},
    "diagnostics_download": {"rooms_web": "rawd", "rooms_worker": "rd"},
    "diagnostics_emergencystop": {"rooms_web": "raw", "rooms_worker": "rd"},
    "diagnostics_legalhold": {"rooms_web": "rawd", "rooms_worker": "rd"},
    "diagnostics_logentry": READ | {"rooms_worker": "rad"},
    "diagnostics_loghour": READ | {"rooms_worker": "rad"},
    "diagnostics_logmask": READ | {"rooms_worker": "rad"},
    "diagnostics_logtotal": READ | {"rooms_worker": "rawd"},
    "diagnostics_logword": READ | {"rooms_worker": "rad"},
    "diagnostics_remediation": {"rooms_web": "raw", "rooms_worker": "rawd"},
    "diagnostics_remediationfinding": READ | {"rooms_worker": "rawd"},
    "diagnostics_remediationnotice": {"rooms_web": "a", "rooms_worker": "rawd"},
    "diagnostics_remediationsettings": {"rooms_web": "raw", "rooms_worker": "rd"},
    "diagnostics_remediationstep": READ | {"rooms_worker": "rd"},
    "diagnostics_remediationvote": {"rooms_web": "ra", "rooms_worker": "rd"},
    "diagnostics_reveal": {"rooms_web": "rawd", "rooms_worker": "rd"},
    "diagnostics_systemquery": READ | {"rooms_worker": "rad"},
    "diagnostics_upload": READ | {"rooms_worker": "rwd"},
    "diagnostics_uploadpart": READ | {"rooms_worker": "rd"},
    "diagnostics_wave": {"rooms_web": "raw", "rooms_worker": "rawd"},
    "diagnostics_waveexclusion": READ | {"rooms_worker": "rad"},
    "diagnostics_wavering": READ | {"rooms_worker": "rawd"},
    "django_migrations": {},
    "rooms_device": {"rooms_web": "r w(enrolled_at,state)", "rooms_worker": "rw"},
    "rooms_deviceaddress": READ | {"rooms_worker": "raw"},
    "rooms_devicecommand": READ | {"rooms_worker": "raw"},
    "rooms_deviceidentity": {"rooms_web": "r w(revoked_at,revoked_why)"},
    "rooms_devicekey": {"rooms_web": "r w(revoked_at,revoked_why)"},
    "rooms_devicenonce": {},
    "rooms_devicerefusal": READ | {"rooms_worker": "d r(hour)"},
    "rooms_devicereport": READ | {"rooms_worker": "ra"},
    "rooms_enrolmentchallenge": READ,
    "rooms_enrolmentkey": {"rooms_web": "rawd"},
    "rooms_fleetcount": READ | {"rooms_worker": "rawd"},
    "rooms_healthcount": READ | {"rooms_worker": "rawd"},
    "rooms_incident": {"rooms_web": "rawd", "rooms_worker": "rawd"},
    "rooms_incidententry": {"rooms_web": "rawd", "rooms_worker": "rad"},
    "rooms_incidentmessage": {"rooms_web": "rawd", "rooms_worker": "d r(incident_id,tenant_id)"},
    "rooms_peripheral": READ | {"rooms_worker": "rawd"},
    "rooms_reportinbox": READ | {"rooms_worker": "rd w(id)"},
    "rooms_room": READ | {"rooms_worker": "r(floor,id,reference,ring,room_type,site_id,tenant_id)"},
    "rooms_roomaccount": READ,
    "rooms_roomday": READ | {"rooms_worker": "raw"},
    "rooms_roomeventhour": READ | {"rooms_worker": "rawd"},
    "rooms_roomhealth": {"rooms_web": "r w(next_evaluation_at)", "rooms_worker": "raw"},
    "rooms_roomposition": READ,
    "rooms_roomtoken": READ,
    "rooms_signalsetting": {"rooms_web": "rawd", "rooms_worker": "r"},
    "rooms_signalstate": READ | {"rooms_worker": "rawd"},
    "rooms_signalthresholds": {"rooms_web": "rawd", "rooms_worker": "r"},
    "rooms_site": READ | {"rooms_worker": "r(building,id,name,tenant_id,time_zone)"},
    "rooms_softwareversion": READ | {"rooms_worker": "rawd"},
    "rooms_suppression": {"rooms_web": "rawd", "rooms_worker": "rd"},
    "rooms_tenantprofile": READ | {"rooms_worker": "r(id,left_at,reference,tenant_id)"},
    "rooms_triageitem": READ | {"rooms_worker": "rawd"},
    "rooms_trustedendorsement": {"rooms_web": "rawd"},
}


@pytest.mark.parametrize("alias", ALIASES)
def test_roles_may_do_what_is_written_here_and_nothing_else(
    superuser: dict[str, psycopg.Connection], alias: str
) -> None:
    """A table that is not written here, or a privilege too many or too few, fails."""
    assert matrix(superuser[alias]) == (CONTROL_PLANE if alias == CONTROL else REGION)


@pytest.mark.parametrize("role", PROCESSES)
def test_role_reads_what_the_matrix_says_and_is_refused_the_rest(
    connect: Connect, role: str
) -> None:
    """The same as above, tried: has_table_privilege could be fooled, a SELECT is not."""
    for alias, expected in ((CONTROL, CONTROL_PLANE), ("eu", REGION)):
        line = connect(role, alias).line
        for table, rights in expected.items():
            may_read = rights.get(role, "").startswith("r") and rights[role][1:2] != "("
            try:
                line.execute(f"select * from {table} limit 1")
            except REFUSED:
                assert not may_read, f"{role} cannot read {table} of {alias}"
            else:
                assert may_read, f"{role} reads {table} of {alias}"


@pytest.mark.parametrize("role", PROCESSES)
def test_role_without_a_context_sees_no_row_of_a_tenant(
    connect: Connect, role: str, ours: object, asha: object, bo: object, superuser: dict
) -> None:
    """Also the device API and the sequencer hold no key to tenants' rooms.

    The worker turns reports into health, so it reads what it judges by (docs/adr/0013): devices,
    signals and incidents, but no room's name, account or place, no message and no person.
    """
    line = connect(role, "eu").line
    for table in (table for table in REGION if table.startswith("rooms_")):
        if role == "rooms_worker" and role in REGION[table]:
            continue
        try:
            assert line.execute(f"select * from {table}").fetchall() == [], table
        except REFUSED:
            continue


@pytest.mark.parametrize("alias", ALIASES)
def test_process_roles_hold_no_power(superuser: dict[str, psycopg.Connection], alias: str) -> None:
    line = superuser[alias]
    mighty = line.execute(
        "select rolname from pg_roles where rolname like 'rooms\\_%%' and rolname <> 'rooms_super'"
        " and (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication)"
    ).fetchall()
    assert mighty == []
    members = line.execute(
        "select m.member::regrole::text, m.roleid::regrole::text from pg_auth_members m"
        " where (m.member = any(%(roles)s::regrole[]) or m.roleid = any(%(roles)s::regrole[]))"
        " and m.member::regrole::text !~ '^unsafe_'",
        {"roles": ["rooms_owner", *PROCESSES]},
    ).fetchall()
    assert members == []
    for role in PROCESSES:
        owned = line.execute(
            "select objid, classid::regclass::text from pg_shdepend"
            " where refobjid = %s::regrole and deptype = 'o'",
            [role],
        ).fetchall()
        assert owned == [], f"{role} owns something"
        for what, name in (("temporary", "database"), ("create", "database")):
            held = line.execute(
                f"select has_{name}_privilege(%s, current_database(), %s)", [role, what]
            ).fetchone()
            assert held == (False,), f"{role} may {what} in {alias}"
        for schema in ("public", "lock"):
            held = line.execute("select has_schema_privilege(%s, %s, 'create')", [role, schema])
            assert held.fetchone() == (False,), f"{role} may create in {schema}"


@pytest.mark.parametrize("alias", ALIASES)
def test_only_the_owner_owns_tables(superuser: dict[str, psycopg.Connection], alias: str) -> None:
    owners = (
        superuser[alias]
        .execute(
            "select distinct c.relowner::regrole::text from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('public', 'lock')"
        )
        .fetchall()
    )
    assert owners == [("rooms_owner",)]


def test_statement_text_of_staff_pages_is_kept_out_of_sight(
    superuser: dict[str, psycopg.Connection],
) -> None:
    settings = dict(
        superuser["eu"]
        .execute("select rolname, rolconfig from pg_roles where rolname like 'rooms\\_%%'")
        .fetchall()
    )
    for role in ("rooms_web", "rooms_device"):
        assert "track_activities=off" in settings[role]
        assert any(one.startswith("statement_timeout=") for one in settings[role])
        assert any(one.startswith("idle_in_transaction") for one in settings[role])


# -- The start-up refusal -------------------------------------------------------------------------


def test_serving_as_a_process_role_is_allowed(db: None) -> None:
    refuse_unsafe_role()


@pytest.mark.parametrize("who", ["owner", "superuser", "bypass", "member"])
def test_serving_as_a_role_that_could_go_round_the_lock_is_refused(
    db: None,
    cluster: WorkerCluster,
    superuser: dict[str, psycopg.Connection],
    who: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    behind = superuser["eu"]
    role = {"owner": "rooms_owner", "superuser": "rooms_super"}.get(who, UNSAFE)
    url = cluster.superuser("eu") if who == "superuser" else cluster.url("eu", "rooms_owner")
    login = psycopg.conninfo.conninfo_to_dict(url)
    if role == UNSAFE:
        behind.execute(f"drop role if exists {role}")
        behind.execute(f"create role {role} login password 'x' noinherit")
        behind.execute(f"grant connect on database {behind.info.dbname} to {role}")
        behind.execute(
            f"alter role {role} bypassrls" if who == "bypass" else f"grant rooms_owner to {role}"
        )
        login = {**login, "user": role, "password": "x"}
    eu = connections["eu"]
    eu.close()
    monkeypatch.setitem(eu.settings_dict, "USER", login["user"])
    monkeypatch.setitem(eu.settings_dict, "PASSWORD", login["password"])
    try:
        with pytest.raises(UnsafeRole, match=login["user"]):
            refuse_unsafe_role()
    finally:
        eu.close()
        if role == UNSAFE:
            behind.execute(f"revoke all on database {behind.info.dbname} from {role}")
            behind.execute(f"drop role {role}")
