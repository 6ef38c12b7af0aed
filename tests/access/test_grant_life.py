"""Start, return, revoke, stop and release; and a gate that fails while a grant is in use."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, ProgrammingError

from access import policy, relations
from access.actions.grants import return_grant, revoke_grant
from access.actions.stops import press_stop, release_stop
from access.held import grants_of
from access.lock import context
from access.models import AccessRequest, Grant, Lockout, Staff, Tenant
from access.models.grants import LockoutKind
from access.scopes import Relation, Scope
from access.states import GrantState, RequestState
from access.verdict import Refused, WrongState
from tests import people
from tests.acts import approved, ask, entered, granted, start, vote


def revoke(by: Staff, tenant: Tenant, grant: Grant, reason: str = "Incident is closed") -> Grant:
    with entered(by, tenant, f"step_up:revoke:{grant.pk}"):
        return revoke_grant(
            by=by,
            standing=relations.of(by),
            grant_id=grant.pk,
            reason=reason,
            step_up_method="totp",
        )


def press(by: Staff, kind: LockoutKind, target: tuple) -> Lockout:
    with context.opened("eu", by=by, claims=["stop"]):
        return press_stop(
            by=by, standing=relations.of(by), kind=kind, target=target, reason="Lost laptop"
        )


def release(by: Staff, stop: Lockout) -> Lockout:
    with context.opened("eu", by=by, claims=["stop"]):
        return release_stop(by=by, standing=relations.of(by), stop_id=stop.pk)


def test_return_ends_at_once_and_for_good_88(tenant, asha, bo):
    grant = granted(asha, tenant, [bo])
    with entered(asha, tenant):
        return_grant(by=asha, grant_id=grant.pk)
    assert grants_of(asha, "") == []
    with pytest.raises(WrongState):
        start(asha, tenant, grant)


def test_approver_revokes_with_a_reason_89(tenant, asha, bo, bea):
    grant = granted(asha, tenant, [bo])
    with pytest.raises(Refused):
        revoke(bea, tenant, grant, reason=" \u200b ")
    assert revoke(bea, tenant, grant).state == GrantState.REVOKED
    assert grants_of(asha, "") == []


def test_nobody_else_revokes_89(tenant, other_tenant, asha, bo, casey, dana, eli):
    grant = granted(asha, tenant, [bo])
    for person in (casey, dana, eli):
        with pytest.raises((Refused, DatabaseError, Grant.DoesNotExist)):
            revoke(person, tenant, grant)
    assert len(grants_of(asha, "")) == 1


def test_revoke_needs_a_fresh_second_factor_in_the_database_too(tenant, asha, bo, bea):
    grant = granted(asha, tenant, [bo])
    with pytest.raises(ProgrammingError, match="fresh second factor"), entered(bea, tenant):
        Grant.objects.filter(pk=grant.pk).update(state=GrantState.REVOKED)


def test_revoking_one_leaves_its_twin_90(tenant, asha, bo, bea):
    first = granted(asha, tenant, [bo])
    second = granted(asha, tenant, [bo])
    revoke(bea, tenant, first)
    assert [held.reference for held in grants_of(asha, "")] == [second.reference]


def test_stop_of_a_person_suspends_everything_at_once_92(tenant, asha, bo, bea, superuser):
    granted(asha, tenant, [bo])
    approved(asha, tenant, [bo], Scope.HEALTH_VIEW)
    ask(asha, tenant, Scope.ACCOUNT_VIEW)
    press(bo, LockoutKind.PERSON, (asha.person_id, asha.name))
    assert grants_of(asha, "") == []
    with entered(asha, tenant):
        assert {g.state for g in Grant.objects.all()} == {GrantState.SUSPENDED}
        assert AccessRequest.objects.filter(state=RequestState.VOID).count() == 1
    with pytest.raises(ProgrammingError, match="emergency stop"):
        ask(asha, tenant, Scope.DIAGNOSTICS_VIEW)
    kinds = dict(
        superuser["eu"]
        .execute("select type, count(*) from access_auditevent group by 1")
        .fetchall()
    )
    assert kinds["stop.pressed"] == 1
    assert kinds["grant.suspended"] == 2


def test_stop_of_a_tenant_reaches_everybody_92(tenant, asha, eli, bo, bea):
    granted(asha, tenant, [bo])
    granted(eli, tenant, [bo])
    press(bea, LockoutKind.TENANT, (tenant.pk, tenant.reference))
    assert grants_of(asha, "") == grants_of(eli, "") == []


def test_stop_holds_even_where_a_label_says_active_92(tenant, asha, bo, superuser):
    """The stop itself closes; suspending the labels is for people."""
    granted(asha, tenant, [bo])
    press(bo, LockoutKind.PERSON, (asha.person_id, asha.name))
    superuser["eu"].execute("set session_replication_role = replica")
    superuser["eu"].execute(
        "update access_grant set state = 'active', ends_at = ends_at + interval '1h'"
    )
    superuser["eu"].execute("set session_replication_role = origin")
    assert grants_of(asha, "") == []


def test_release_takes_two_and_gives_nothing_back_93_95(tenant, asha, bo, bea):
    granted(asha, tenant, [bo])
    stop = press(bo, LockoutKind.PERSON, (asha.person_id, asha.name))
    assert release(bo, stop).released_at is None
    with pytest.raises(Refused) as refused:
        release(bo, stop)
    assert refused.value.denied.code == "second_person"
    assert release(bea, stop).released_at is not None
    assert grants_of(asha, "") == []
    assert ask(asha, tenant, Scope.HEALTH_VIEW).state == RequestState.SUBMITTED


def test_nobody_releases_a_stop_on_themselves(tenant, asha, bo, bea):
    stop = press(bea, LockoutKind.PERSON, (bo.person_id, bo.name))
    with pytest.raises(Refused) as refused:
        release(bo, stop)
    assert refused.value.denied.code == "own_stop"


def test_requester_cannot_press_or_release(tenant, asha, bo):
    with pytest.raises(Refused):
        press(asha, LockoutKind.PERSON, (bo.person_id, bo.name))


def test_stopped_approver_does_not_vote(tenant, asha, bo, bea):
    request = ask(asha, tenant)
    press(bea, LockoutKind.PERSON, (bo.person_id, bo.name))
    with pytest.raises(ProgrammingError, match="emergency stop"):
        vote(bo, tenant, request)


def test_sixth_grant_at_once_is_refused_48(tenant, asha, bo):
    people.publish_policy(2, concurrent_grants=1)
    granted(asha, tenant, [bo])
    second = approved(asha, tenant, [bo], Scope.HEALTH_VIEW)
    with pytest.raises(Refused) as refused:
        start(asha, tenant, second)
    assert refused.value.denied.code == "too_many"


def test_lost_gate_at_start_is_refused_170(tenant, asha, bo):
    grant = approved(asha, tenant, [bo])
    people.lose_training(asha)
    with pytest.raises(Refused) as refused:
        start(asha, tenant, grant)
    assert refused.value.denied.code == "training"


def test_lost_relation_at_start_is_refused(tenant, asha, bo):
    grant = approved(asha, tenant, [bo])
    people.unrelate(asha, Relation.MAY_ASK, tenant)
    with pytest.raises(Refused) as refused:
        start(asha, tenant, grant)
    assert refused.value.denied.code == "not_offered"


def test_stop_is_told_in_the_record_of_each_tenant(tenant, asha, bo, superuser):
    granted(asha, tenant, [bo])
    press(bo, LockoutKind.PERSON, (asha.person_id, asha.name))
    rows = (
        superuser["eu"]
        .execute(
            "select tenant_id, subject_reference from access_auditevent"
            " where type in ('stop.pressed', 'grant.suspended') order by type desc"
        )
        .fetchall()
    )
    assert rows[0] == (None, str(asha.person_id))
    assert rows[1][0] == tenant.pk


def test_policy_that_cannot_be_read_refuses(tenant, asha, bo):
    people.publish_policy(2, surprise=1)
    with pytest.raises(policy.PolicyFault, match="surprise"):
        ask(asha, tenant)
