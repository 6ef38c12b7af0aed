"""What may be asked at all: limits, purposes, people, and what a refusal leaves behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError
from django.utils import timezone

from access import policy, relations
from access.actions.requests import Ask, submit_request
from access.models import AccessRequest, Staff, Tenant
from access.personnel import Personnel
from access.purposes import Purpose
from access.scopes import SCOPES, Relation, Scope
from access.verdict import Refused
from tests import people
from tests.acts import HOUR, ask, entered


def refusal(by: Staff, tenant: Tenant, *scopes: Scope, **more: object) -> str:
    """The code of the refusal; and nothing pending was created."""
    with pytest.raises(Refused) as refused:
        ask(by, tenant, *scopes, **more)
    with entered(by, tenant):
        assert AccessRequest.objects.count() == 0
    return refused.value.denied.code


def test_no_approver_is_refused_not_approved_07(tenant, asha):
    assert refusal(asha, tenant) == "no_approver"


def test_only_approver_is_the_requester_06(tenant, asha):
    people.relate(asha, Relation.MAY_DECIDE, tenant)
    assert refusal(asha, tenant) == "no_approver"


def test_second_account_of_the_requester_is_no_approver_09(tenant, asha):
    people.person("asha2", decides=[tenant], person_id=asha.person_id)
    assert refusal(asha, tenant) == "no_approver"


def test_group_without_an_approver_blocks_08(tenant, asha, bo):
    people.person("ben", decides=[tenant], groups=["operations"])
    assert refusal(asha, tenant, Scope.DATA_ERASE) == "no_approver"


def test_both_groups_can_decide_erasure_27(tenant, asha, bo, bea):
    assert ask(asha, tenant, Scope.DATA_ERASE).votes_needed == 2


@pytest.mark.parametrize("reason", ["", "   ", "\u200b\u200b\u200b\u2060", "...", "--"])
def test_reason_that_says_nothing_is_refused_37(tenant, asha, bo, reason):
    with pytest.raises(Refused) as refused, entered(asha, tenant):
        submit_request(
            by=Personnel.of(asha),
            standing=relations.of(asha),
            policy=policy.current(),
            tenant=tenant,
            ask=Ask((Scope.INVENTORY_VIEW,), Purpose.MITIGATE, reason, HOUR),
        )
    assert refused.value.denied.code == "reason"


def test_longer_than_the_maximum_is_refused_not_cut_39(tenant, asha, bo):
    longest = SCOPES[Scope.INVENTORY_VIEW].maximum
    assert refusal(asha, tenant, duration=longest + timedelta(minutes=1)) == "duration"
    assert ask(asha, tenant, duration=longest).duration == longest


def test_strictest_of_two_maxima_holds_40(tenant, asha, bo):
    pair = (Scope.INVENTORY_VIEW, Scope.ACCOUNT_VIEW)
    assert refusal(asha, tenant, *pair, duration=timedelta(hours=5)) == "duration"
    assert ask(asha, tenant, *pair, duration=timedelta(hours=4)).duration == timedelta(hours=4)


def test_policy_only_tightens_40_41(tenant, asha, bo, bea):
    people.publish_policy(
        2,
        scopes={"inventory.view": {"maximum_minutes": 30, "votes": 2}, "health.view": {"votes": 1}},
    )
    assert refusal(asha, tenant, duration=timedelta(minutes=31)) == "duration"
    assert policy.current().votes([Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW]) == 2
    people.publish_policy(3, scopes={"inventory.view": {"maximum_minutes": 60 * 24 * 30}})
    assert policy.current().maximum([Scope.INVENTORY_VIEW]) == timedelta(hours=8)


@pytest.mark.parametrize("seconds", [0, -60])
def test_no_time_at_all_is_refused_42(tenant, asha, bo, seconds):
    assert refusal(asha, tenant, duration=timedelta(seconds=seconds)) == "duration"


def test_start_in_the_past_is_refused_42(tenant, asha, bo):
    assert refusal(asha, tenant, not_before=timezone.now() - timedelta(hours=1)) == "window"


def test_scope_not_offered_is_like_unknown_43(tenant, asha, bo):
    assert refusal(asha, tenant, Scope.POLICY_MANAGE, duration=HOUR) == "not_offered"
    assert refusal(asha, tenant, Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE) == "not_offered"


def test_purpose_must_justify_the_data_45(tenant, asha, bo):
    with pytest.raises(Refused) as refused:
        ask(asha, tenant, Scope.DIAGNOSTICS_VIEW, purpose=Purpose.CONNECTIVITY)
    assert refused.value.denied.code == "purpose"
    assert Purpose.MITIGATE.label in refused.value.denied.remedy


def test_tenant_of_somebody_else_is_not_offered_04_44(tenant, other_tenant, asha, bo, casey):
    assert refusal(casey, tenant) == "not_offered"


def test_training_out_of_date_49(tenant, asha, bo):
    people.lose_training(asha)
    assert refusal(asha, tenant) == "training"


def test_newer_wording_49(tenant, asha, bo):
    people.publish_policy(2, privacy_wording=2)
    assert refusal(asha, tenant) == "privacy"


def test_subcontractor_is_kept_from_scopes_for_employees_168(tenant, eli, bo, bea):
    more = {"duration": timedelta(minutes=30)}
    assert refusal(eli, tenant, Scope.ACTIVITY_VIEW, **more) == "employees_only"
    assert ask(eli, tenant).requester_id == eli.pk


def test_country_outside_of_the_tenants_list_169(policy, bo):
    tenant = people.tenant("eu", staff_countries=["FR"])
    people.relate(bo, Relation.MAY_DECIDE, tenant)
    person = people.person("gus", asks=[tenant])
    assert refusal(person, tenant) == "residency"
    people.change(person, country="FR")
    assert ask(Staff.objects.get(pk=person.pk), tenant).requester_id == person.pk


def test_country_outside_of_the_scopes_list_169(tenant, asha, bo):
    people.publish_policy(2, scopes={"inventory.view": {"countries": []}})
    assert refusal(asha, tenant) == "country"


def test_same_thing_twice_is_refused_47(tenant, asha, bo):
    first = ask(asha, tenant)
    with pytest.raises(Refused) as refused:
        ask(asha, tenant)
    assert first.reference in refused.value.denied.reason


def test_request_for_a_colleague_is_impossible_03(tenant, asha, bo, eli):
    """The database itself refuses a row whose requester is not who acts."""
    request = AccessRequest(
        tenant_id=tenant.pk,
        tenant_reference=tenant.reference,
        reference="AR-00000001",
        requester_id=eli.pk,
        requester_person_id=eli.person_id,
        requester_label=eli.name,
        scopes=["inventory.view"],
        whole_tenant=True,
        purpose="mitigate",
        reason="for a colleague",
        duration=HOUR,
        policy_version=1,
        votes_needed=1,
        created_at=timezone.now(),
        lapses_at=timezone.now() + HOUR,
    )
    with pytest.raises(ProgrammingError, match="made by its requester"), entered(asha, tenant):
        request.save(force_insert=True)


def test_request_names_one_tenant_05(tenant, asha, bo):
    """A row for another tenant than the context's is refused, so no request covers two."""
    elsewhere = people.tenant("eu")
    people.relate(asha, Relation.MAY_ASK, elsewhere)
    with pytest.raises(ProgrammingError, match="for the tenant in hand"), entered(asha, tenant):
        submit_request(
            by=Personnel.of(asha),
            standing=relations.of(asha),
            policy=policy.current(),
            tenant=Tenant.objects.get(pk=people_decide(bo, elsewhere).pk),
            ask=Ask((Scope.INVENTORY_VIEW,), Purpose.MITIGATE, "two tenants", HOUR),
        )


def people_decide(person: Staff, tenant: Tenant) -> Tenant:
    """Let the person decide for the tenant too."""
    people.relate(person, Relation.MAY_DECIDE, tenant)
    return tenant
