"""Asking for something else instead: a new revision, on which earlier votes do not count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.models import AccessRequest, Staff, Tenant
from access.scopes import Scope
from tests import acts
from tests.html_lint import problems

SignIn = Callable[[Staff], Client]
ROOM = "RM-AAAA1111"


def url(request: AccessRequest) -> str:
    return reverse("access:request_change", args=[request.tenant_reference, request.reference])


def form(request: AccessRequest, **changes: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "version": str(request.version),
        "reach": ROOM,
        "other_rooms": "",
        "scope": ["activity.view"],
        "minutes": "15",
        "purpose": "mitigate",
        "reason": "Only the front room, and only a quarter of an hour.",
        "incident": "",
        "not_before": "",
    }
    return {**sent, **changes}


def now(request: AccessRequest, by: Staff, tenant: Tenant) -> AccessRequest:
    with acts.entered(by, tenant):
        return AccessRequest.objects.get(pk=request.pk)


def test_request_change_form_is_filled_in_with_what_is_asked(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant, Scope.HEALTH_VIEW, rooms=[ROOM])
    response = sign_in(asha).get(url(request))
    html = response.content.decode()
    assert response.status_code == 200
    assert "Earlier votes stop counting." in html
    assert request.reason in html
    assert response.context["form"].initial["minutes"] == 60
    assert [r.details.scope for r in response.context["form"].chosen] == [Scope.HEALTH_VIEW]
    assert problems(html) == []


def test_request_change_makes_a_revision_without_earlier_votes_31(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.vote(bo, tenant, acts.ask(asha, tenant, Scope.ACTIVITY_VIEW))
    client = sign_in(asha)
    response = client.post(url(request), form(request))
    assert response.status_code == 303
    changed = now(request, asha, tenant)
    assert (changed.revision, changed.state) == (2, "submitted")
    assert changed.room_references == [ROOM]
    html = client.get(response["Location"]).content.decode()
    assert "0 of 2 approvals" in html
    assert "No longer counted because the request was changed." in html
    assert acts.vote(bea, tenant, changed).state == "in_review"


def test_request_change_on_an_older_picture_keeps_what_was_typed(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW)
    client = sign_in(asha)
    acts.vote(bo, tenant, request)
    response = client.post(url(request), form(request))
    html = response.content.decode()
    changed = now(request, asha, tenant)
    assert response.status_code == 409
    assert "Only the front room, and only a quarter of an hour." in html
    assert f'name="version" value="{changed.version}"' in html
    assert changed.revision == 1
    assert client.post(url(request), form(changed)).status_code == 303


def test_request_change_after_the_decision_shows_the_request(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    acts.vote(bo, tenant, request)
    response = sign_in(asha).post(url(request), form(request))
    assert response.status_code == 409
    assert "Approved by Bo." in response.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("minutes", "481", "At most"),
        ("reason", "short", "At least 20 characters"),
        ("version", "x", "Open the request again."),
        ("scope", [], "Choose at least one kind of access."),
    ],
)
def test_request_change_with_a_mistake_changes_nothing(
    field: str, value: Any, words: str, tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    response = sign_in(asha).post(url(request), form(request, **{field: value}))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert now(request, asha, tenant).revision == 1


def test_request_change_to_what_is_not_allowed_says_why(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    sent = form(request, scope=["diagnostics.view"], purpose="identify")
    response = sign_in(asha).post(url(request), sent)
    assert response.status_code == 422
    assert "is not a reason to open Diagnostic data" in response.content.decode()


def test_request_change_by_another_is_refused(
    tenant: Tenant, asha: Staff, bo: Staff, eli: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    assert sign_in(bo).get(url(request)).status_code == 403
    assert sign_in(bo).post(url(request), form(request)).status_code == 403
    assert sign_in(eli).post(url(request), form(request)).status_code == 404
    assert now(request, asha, tenant).revision == 1
