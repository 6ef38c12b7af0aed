"""The policy page: what is in force, and changing it by two people, each under a grant."""

from __future__ import annotations

import json
import uuid

import psycopg
import pytest
from django.db import connections, transaction
from django.db.utils import ProgrammingError

from access import audit
from access import policy as policies
from access.models import PolicyChange
from access.policy import DEFAULT_DOCUMENT
from access.purposes import Purpose
from access.residency import CONTROL
from access.scopes import Relation, Scope
from tests import people
from tests.acts import entered, granted
from tests.html_lint import problems

URL = "/policy/"
TIGHTER = {**DEFAULT_DOCUMENT, "lapse_minutes": 30, "scopes": {"activity.view": {"votes": 3}}}


@pytest.fixture
def control(policy):
    return people.control_plane()


@pytest.fixture
def owners(control, bo, bea):
    """Pia and Quinn ask for policy; bo and bea decide."""
    for one in (bo, bea):
        people.relate(one, Relation.MAY_DECIDE, control)
    return [people.person(name, asks=[control]) for name in ("pia", "quinn")]


@pytest.fixture
def managed(control, owners, bo, bea):
    """Both hold a live grant."""
    for one in owners:
        granted(one, control, [bo, bea], Scope.POLICY_MANAGE, purpose=Purpose.ASSURANCE)
    return owners


def propose(client, document=None, reason="Fewer loose ends"):
    sent = json.dumps(document or TIGHTER) if not isinstance(document, str) else document
    return client.post(f"{URL}propose/", {"document": sent, "reason": reason})


def proposal() -> PolicyChange:
    return PolicyChange.objects.using("default_owner").get(decision="")


def decide(client, decision="published"):
    return client.post(f"{URL}{proposal().pk}/decide/", {"decision": decision})


def read(client):
    response = client.get(URL)
    assert problems(response.content.decode()) == []
    return response


def test_policy_is_closed_without_a_grant_and_not_there_without_a_part(
    control, owners, asha, sign_in
):
    html = read(sign_in(owners[0])).content.decode()
    assert "The policy and its history is closed" in html
    assert "lapse_minutes" not in html
    assert sign_in(asha).get(URL).status_code == 404


def test_policy_is_proposed_by_one_and_published_by_another(managed, sign_in, superuser):
    pia, quinn = (sign_in(one) for one in managed)
    assert propose(pia).status_code == 303
    assert policies.current().number == 1
    html = read(quinn).content.decode()
    assert "Fewer loose ends" in html
    assert "scopes.activity.view.votes" in html
    assert decide(quinn).status_code == 303
    in_force = policies.current()
    assert (in_force.number, in_force.votes([Scope.ACTIVITY_VIEW])) == (2, 3)
    [version] = superuser["default"].execute(
        "select proposed_by_id, approved_by_id from access_policyversion where number = 2"
    )
    assert version == (managed[0].pk, managed[1].pk)
    kinds = superuser["default"].execute(
        "select type, actor_id, subject_reference from access_controlevent"
        " where type like 'policy.%' order by recorded_at"
    )
    assert kinds.fetchall() == [
        ("policy.proposed", managed[0].pk, "2"),
        ("policy.published", managed[1].pk, "2"),
    ]
    assert "60 → 30" in read(pia).content.decode()


def test_nobody_publishes_their_own_policy(managed, sign_in):
    pia = sign_in(managed[0])
    propose(pia)
    assert "Publish as policy" not in read(pia).content.decode()
    decide(pia)
    assert policies.current().number == 1
    assert proposal().decision == ""


def test_second_account_of_the_proposer_publishes_nothing(managed, control, bo, bea, sign_in):
    propose(sign_in(managed[0]))
    other = people.person("piam", asks=[control], person_id=managed[0].person_id)
    granted(other, control, [bo, bea], Scope.POLICY_MANAGE, purpose=Purpose.ASSURANCE)
    decide(sign_in(other))
    assert policies.current().number == 1


def test_refused_proposal_changes_nothing_and_the_next_one_is_possible(managed, sign_in):
    pia, quinn = (sign_in(one) for one in managed)
    propose(pia)
    assert propose(quinn).status_code == 409
    decide(quinn, "refused")
    assert policies.current().number == 1
    assert propose(quinn).status_code == 303


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "not JSON"),
        ("[1]", "is an object"),
        ({**DEFAULT_DOCUMENT, "scopes": []}, "object of objects"),
        ({**DEFAULT_DOCUMENT, "privacy_wording": 99}, "could not work on it"),
        ({**DEFAULT_DOCUMENT, "scopes": {"policy.manage": {"votes": 3}}}, "needs 3"),
        ({**DEFAULT_DOCUMENT, "scopes": {"policy.manage": {"countries": []}}}, "not opened from"),
        ({**DEFAULT_DOCUMENT, "quorum": 0}, "Unknown key"),
        ({**DEFAULT_DOCUMENT, "lapse_minutes": 0}, "whole number"),
        ({**DEFAULT_DOCUMENT, "scopes": {"all": {}}}, "Unknown scope"),
        ({**DEFAULT_DOCUMENT, "explain": " "}, "explain itself"),
    ],
    ids=[
        "no json",
        "no object",
        "no rules",
        "own gate",
        "votes",
        "country",
        "unknown key",
        "zero",
        "unknown scope",
        "no sentence",
    ],
)
def test_document_that_cannot_be_read_is_not_proposed(managed, sign_in, document, words):
    response = propose(sign_in(managed[0]), document)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not PolicyChange.objects.using("default_owner").exists()


def test_policy_without_a_reason_is_not_proposed(managed, sign_in):
    assert propose(sign_in(managed[0]), reason=" ").status_code == 422


def test_policy_that_loosens_changes_nothing(managed, sign_in):
    pia, quinn = (sign_in(one) for one in managed)
    looser = {"people.manage": {"votes": 1, "maximum_minutes": 600}}
    propose(pia, {**DEFAULT_DOCUMENT, "scopes": looser})
    decide(quinn)
    in_force = policies.current()
    assert in_force.number == 2
    assert in_force.votes([Scope.PEOPLE_MANAGE]) == 2
    assert in_force.maximum([Scope.PEOPLE_MANAGE]).total_seconds() == 3600


# -- The database by itself -----------------------------------------------------------------------


def publish_in_sql(by, control, *, grant: bool, change: PolicyChange) -> None:
    event = uuid.uuid4()
    with entered(by, control, event_id=event), connections[CONTROL].cursor() as cursor:
        audit.record_view(
            event, "view.policy", outcome="opened", subject=("", ""), scopes=[], grants=[]
        )
        cursor.execute(
            "update access_policychange set decision = 'published', decided_by_id = %s,"
            " decided_by_person_id = %s, decided_by_label = '' where id = %s",
            [by.pk, by.person_id, change.pk],
        )
        if grant is False and cursor.rowcount == 0:
            raise ProgrammingError("no row")


def test_own_proposal_is_not_published_in_sql(managed, control, sign_in):
    propose(sign_in(managed[0]))
    with pytest.raises(ProgrammingError, match="their own policy"):
        publish_in_sql(managed[0], control, grant=True, change=proposal())


def test_proposal_is_not_published_in_sql_without_a_grant(managed, control, bo, sign_in):
    propose(sign_in(managed[0]))
    with pytest.raises(ProgrammingError, match="no row"):
        publish_in_sql(bo, control, grant=False, change=proposal())


def test_version_is_written_by_nobody_and_never_changed(managed, control, superuser):
    with (
        entered(managed[0], control),
        pytest.raises(ProgrammingError),
        transaction.atomic(CONTROL),
        connections[CONTROL].cursor() as cursor,
    ):
        cursor.execute(
            "insert into access_policyversion values (9, '{}', now(), gen_random_uuid(),"
            " gen_random_uuid())"
        )
    for statement in (
        "update access_policyversion set number = 9",
        "delete from access_policyversion",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            superuser["default"].execute(statement)
