"""The control plane's own entry: asked for, decided and opened like a tenant, and its record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections, transaction
from django.db.utils import ProgrammingError

from access import audit, residency
from access.actions.tidy import label_due
from access.audit import sequencer
from access.lock import context
from access.models import AuditEvent, ControlEvent, Grant, Tenant
from access.purposes import Purpose
from access.residency import CONTROL
from access.scopes import Relation, Scope
from access.states import GrantState
from access.verdict import Refused
from access.verify import rooms_verify as verify
from tests import people
from tests.access.conftest import unzipped
from tests.acts import ask, entered, granted, vote
from tests.html_lint import problems

RECORD = "/audit/control/"


@pytest.fixture
def control(policy: None) -> Tenant:
    """The control plane, which bo and bea decide for."""
    return people.control_plane()


@pytest.fixture
def deciders(control, bo, bea):
    """Two people who decide for the control plane."""
    for one in (bo, bea):
        people.relate(one, Relation.MAY_DECIDE, control)
    return [bo, bea]


@pytest.fixture
def auditor(control, dana):
    """Dana, who audits the control plane too."""
    people.relate(dana, Relation.MAY_AUDIT, control)
    return dana


def audits(by, control, deciders) -> Grant:
    return granted(by, control, deciders[:1], Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE)


# -- Asking, deciding, starting -------------------------------------------------------------------


def test_request_and_grant_of_the_control_plane_stand_in_its_own_database(
    control, auditor, deciders, superuser
):
    grant = audits(auditor, control, deciders)
    assert grant.state == GrantState.ACTIVE
    count = "select count(*) from access_grant"
    assert superuser["default"].execute(count).fetchone() == (1,)
    assert superuser["eu"].execute(count).fetchone() == (0,)
    kinds = superuser["default"].execute(
        "select type, tenant_reference from access_controlevent where tenant_id is not null"
        " order by recorded_at"
    )
    assert kinds.fetchall() == [
        (kind, "TN-CONTROL")
        for kind in (
            "request.submitted",
            "vote.cast",
            "grant.ready",
            "request.approved",
            "grant.started",
        )
    ]


@pytest.mark.parametrize("scope", [Scope.PEOPLE_MANAGE, Scope.POLICY_MANAGE])
def test_managing_takes_two_votes_and_an_hour_at_most(control, asha, deciders, scope):
    people.relate(asha, Relation.MAY_ASK, control)
    request = ask(asha, control, scope, purpose=Purpose.ASSURANCE)
    assert request.votes_needed == 2
    assert vote(deciders[0], control, request).state == "in_review"
    assert vote(deciders[1], control, request).state == "approved"
    with pytest.raises(Refused, match="At most 1 hour"):
        ask(asha, control, scope, purpose=Purpose.ASSURANCE, duration=timedelta(hours=2))


@pytest.mark.parametrize("scope", [Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW, Scope.DATA_ERASE])
def test_scopes_of_tenants_are_not_offered_for_the_control_plane(control, asha, deciders, scope):
    people.relate(asha, Relation.MAY_ASK, control)
    with pytest.raises(Refused, match="not offered"):
        ask(asha, control, scope)


@pytest.mark.parametrize("scope", [Scope.PEOPLE_MANAGE, Scope.POLICY_MANAGE])
def test_scopes_of_the_control_plane_are_not_offered_for_a_tenant(tenant, asha, bo, bea, scope):
    with pytest.raises(Refused, match="not offered"):
        ask(asha, tenant, scope, purpose=Purpose.ASSURANCE)


@pytest.mark.parametrize(("alias", "scope"), [(CONTROL, "inventory.view"), ("eu", "people.manage")])
def test_database_offers_each_plane_its_own_scopes(control, superuser, alias, scope):
    """Also when the rules in Python are skipped: the limits that the guards read say no."""
    longest = superuser[alias].execute("select lock.strictest(%s)", [[scope]]).fetchone()
    assert longest == (None,)


def test_subcontractor_does_not_manage_people(control, eli, deciders):
    people.relate(eli, Relation.MAY_ASK, control)
    with pytest.raises(Refused, match="for employees"):
        ask(eli, control, Scope.PEOPLE_MANAGE, purpose=Purpose.ASSURANCE)


def test_stop_on_a_person_reaches_the_control_plane(control, auditor, deciders, sign_in):
    grant = audits(auditor, control, deciders)
    client = sign_in(deciders[0])
    response = client.post(
        "/stop/",
        {"target": f"person:{auditor.person_id}", "reason": "Lost laptop", "confirm": "on"},
    )
    assert response.status_code in (200, 303), response.content.decode()
    with entered(auditor, control):
        assert Grant.objects.get(pk=grant.pk).state == GrantState.SUSPENDED


# -- The record of the control plane --------------------------------------------------------------


def as_anybody(alias: str = CONTROL) -> list[tuple[object, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute("select type from access_controlevent")
        return list(cursor.fetchall())


def test_record_of_the_control_plane_is_shut_without_a_grant(control, auditor, deciders):
    audit.record_control("sign_in.ok", by=auditor)
    assert as_anybody() == []
    assert not ControlEvent.objects.exists()
    # Who is known, and audits by relation; but nothing was granted and nothing recorded.
    with pytest.raises(Exception, match="read without a record"), entered(auditor, control):
        list(AuditEvent.objects.all())


def test_record_opens_under_a_grant_and_shuts_at_its_end(
    control, auditor, deciders, held_clock, sign_in
):
    now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    audit.record_control("sign_in.ok", by=deciders[0])
    held_clock.hold(now)
    audits(auditor, control, deciders)
    client = sign_in(auditor)
    html = client.get(RECORD).content.decode()
    assert problems(html) == []
    assert "signed in" in html
    assert "Bo" in html
    held_clock.hold(now + timedelta(hours=1))
    html = sign_in(auditor).get(RECORD).content.decode()
    assert "The record of this tenant is closed" in html
    assert "signed in" not in html


def test_grant_of_a_tenant_does_not_open_the_control_plane(
    tenant, control, auditor, deciders, sign_in
):
    granted(auditor, tenant, deciders[:1], Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE)
    html = sign_in(auditor).get(RECORD).content.decode()
    assert "is closed" in html


def test_reading_the_record_is_in_the_record(control, auditor, deciders, sign_in, superuser):
    grant = audits(auditor, control, deciders)
    client = sign_in(auditor)
    for _ in range(2):
        assert client.get(RECORD).status_code == 200
    rows = superuser["default"].execute(
        "select type, outcome, grant_references, id from access_controlevent"
        " where type like 'view.%'"
    )
    [(kind, outcome, under, event)] = rows.fetchall()
    assert (kind, outcome, under) == ("view.tenant_audit", "opened", [grant.reference])
    repeats = superuser["default"].execute("select event_id from access_auditrepeat").fetchall()
    assert repeats == [(event,)]


def test_record_is_not_there_for_who_has_no_part(control, tenant, dana, asha, sign_in):
    for one in (dana, asha):
        assert sign_in(one).get(RECORD).status_code == 404


def test_record_has_filters_saved_views_and_the_event_beside(control, auditor, deciders, sign_in):
    audits(auditor, control, deciders)
    event = audit.record_control("sign_in.refused", by=deciders[1], outcome="refused")
    client = sign_in(auditor)
    html = client.get(f"{RECORD}?result=refused&event={event}").content.decode()
    assert problems(html) == []
    assert "Bea" in html
    assert "sign_in.refused" in html
    made = client.post("/t/TN-CONTROL/audit/views/", {"name": "Refused", "query": "result=refused"})
    assert made.status_code == 303
    assert "Refused" in client.get(RECORD).content.decode()


@pytest.mark.parametrize("page", ["", "rooms/", "health/"])
def test_control_plane_has_no_rooms(control, auditor, sign_in, page):
    assert sign_in(auditor).get(f"/t/TN-CONTROL/{page}").status_code == 404


def test_event_of_the_control_plane_is_written_in_ones_own_name(control, auditor, asha):
    with (
        entered(auditor, control),
        pytest.raises(ProgrammingError),
        transaction.atomic(CONTROL),
        connections[CONTROL].cursor() as cursor,
    ):
        cursor.execute(
            "insert into access_controlevent (id, recorded_at, type, outcome, actor_id,"
            " actor_label, session, tenant_id, tenant_reference, scopes, grant_references,"
            " purpose, subject_type, subject_reference, detail) values (gen_random_uuid(),"
            " lock.now(), 'view.x', 'ok', %s, 'Asha', 'test', %s, '', '{}', '{}', '', '', '',"
            " '{}')",
            [asha.pk, control.pk],
        )


def test_worker_labels_what_ended_in_the_control_plane(
    control, auditor, deciders, held_clock, as_worker, as_web
):
    grant = audits(auditor, control, deciders)
    held_clock.shift(timedelta(hours=9))
    as_worker()
    assert label_due(CONTROL)["ended"] == 1
    as_web()
    with entered(auditor, control):
        assert Grant.objects.get(pk=grant.pk).state == GrantState.ENDED


def test_context_of_a_region_opens_nothing_in_the_control_plane(control, auditor, deciders):
    audits(auditor, control, deciders)
    of_eu = context.Context(
        region="eu",
        actor_id=auditor.pk,
        person_id=auditor.person_id,
        actor_label="",
        tenant=control,
    )
    with (
        pytest.raises(OperationalError, match="context"),
        residency.region(CONTROL),
        transaction.atomic(CONTROL),
    ):
        context.run_with_token(
            CONTROL, "select set_config('lock.context', %s, true) is not null", [of_eu.token()]
        )
        list(AuditEvent.objects.all())


# -- Proofs ---------------------------------------------------------------------------------------


@pytest.fixture
def sign_control(as_auditor, as_web, settings, tmp_path):
    """Call it, and all that is staged in the control plane is sequenced, signed and cosigned."""
    settings.AUDIT_KEYS_DIR = tmp_path / "keys"

    def call() -> None:
        as_auditor()
        while sequencer.sequence(CONTROL):
            pass
        call_command("sign_checkpoints", "--once", "--logs", "control")
        as_web()

    return call


def test_evidence_day_and_proof_of_the_control_plane_verify_offline(
    control, auditor, deciders, asha, bo, bea, sign_in, sign_control, superuser
):
    people.relate(asha, Relation.MAY_ASK, control)
    managing = granted(asha, control, deciders, Scope.PEOPLE_MANAGE, purpose=Purpose.ASSURANCE)
    assert sign_in(asha).get("/people/").status_code == 200
    audits(auditor, control, deciders)
    event = audit.record_control("sign_in.ok", by=bo)
    sign_control()
    client = sign_in(auditor)
    today = superuser["default"].execute("select (lock.now() at time zone 'UTC')::date").fetchone()
    for address in (
        f"/t/TN-CONTROL/grants/{managing.reference}/evidence/bundle/",
        f"/t/TN-CONTROL/audit/day/{today[0]}/bundle/",
        f"/t/TN-CONTROL/audit/events/{event}/proof/",
    ):
        response = client.get(address)
        assert response["Content-Type"] == "application/zip", response.content.decode()
        report = verify.verify_source(response.content, unzipped(response.content)["keys.json"])
        assert report.exit_code == 0, verify.as_text(report)


def test_whole_log_of_the_control_plane_verifies_with_grants_in_it(
    control, auditor, deciders, sign_in, sign_control, as_auditor, tmp_path
):
    audits(auditor, control, deciders)
    assert sign_in(auditor).get(RECORD).status_code == 200
    sign_control()
    as_auditor()
    call_command("export_audit", "control", str(tmp_path / "out"))
    report = verify.verify_source(
        str(tmp_path / "out"), (tmp_path / "out" / "keys.json").read_bytes()
    )
    assert report.exit_code == 0, verify.as_text(report)
