"""Deletion cases: two groups agree, nobody else's say counts, and a grant starts one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connections

from access.residency import is_regional, region
from access.rules import group_names
from access.verdict import Refused, WrongState
from diagnostics.actions.cases import vote_on_case
from diagnostics.cases import scope
from diagnostics.models import CaseVote
from diagnostics.rules.cases import GROUPS
from tests import people
from tests.acts import granted
from tests.diagnostics.collections import OWNER
from tests.diagnostics.keeping import (
    ERASE,
    HEALTH,
    as_voter,
    opened_case,
    stands,
    started,
    voted,
)


def test_two_groups_agree_and_the_opener_has_no_part(asha, bo, bea, tenant):
    case = opened_case(asha, tenant)
    assert voted(bo, tenant, case).state == "opened"
    assert voted(bea, tenant, case).state == "approved"
    with region("eu"):
        for_groups = {one.for_group for one in CaseVote.objects.using(OWNER).all()}
    assert for_groups == set(GROUPS)


def test_nobody_votes_twice_or_for_a_group_that_agreed(asha, bo, bea, tenant):
    case = opened_case(asha, tenant)
    voted(bo, tenant, case)
    with pytest.raises(Refused, match="You have voted"):
        voted(bo, tenant, case)
    second = people.person("bob", decides=[tenant], groups=["operations"])
    with pytest.raises(Refused, match="one approval each"):
        voted(second, tenant, case)
    assert stands(case).state == "opened"


def test_nobody_decides_their_own_case(bo, bea, tenant):
    opener = people.person("ora", asks=[tenant], decides=[tenant], groups=["operations"])
    case = opened_case(opener, tenant)
    with pytest.raises(Refused, match="You opened"):
        voted(opener, tenant, case)


def test_one_refusal_ends_a_case(asha, bo, bea, tenant):
    case = opened_case(asha, tenant)
    assert voted(bo, tenant, case, approves=False).state == "refused"
    with pytest.raises(WrongState):
        voted(bea, tenant, case)


FORGED = {
    "approved without votes": "update diagnostics_case set state = 'approved'",
    "running without approval": "update diagnostics_case set state = 'running'",
    "done by a person": "update diagnostics_case set state = 'done'",
    "another reach": "update diagnostics_case set reach_reference = 'RM-00000000'",
    "another kind": "update diagnostics_case set kind = 'decommission'",
    "a later deadline": "update diagnostics_case set deadline_at = now() + interval '1 year'",
    "a vote for a group one is not in": (
        "insert into diagnostics_casevote (id, tenant_id, case_id, voter_id, voter_person,"
        " voter_label, for_group, approves, reason, step_up_method, voted_at)"
        " select gen_random_uuid(), tenant_id, id, lock.actor(), (lock.context()).person, '',"
        " 'security', true, '', 'totp', now() from diagnostics_case"
    ),
    "a certificate": (
        "insert into diagnostics_casecertificate (id, tenant_id, case_id, document, sha256,"
        " made_at) select gen_random_uuid(), tenant_id, id, '', '', now() from diagnostics_case"
    ),
}


@pytest.mark.parametrize("statement", list(FORGED.values()), ids=list(FORGED))
def test_database_refuses_what_the_rules_would(asha, bo, tenant, statement):
    case = opened_case(asha, tenant)
    with (
        pytest.raises(DatabaseError),
        as_voter(bo, tenant, case),
        connections["eu"].cursor() as cursor,
    ):
        cursor.execute(statement)
    assert stands(case).state == "opened"


def test_vote_without_a_second_factor_is_refused_by_the_database(asha, bo, tenant):
    case = opened_case(asha, tenant)
    with pytest.raises(DatabaseError, match="second factor"), as_voter(bo, tenant):
        vote_on_case(
            by=bo, groups=group_names(bo), decides=True, case=case, approves=True, reason="",
            step_up_method="totp",
        )  # fmt: skip


def test_other_tenant_s_people_see_no_case(asha, casey, other_tenant, tenant):
    opened_case(asha, tenant)
    with as_voter(casey, other_tenant), connections["eu"].cursor() as cursor:
        cursor.execute("select count(*) from diagnostics_case")
        assert cursor.fetchone() == (0,)


def test_starting_takes_a_grant_for_erasing(asha, bo, bea, tenant):
    case = opened_case(asha, tenant)
    voted(bo, tenant, case)
    voted(bea, tenant, case)
    health = granted(asha, tenant, [bo], HEALTH)
    with pytest.raises(Refused, match="closed"):
        started(asha, tenant, case, health)
    erase = granted(asha, tenant, [bo, bea], ERASE)
    started(asha, tenant, case, erase)
    assert stands(case).state == "running"


def test_case_that_is_not_approved_does_not_start(asha, bo, bea, tenant):
    case = opened_case(asha, tenant)
    voted(bo, tenant, case)
    with pytest.raises(WrongState, match="not approved"):
        started(asha, tenant, case, granted(asha, tenant, [bo, bea], ERASE))


def test_deadline_is_thirty_days(asha, tenant):
    case = opened_case(asha, tenant)
    case = stands(case)
    assert case.deadline_at - case.opened_at <= timedelta(days=30)


def test_every_table_of_diagnostics_is_destroyed_or_kept_on_purpose():
    known = {
        *scope.BY_FILE, scope.TOTALS, scope.FILES, scope.CHUNKS, *scope.RECORDS, *scope.KEYS,
        *scope.KEPT, *scope.REMEDIATIONS,
    }  # fmt: skip
    found = {
        model._meta.db_table
        for model in apps.get_app_config("diagnostics").get_models()
        if is_regional(model)
    }
    assert found == known
