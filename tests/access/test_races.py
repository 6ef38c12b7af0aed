"""Two people act at the same instant, on two real connections, from behind a barrier."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from django.db import connections

from access import policy, relations
from access.actions.grants import revoke_grant, start_grant
from access.models import AccessRequest, Grant
from access.models.requests import Decision
from access.personnel import Personnel
from access.scopes import Scope
from access.states import RequestState
from access.verdict import Refused, WrongState
from tests import people
from tests.acts import approved, ask, entered, start, vote


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run the acts at the same time; give back what each returned or raised, in order."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index: int, act: Callable[[], object]) -> None:
        try:
            barrier.wait(60)
            results[index] = act()
        except (Refused, WrongState) as refusal:
            results[index] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def events(superuser, kind: str) -> int:
    return (
        superuser["eu"]
        .execute("select count(*) from access_auditevent where type = %s", [kind])
        .fetchone()[0]
    )


def test_two_approvers_at_once_make_one_grant_17(tenant, asha, bo, bea, superuser):
    request = ask(asha, tenant)
    results = at_once(
        lambda: vote(bo, tenant, request, version=1), lambda: vote(bea, tenant, request, version=1)
    )
    kinds = Counter(type(result).__name__ for result in results)
    assert kinds == {"AccessRequest": 1, "WrongState": 1}
    assert events(superuser, "grant.ready") == 1
    with entered(asha, tenant):
        assert Grant.objects.count() == 1


def test_approve_and_deny_at_once_have_one_outcome_18(tenant, asha, bo, bea, superuser):
    request = ask(asha, tenant)
    results = at_once(
        lambda: vote(bo, tenant, request, version=1),
        lambda: vote(bea, tenant, request, Decision.DENY, version=1),
    )
    assert sum(isinstance(result, WrongState) for result in results) == 1
    assert events(superuser, "request.approved") + events(superuser, "request.denied") == 1
    with entered(asha, tenant):
        stands = AccessRequest.objects.get()
        assert stands.state in (RequestState.APPROVED, RequestState.DENIED)
        assert Grant.objects.count() == (stands.state == RequestState.APPROVED)


def test_no_approval_is_lost_between_two_19(tenant, asha, bo, bea, superuser):
    ben = people.person("ben", decides=[tenant])
    request = ask(asha, tenant, Scope.ACTIVITY_VIEW, duration=timedelta(minutes=30))
    vote(ben, tenant, request)
    at_once(
        lambda: vote(bo, tenant, request, version=2), lambda: vote(bea, tenant, request, version=2)
    )
    assert events(superuser, "request.approved") == 1
    with entered(asha, tenant):
        assert AccessRequest.objects.get().state == RequestState.APPROVED
        assert Grant.objects.count() == 1


def test_start_and_revoke_at_once_never_leave_it_open(tenant, asha, bo, bea, superuser):
    grant = approved(asha, tenant, [bo])

    def revoke() -> object:
        with entered(bo, tenant, f"step_up:revoke:{grant.pk}"):
            return revoke_grant(
                by=bo,
                standing=relations.of(bo),
                grant_id=grant.pk,
                reason="Wrong room",
                step_up_method="totp",
            )

    at_once(lambda: start(asha, tenant, grant), revoke)
    with entered(asha, tenant):
        assert Grant.objects.get().state == "revoked"


def test_starting_twice_at_once_starts_once(tenant, asha, bo, superuser):
    grant = approved(asha, tenant, [bo])

    def begin() -> object:
        with entered(asha, tenant, f"step_up:start:{grant.pk}"):
            return start_grant(
                by=Personnel.of(asha),
                policy=policy.current(),
                tenant=tenant,
                grant_id=grant.pk,
                step_up_method="totp",
            )

    results = at_once(begin, begin)
    assert sum(isinstance(result, Grant) for result in results) == 1
    assert events(superuser, "grant.started") == 1
