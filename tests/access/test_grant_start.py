"""Starting a grant: the holder, a fresh code, and the page that is open afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from access.held import grants_of
from access.models import Grant
from access.scopes import Scope
from access.states import GrantState
from tests import people
from tests.acts import approved, entered, granted
from tests.html_lint import problems
from tests.outage import down


def url_of(grant):
    return f"/t/{grant.tenant_reference}/grants/{grant.reference}/start/"


def state_of(grant, by, tenant):
    with entered(by, tenant):
        return Grant.objects.get(pk=grant.pk).state


def test_start_opens_and_leads_to_the_room(tenant, asha, bo, sign_in, superuser):
    grant = approved(asha, tenant, [bo], rooms=["RM-AAAA1111"])
    response = sign_in(asha).post(url_of(grant), {"code": people.code_of(asha)})
    assert response.status_code == 303
    assert response.headers["Location"] == f"/t/{tenant.reference}/rooms/RM-AAAA1111/"
    assert [held.reference for held in grants_of(asha, "")] == [grant.reference]
    recorded = superuser["eu"].execute(
        "select detail->>'second_factor', detail->'gates' from access_auditevent"
        " where type = 'grant.started'"
    )
    gates = ["employment", "screening", "training", "privacy"]
    assert recorded.fetchall() == [("totp", gates)]


def test_start_of_the_whole_tenant_leads_to_the_tenant(tenant, asha, bo, sign_in):
    grant = approved(asha, tenant, [bo])
    response = sign_in(asha).post(url_of(grant), {"code": people.code_of(asha)})
    assert response.headers["Location"] == f"/t/{tenant.reference}/"


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "1" * 60, "12345\0"])
def test_start_with_a_wrong_code_starts_nothing(tenant, asha, bo, sign_in, code):
    grant = approved(asha, tenant, [bo])
    response = sign_in(asha).post(url_of(grant), {"code": code})
    assert response.status_code == 422
    html = response.content.decode()
    assert problems(html) == []
    assert 'aria-invalid="true"' in html
    assert state_of(grant, asha, tenant) == GrantState.READY


def test_start_with_a_used_code_starts_nothing(tenant, asha, bo, sign_in):
    first, second = (
        approved(asha, tenant, [bo], scope) for scope in (Scope.HEALTH_VIEW, Scope.ACCOUNT_VIEW)
    )
    client, code = sign_in(asha), people.code_of(asha)
    assert client.post(url_of(first), {"code": code}).status_code == 303
    assert client.post(url_of(second), {"code": code}).status_code == 422
    assert state_of(second, asha, tenant) == GrantState.READY


def test_somebody_else_does_not_start_it(tenant, asha, bo, bea, eli, sign_in, superuser):
    grant = approved(asha, tenant, [bo])
    assert sign_in(bea).post(url_of(grant), {"code": people.code_of(bea)}).status_code == 403
    assert sign_in(eli).post(url_of(grant), {"code": people.code_of(eli)}).status_code == 404
    assert state_of(grant, asha, tenant) == GrantState.READY
    refused = superuser["eu"].execute(
        "select actor_label, detail->>'code' from access_auditevent where type = 'act.refused'"
    )
    assert refused.fetchall() == [("Bea", "not_holder")]


def test_start_twice_says_what_changed_and_spends_no_code(tenant, asha, bo, sign_in):
    grant = granted(asha, tenant, [bo])
    spent = people.last_step(asha)
    response = sign_in(asha).post(url_of(grant), {"code": people.code_of(asha)})
    assert response.status_code == 409
    assert "Changed meanwhile." in response.content.decode()
    assert people.last_step(asha) == spent


def test_start_at_the_claim_time_is_too_late_57(tenant, asha, bo, sign_in, held_clock):
    grant = approved(asha, tenant, [bo])
    held_clock.hold(grant.claim_by)
    client = sign_in(asha)
    assert client.post(url_of(grant), {"code": people.code_of(asha)}).status_code == 409
    held_clock.hold(grant.claim_by - timedelta(microseconds=1))
    # Held still, the second factor counts from the same moment too.
    assert client.post(url_of(grant), {"code": people.code_of(asha)}).status_code == 303


def test_lost_training_refuses_the_start_170(tenant, asha, bo, sign_in):
    grant = approved(asha, tenant, [bo])
    people.lose_training(asha)
    response = sign_in(asha).post(url_of(grant), {"code": people.code_of(asha)})
    assert response.status_code == 403
    assert "training is not in date" in response.content.decode()
    assert state_of(grant, asha, tenant) == GrantState.READY


def test_fields_that_are_not_asked_for_change_nothing_154(tenant, asha, bo, sign_in):
    grant = approved(asha, tenant, [bo])
    tampered = {"ends_at": "2099-01-01", "state": "active", "duration": "999", "holder": str(bo.pk)}
    sign_in(asha).post(url_of(grant), {"code": people.code_of(asha), **tampered})
    with entered(asha, tenant):
        started = Grant.objects.get(pk=grant.pk)
    assert started.ends_at - started.starts_at == grant.duration
    assert started.holder_id == asha.pk


def test_region_that_is_down_is_said_and_nothing_is_started(tenant, asha, bo, sign_in):
    grant = approved(asha, tenant, [bo])
    client = sign_in(asha)
    with down("eu"):
        response = client.post(url_of(grant), {"code": people.code_of(asha)})
    assert response.status_code == 503
    assert "does not answer" in response.content.decode()
    assert state_of(grant, asha, tenant) == GrantState.READY


def test_too_many_wrong_codes_end_the_session(tenant, asha, bo, sign_in):
    grant = approved(asha, tenant, [bo])
    client = sign_in(asha)
    for _ in range(12):
        people.forget_codes(asha)
        response = client.post(url_of(grant), {"code": "000000"})
        if response.status_code == 302:
            break
    assert response.headers["Location"].startswith("/sign-in/")
    assert state_of(grant, asha, tenant) == GrantState.READY
