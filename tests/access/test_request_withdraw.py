"""Taking a request back: its requester, while it waits."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from access.models import AccessRequest, Staff, Tenant
from tests import acts

SignIn = Callable[[Staff], Client]


def url(request: AccessRequest) -> str:
    return reverse("access:request_withdraw", args=[request.tenant_reference, request.reference])


def state(request: AccessRequest, by: Staff, tenant: Tenant) -> str:
    with acts.entered(by, tenant):
        return str(AccessRequest.objects.get(pk=request.pk).state)


def test_request_withdraw_ends_it(tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn) -> None:
    request = acts.ask(asha, tenant)
    client = sign_in(asha)
    response = client.post(url(request), {"version": request.version})
    assert response.status_code == 303
    assert state(request, asha, tenant) == "withdrawn"
    html = client.get(response["Location"]).content.decode()
    assert "Withdrawn. You can ask again at any time." in html
    assert "Withdraw the request" not in html


def test_request_withdraw_after_the_approval_is_refused(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    acts.vote(bo, tenant, request)
    response = sign_in(asha).post(url(request), {"version": request.version})
    assert response.status_code == 409
    assert "already approved" in response.content.decode()
    assert state(request, asha, tenant) == "approved"


def test_request_withdraw_by_another_is_refused(
    tenant: Tenant, asha: Staff, bo: Staff, eli: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    sent = {"version": request.version}
    assert sign_in(bo).post(url(request), sent).status_code == 403
    assert sign_in(eli).post(url(request), sent).status_code == 404
    assert state(request, asha, tenant) == "submitted"


def test_request_withdraw_with_a_changed_field_is_refused(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    response = sign_in(asha).post(url(request), {"version": "-1"})
    assert response.status_code == 422
    assert "Open the request again." in response.content.decode()
    assert state(request, asha, tenant) == "submitted"
