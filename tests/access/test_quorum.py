"""Votes: who counts, how many are needed, and what several votes agree on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from access.models import AccessRequest, Grant, Staff, Tenant, Vote
from access.models.requests import Decision
from access.scopes import Relation, Scope
from access.states import RequestState
from access.verdict import Refused, WrongState
from tests import people
from tests.acts import ask, entered, vote


def grants_of(staff: Staff, tenant: Tenant) -> list[Grant]:
    with entered(staff, tenant):
        return list(Grant.objects.all())


def votes_on(staff: Staff, tenant: Tenant, request: AccessRequest) -> list[Vote]:
    with entered(staff, tenant):
        return list(request.votes.all())


def test_self_approval_is_refused_01(tenant, asha, bo, bea):
    people.relate(asha, Relation.MAY_DECIDE, tenant)
    request = ask(asha, tenant)
    with pytest.raises(Refused) as refused:
        vote(asha, tenant, request)
    assert refused.value.denied.code == "self_approval"
    assert grants_of(asha, tenant) == []


def test_quorum_two_counts_a_person_once_16(tenant, asha, bo, bea):
    request = ask(asha, tenant, Scope.ACTIVITY_VIEW, duration=timedelta(minutes=30))
    assert vote(bo, tenant, request).state == RequestState.IN_REVIEW
    assert vote(bo, tenant, request).state == RequestState.IN_REVIEW
    standing = [v for v in votes_on(bo, tenant, request) if not v.superseded]
    assert len(standing) == 1
    assert vote(bea, tenant, request).state == RequestState.APPROVED
    assert len(grants_of(asha, tenant)) == 1


def test_two_accounts_of_one_person_are_one_09(tenant, asha, bo, bea):
    twin = people.person("asha2", decides=[tenant], person_id=asha.person_id)
    request = ask(asha, tenant)
    with pytest.raises(Refused) as refused:
        vote(twin, tenant, request)
    assert refused.value.denied.code == "self_approval"


def test_voter_who_lost_the_relation_stops_counting_22(tenant, asha, bo, bea):
    ben = people.person("ben", decides=[tenant])
    request = ask(asha, tenant, Scope.ACTIVITY_VIEW, duration=timedelta(minutes=30))
    vote(bo, tenant, request)
    people.unrelate(bo, Relation.MAY_DECIDE, tenant)
    assert vote(bea, tenant, request).state == RequestState.IN_REVIEW
    lost = [v for v in votes_on(bea, tenant, request) if v.voter_id == bo.pk]
    assert [v.not_counted_because for v in lost] == ["No longer decides for this tenant"]
    assert vote(ben, tenant, request).state == RequestState.APPROVED


def test_voter_whose_account_closed_stops_counting_23(tenant, asha, bo, bea):
    request = ask(asha, tenant, Scope.ACTIVITY_VIEW, duration=timedelta(minutes=30))
    vote(bo, tenant, request)
    people.change(bo, is_active=False)
    assert vote(bea, tenant, request).state == RequestState.IN_REVIEW
    assert grants_of(asha, tenant) == []


def test_stale_page_gets_a_conflict_21(tenant, asha, bo, bea):
    request = ask(asha, tenant, Scope.ACTIVITY_VIEW, duration=timedelta(minutes=30))
    vote(bo, tenant, request)
    with pytest.raises(WrongState):
        vote(bea, tenant, request, version=1)
    assert grants_of(asha, tenant) == []


def test_denial_is_final_29(tenant, asha, bo, bea):
    request = ask(asha, tenant)
    assert vote(bo, tenant, request, Decision.DENY).state == RequestState.DENIED
    with pytest.raises(WrongState):
        vote(bea, tenant, request)
    assert grants_of(asha, tenant) == []


def test_narrowest_of_all_votes_is_granted_64_66(tenant, asha, bo, bea):
    request = ask(
        asha, tenant, Scope.ACTIVITY_VIEW, Scope.DIAGNOSTICS_VIEW, duration=timedelta(hours=2)
    )
    vote(bo, tenant, request, duration=timedelta(hours=1))
    vote(bea, tenant, request, scopes=[Scope.DIAGNOSTICS_VIEW])
    [grant] = grants_of(asha, tenant)
    assert grant.duration == timedelta(hours=1)
    assert grant.scopes == [Scope.DIAGNOSTICS_VIEW]


@pytest.mark.parametrize(
    "wider", [{"duration": timedelta(hours=2)}, {"scopes": [Scope.HEALTH_VIEW]}]
)
def test_approval_never_widens_65(tenant, asha, bo, bea, wider):
    request = ask(asha, tenant)
    with pytest.raises(Refused):
        vote(bo, tenant, request, **wider)
    assert grants_of(asha, tenant) == []


def test_requester_who_lost_training_is_not_approved(tenant, asha, bo):
    request = ask(asha, tenant)
    people.lose_training(asha)
    with pytest.raises(Refused) as refused:
        vote(bo, tenant, request)
    assert refused.value.denied.code == "requester_training"
    assert vote(bo, tenant, request, Decision.DENY).state == RequestState.DENIED


def test_requester_who_lost_the_relation_is_not_approved(tenant, asha, bo):
    request = ask(asha, tenant)
    people.unrelate(asha, Relation.MAY_ASK, tenant)
    with pytest.raises(Refused) as refused:
        vote(bo, tenant, request)
    assert refused.value.denied.code == "requester_not_offered"


def test_approver_added_while_the_request_waits_counts_26(tenant, asha, bo):
    request = ask(asha, tenant)
    newcomer = people.person("nia", decides=[tenant])
    assert vote(newcomer, tenant, request).state == RequestState.APPROVED


def test_total_and_groups_are_both_needed_27_28(tenant, asha, bo, bea):
    """Two approvals from one group are two of two, and still not one from each group."""
    olu = people.person("olu", decides=[tenant], groups=["operations"])
    request = ask(asha, tenant, Scope.DATA_ERASE)
    vote(bo, tenant, request)
    assert vote(olu, tenant, request).state == RequestState.IN_REVIEW
    assert vote(bea, tenant, request).state == RequestState.APPROVED


def test_person_in_both_groups_stands_for_one_27(tenant, asha, bo, bea):
    both = people.person("zoe", decides=[tenant], groups=["operations", "security"])
    request = ask(asha, tenant, Scope.DATA_ERASE)
    assert vote(both, tenant, request).state == RequestState.IN_REVIEW
    assert vote(bea, tenant, request).state == RequestState.APPROVED
