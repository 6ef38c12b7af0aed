"""Time comes from the database: lapse, claim-by, start, end, and what jobs have no part in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import ProgrammingError

from access import policy, relations
from access.actions.requests import Ask, change_request
from access.actions.tidy import label_due
from access.held import grants_of
from access.models import AccessRequest, Grant
from access.personnel import Personnel
from access.purposes import Purpose
from access.scopes import Scope
from access.states import GrantState, RequestState
from access.verdict import Refused, WrongState
from tests import people
from tests.acts import approved, ask, entered, granted, start, vote

MICROSECOND = timedelta(microseconds=1)


def test_approval_after_the_lapse_is_refused_without_any_job_51(tenant, asha, bo, held_clock):
    request = ask(asha, tenant)
    held_clock.hold(request.lapses_at)
    with pytest.raises(WrongState, match="lapsed"):
        vote(bo, tenant, request)
    held_clock.hold(request.lapses_at - MICROSECOND)
    assert vote(bo, tenant, request).state == RequestState.APPROVED


def test_grant_is_half_open_52(tenant, asha, bo, held_clock):
    grant = granted(asha, tenant, [bo])
    ends: datetime = grant.ends_at
    for at, in_use in ((ends - MICROSECOND, 1), (ends, 0), (ends + MICROSECOND, 0)):
        held_clock.hold(at)
        assert len(grants_of(asha, "")) == in_use


def test_grant_ends_with_every_worker_stopped_53(tenant, asha, bo, held_clock):
    """No task runs here at all; the label still says active, and the grant opens nothing."""
    grant = granted(asha, tenant, [bo])
    held_clock.shift(timedelta(hours=1, seconds=1))
    assert grants_of(asha, "") == []
    with entered(asha, tenant):
        assert Grant.objects.get().state == GrantState.ACTIVE
    assert grant.state == GrantState.ACTIVE


def test_scheduled_grant_cannot_be_started_early_55(tenant, asha, bo, held_clock):
    later = datetime.now(tz=UTC) + timedelta(hours=3)
    grant = approved(asha, tenant, [bo], not_before=later)
    with pytest.raises(Refused) as refused:
        start(asha, tenant, grant)
    assert refused.value.denied.code == "scheduled"
    held_clock.hold(later)
    assert start(asha, tenant, grant).state == GrantState.ACTIVE


def test_scheduled_grant_is_judged_again_at_its_start_56(tenant, asha, bo, held_clock):
    later = datetime.now(tz=UTC) + timedelta(hours=3)
    grant = approved(asha, tenant, [bo], not_before=later)
    people.lose_training(asha)
    held_clock.hold(later)
    with pytest.raises(Refused) as refused:
        start(asha, tenant, grant)
    assert refused.value.denied.code == "training"


def test_approval_not_started_in_time_57(tenant, asha, bo, held_clock):
    grant = approved(asha, tenant, [bo])
    held_clock.hold(grant.claim_by)
    with pytest.raises(WrongState, match="in time"):
        start(asha, tenant, grant)
    held_clock.hold(grant.claim_by - MICROSECOND)
    assert start(asha, tenant, grant).state == GrantState.ACTIVE


def test_clock_starts_at_start_58(tenant, asha, bo, held_clock):
    grant = approved(asha, tenant, [bo])
    held_clock.hold(grant.created_at + timedelta(minutes=20))
    started = start(asha, tenant, grant)
    assert started.ends_at - started.starts_at == timedelta(hours=1)


def test_contract_end_is_an_earlier_end_171(tenant, eli, bo, held_clock):
    last_hour = datetime.now(tz=UTC).replace(hour=23, minute=40) + timedelta(days=1)
    people.change(eli, contract_ends_on=last_hour.date())
    eli.refresh_from_db()
    held_clock.hold(last_hour)
    grant = granted(eli, tenant, [bo])
    assert grant.ends_at == datetime.combine(last_hour.date(), datetime.max.time(), tzinfo=UTC)


def test_label_job_is_late_twice_and_still_tells_the_true_end_61(
    tenant, asha, bo, held_clock, as_worker, superuser
):
    grant = granted(asha, tenant, [bo])
    held_clock.hold(grant.ends_at + timedelta(hours=5))
    as_worker()
    assert label_due("eu")["ended"] == 1
    assert label_due("eu")["ended"] == 0
    state, closed_at = (
        superuser["eu"].execute("select state, closed_at from access_grant").fetchone()
    )
    assert (state, closed_at) == ("ended", grant.ends_at)
    count = "select count(*) from access_auditevent where type = 'grant.ended'"
    assert superuser["eu"].execute(count).fetchone() == (1,)


def test_label_job_cannot_end_early(tenant, asha, bo, as_worker, superuser):
    granted(asha, tenant, [bo])
    ask(asha, tenant, Scope.HEALTH_VIEW)
    as_worker()
    assert label_due("eu") == {"ended": 0, "unused": 0, "lapsed": 0}


def test_label_job_labels_lapsed_and_unused(tenant, asha, bo, held_clock, as_worker, superuser):
    approved(asha, tenant, [bo])
    ask(asha, tenant, Scope.HEALTH_VIEW)
    held_clock.shift(timedelta(hours=2))
    as_worker()
    assert label_due("eu") == {"ended": 0, "unused": 1, "lapsed": 1}


def test_end_never_moves_later_63(tenant, asha, bo):
    grant = granted(asha, tenant, [bo])
    with pytest.raises(ProgrammingError, match="only ever moves earlier"), entered(asha, tenant):
        Grant.objects.filter(pk=grant.pk).update(ends_at=grant.ends_at + timedelta(seconds=1))


def test_change_voids_earlier_votes_31(tenant, asha, bo, bea):
    request = ask(asha, tenant, Scope.ACTIVITY_VIEW, duration=timedelta(minutes=30))
    vote(bo, tenant, request)
    with entered(asha, tenant):
        change_request(
            by=Personnel.of(asha),
            standing=relations.of(asha),
            policy=policy.current(),
            tenant=tenant,
            request_id=request.pk,
            version=AccessRequest.objects.get().version,
            ask=Ask((Scope.ACTIVITY_VIEW,), Purpose.MITIGATE, "longer now", timedelta(hours=1)),
        )
        changed = AccessRequest.objects.get()
    assert changed.revision == 2
    assert vote(bea, tenant, changed).state == RequestState.IN_REVIEW
