"""People and their standing relations: seen and changed under a grant, never one's own."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connections, transaction
from django.test.utils import CaptureQueriesContext

from access import relations
from access.actions.people import act_on_relation
from access.models import RelationAct, TenantRelation
from access.models.relation_acts import RelationActKind
from access.purposes import Purpose
from access.residency import CONTROL
from access.scopes import Relation, Scope
from tests import people
from tests.acts import entered, granted
from tests.conftest import _log_in_as
from tests.html_lint import problems

URL = "/people/"
WHY = "Moved to the night team"
UNRECORDED = r"without a record|row-level security"


@pytest.fixture
def control(policy):
    """The control plane's entry."""
    return people.control_plane()


@pytest.fixture
def pat(control, bo, bea):
    """Looks after people; bo and bea decide."""
    for one in (bo, bea):
        people.relate(one, Relation.MAY_DECIDE, control)
    return people.person("pat", asks=[control])


@pytest.fixture
def manages(control, pat, bo, bea):
    """Pat's live grant for people.manage."""
    return granted(pat, control, [bo, bea], Scope.PEOPLE_MANAGE, purpose=Purpose.ASSURANCE)


def read(client, url=URL):
    response = client.get(url)
    assert problems(response.content.decode()) == []
    return response


def change(client, person, act="give", **fields):
    sent = {"act": act, "relation": "may_ask", "reason": WHY, **fields}
    return client.post(f"{URL}{person.pk}/change/", sent)


def parts(person):
    return {
        (relation.value, tenant.reference)
        for relation in Relation
        for tenant in relations.of(person).to(relation)
    }


# -- Seeing ---------------------------------------------------------------------------------------


def test_people_are_closed_without_a_grant(control, pat, asha, sign_in):
    html = read(sign_in(pat)).content.decode()
    assert "The list of people and their relations is closed" in html
    assert "asha@" not in html


def test_people_are_not_there_for_who_has_no_part(control, asha, sign_in):
    assert sign_in(asha).get(URL).status_code == 404


def test_people_show_relations_and_dates(manages, pat, asha, eli, sign_in):
    people.lose_training(eli)
    response = read(sign_in(pat))
    lines = {line.staff.name: line for line in response.context["lines"]}
    assert lines["Asha"].relations == "may ask 1"
    assert lines["Asha"].unfit is None
    assert lines["Eli"].unfit.code == "training"
    assert lines["Bo"].relations == "may decide 2"
    html = response.content.decode()
    assert f"{eli.contract_ends_on:%Y-%m-%d}" in html
    assert len(html) < 60_000


def test_people_take_a_fixed_number_of_statements(manages, pat, asha, sign_in):
    client = sign_in(pat)
    read(client)
    with CaptureQueriesContext(connections[CONTROL]) as few:
        read(client)
    for number in range(10):
        people.person(f"more{number}")
    with CaptureQueriesContext(connections[CONTROL]) as many:
        read(client)
    assert len(many) == len(few)


def test_looking_is_recorded(manages, pat, sign_in, superuser):
    read(sign_in(pat))
    [event] = superuser["default"].execute(
        "select actor_id, grant_references, scopes from access_controlevent"
        " where type = 'view.people'"
    )
    assert event == (pat.pk, [manages.reference], ["people.manage"])


# -- Changing -------------------------------------------------------------------------------------


def test_relation_is_given_with_a_reason_and_recorded(
    manages, tenant, other_tenant, pat, asha, sign_in, superuser
):
    client = sign_in(pat)
    assert change(client, asha, tenant=other_tenant.reference.lower()).status_code == 303
    assert parts(asha) == {("may_ask", tenant.reference), ("may_ask", other_tenant.reference)}
    assert WHY in read(client, f"{URL}{asha.pk}/").content.decode()
    [event] = superuser["default"].execute(
        "select subject_reference, grant_references, detail - 'act' from access_controlevent"
        " where type = 'relation.give'"
    )
    assert event == (
        str(asha.pk),
        [manages.reference],
        {"relation": "may_ask", "of": other_tenant.reference},
    )


def test_relation_is_ended(manages, tenant, pat, asha, sign_in):
    assert change(sign_in(pat), asha, "take", tenant=tenant.reference).status_code == 303
    assert parts(asha) == set()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"reason": "   "}, 422),
        ({"reason": "...!"}, 422),
        ({"tenant": "TN-NOTHERE1"}, 422),
        ({"relation": "may_all"}, 422),
        ({"act": "take"}, 409),
        ({"act": "keep"}, 422),
    ],
)
def test_change_that_is_not_whole_changes_nothing(
    manages, other_tenant, pat, asha, sign_in, fields, status
):
    sent = {"tenant": other_tenant.reference, **fields}
    before = parts(asha)
    assert change(sign_in(pat), asha, **sent).status_code == status
    assert parts(asha) == before


def test_relation_is_given_once(manages, tenant, pat, asha, sign_in):
    assert change(sign_in(pat), asha, tenant=tenant.reference).status_code == 409
    assert RelationAct.objects.using("default_owner").count() == 0


def test_nobody_changes_their_own_relations(manages, tenant, pat, sign_in):
    client = sign_in(pat)
    response = change(client, pat, tenant=tenant.reference)
    assert response.status_code == 403
    assert parts(pat) == {("may_ask", "TN-CONTROL")}
    assert "These are your own relations." in read(client, f"{URL}{pat.pk}/").content.decode()


def test_second_account_of_the_same_person_is_ones_own(manages, tenant, pat, sign_in):
    other = people.person("patricia", person_id=pat.person_id)
    assert change(sign_in(pat), other, tenant=tenant.reference).status_code == 403
    assert parts(other) == set()


def test_closed_account_is_given_nothing(manages, tenant, pat, asha, other_tenant, sign_in):
    people.change(asha, is_active=False)
    assert change(sign_in(pat), asha, tenant=other_tenant.reference).status_code == 403


def test_change_after_the_end_of_the_grant_is_closed(
    manages, tenant, other_tenant, pat, asha, sign_in, held_clock
):
    held_clock.shift(timedelta(hours=1))
    response = change(sign_in(pat), asha, tenant=other_tenant.reference)
    assert "is closed" in response.content.decode()
    assert len(parts(asha)) == 1


# -- The database by itself -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "insert into access_tenantrelation (user_id, permission_id, content_object_id)"
        " select user_id, permission_id, content_object_id from access_tenantrelation",
        "delete from access_tenantrelation",
        "update access_tenantrelation set confirmed_at = now()",
    ],
    ids=["insert", "delete", "update"],
)
def test_relations_are_not_written_by_pages(manages, pat, control, asha, statement):
    with (
        entered(pat, control),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(CONTROL),
        connections[CONTROL].cursor() as cursor,
    ):
        cursor.execute(statement)
    assert TenantRelation.objects.filter(user_id=asha.pk).count() == 1


def act(by, subject, tenant, kind=RelationActKind.GIVE, quarter=""):
    return act_on_relation(
        by=by,
        kind=kind,
        tenant=tenant,
        relation=Relation.MAY_DECIDE,
        subject=subject,
        reason=WHY,
        quarter=quarter,
    )


def test_act_without_a_grant_is_refused_by_the_database(control, pat, asha, tenant):
    with pytest.raises(Exception, match=UNRECORDED), entered(pat, control):
        act(pat, asha, tenant)
    assert len(parts(asha)) == 1


@pytest.mark.parametrize("kind", ["keep", "remove"])
def test_review_of_a_tenant_one_does_not_audit_is_refused_by_the_database(
    control, casey, asha, tenant, kind
):
    with pytest.raises(ProgrammingError), entered(casey, control):
        act_on_relation(
            by=casey,
            kind=RelationActKind(kind),
            tenant=tenant,
            relation=Relation.MAY_ASK,
            subject=asha,
            quarter="2026-Q4",
        )


def test_act_in_anothers_name_is_refused_by_the_database(
    manages, control, pat, bo, asha, tenant, superuser
):
    event = superuser["default"].execute("select gen_random_uuid()").fetchone()[0]
    with pytest.raises(Exception, match=UNRECORDED), entered(pat, control, event_id=event):
        act(bo, asha, tenant)


def test_suspended_relation_is_restored_by_the_people_team_alone(
    tenant, control, pat, bo, bea, asha, sign_in, superuser
):
    for person in (asha,):
        superuser["default"].execute(
            "update access_tenantrelation set confirmed_at = '2025-01-01' where user_id = %s",
            [person.pk],
        )
    assert parts(asha) == set()
    granted(pat, control, [bo, bea], Scope.PEOPLE_MANAGE, purpose=Purpose.ASSURANCE)
    client = sign_in(pat)
    html = read(client, f"{URL}{asha.pk}/").content.decode()
    assert "Suspended" in html
    assert change(client, asha, tenant=tenant.reference).status_code == 409  # it stands, asleep
    assert change(client, asha, "restore", tenant=tenant.reference).status_code == 303
    assert parts(asha) == {("may_ask", tenant.reference)}
    assert change(client, asha, "restore", tenant=tenant.reference).status_code == 409


def test_acts_are_never_changed(manages, tenant, other_tenant, pat, asha, sign_in, superuser):
    change(sign_in(pat), asha, tenant=other_tenant.reference)
    for statement in (
        "update access_relationact set reason = 'x'",
        "delete from access_relationact",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            superuser["default"].execute(statement)


# -- The owner's way, when nobody is left ---------------------------------------------------------


@pytest.fixture
def as_owner(cluster, as_web):
    """Call it, and the process is the owner; afterwards it is the web process again."""
    yield lambda: _log_in_as(cluster, "rooms_owner")
    as_web()


def test_owner_restores_with_a_reason_when_nobody_is_left(
    control, pat, bo, bea, as_owner, as_web, superuser
):
    superuser["default"].execute("update access_tenantrelation set confirmed_at = '2025-01-01'")
    assert relations.people_who(Relation.MAY_DECIDE, control) == []
    as_owner()
    words = ["set_relation", "restore", bo.email, "may_decide", "tn-control"]
    with pytest.raises(CommandError, match="with a reason"):
        call_command(*words, "--reason", " ")
    call_command(*words, "--reason", "Nobody was left to decide")
    with pytest.raises(CommandError, match="not suspended"):
        call_command(*words, "--reason", "Nobody was left to decide")
    with pytest.raises(CommandError):
        call_command(*words[:2], "nobody@rooms-ops.example", *words[3:], "--reason", "Again")
    as_web()
    assert relations.people_who(Relation.MAY_DECIDE, control) == [bo]
    [event] = superuser["default"].execute(
        "select outcome, detail ->> 'of' from access_controlevent where type = 'relation.restore'"
    )
    assert event == ("owner", "TN-CONTROL")
