"""The holder ends a grant: from the strip, from the list, from its page."""

from __future__ import annotations

import pytest
from django.test import Client

from access.held import grants_of
from access.models import Grant
from access.states import GrantState
from tests import people
from tests.acts import approved, entered, granted


def url_of(grant):
    return f"/t/{grant.tenant_reference}/grants/{grant.reference}/end/"


def test_return_closes_at_once_and_goes_back_88(tenant, asha, bo, sign_in, superuser):
    grant = granted(asha, tenant, [bo])
    response = sign_in(asha).post(url_of(grant), {"next": "/health/"})
    assert (response.status_code, response.headers["Location"]) == (303, "/health/")
    assert grants_of(asha, "") == []
    recorded = superuser["eu"].execute(
        "select actor_id from access_auditevent where type = 'grant.returned'"
    )
    assert recorded.fetchall() == [(asha.pk,)]


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:1", ""])
def test_return_goes_nowhere_else(tenant, asha, bo, sign_in, target):
    grant = granted(asha, tenant, [bo])
    response = sign_in(asha).post(url_of(grant), {"next": target})
    assert response.headers["Location"] == url_of(grant).removesuffix("end/")


def test_return_before_the_start_gives_it_back(tenant, asha, bo, sign_in):
    grant = approved(asha, tenant, [bo])
    assert sign_in(asha).post(url_of(grant)).status_code == 303
    with entered(asha, tenant):
        assert Grant.objects.get(pk=grant.pk).state == GrantState.RETURNED


def test_return_twice_is_said_and_changes_nothing(tenant, asha, bo, sign_in):
    grant = granted(asha, tenant, [bo])
    client = sign_in(asha)
    client.post(url_of(grant))
    with entered(asha, tenant):
        before = Grant.objects.get(pk=grant.pk).closed_at
    response = client.post(url_of(grant))
    assert response.status_code == 409
    assert "already returned" in response.content.decode()
    with entered(asha, tenant):
        assert Grant.objects.get(pk=grant.pk).closed_at == before


def test_somebody_else_does_not_return_it(tenant, asha, bo, eli, dana, casey, sign_in):
    grant = granted(asha, tenant, [bo])
    answers = {p.name: sign_in(p).post(url_of(grant)).status_code for p in (bo, dana, eli, casey)}
    assert answers == {"Bo": 403, "Dana": 403, "Eli": 404, "Casey": 404}
    assert len(grants_of(asha, "")) == 1


def test_return_without_a_token_is_refused_152(tenant, asha, bo, sign_in):
    grant = granted(asha, tenant, [bo])
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = sign_in(asha).cookies
    assert strict.post(url_of(grant)).status_code == 403
    assert strict.post(url_of(grant), HTTP_HX_REQUEST="true").status_code == 403
    assert len(grants_of(asha, "")) == 1


def test_return_needs_no_training(tenant, asha, bo, sign_in):
    grant = granted(asha, tenant, [bo])
    people.lose_training(asha)
    assert sign_in(asha).post(url_of(grant)).status_code == 303
