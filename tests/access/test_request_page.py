"""The page of a request: for its requester, its approvers, its auditors, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.models import AccessRequest, Staff, Tenant
from access.models.requests import Decision
from access.scopes import Relation, Scope
from tests import acts, people
from tests.html_lint import problems

SignIn = Callable[[Staff], Client]
ROOM = "RM-AAAA1111"


def url(request: AccessRequest) -> str:
    return reverse("access:request", args=[request.tenant_reference, request.reference])


def test_request_page_for_an_approver_has_the_decision(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant, rooms=[ROOM])
    response = sign_in(bo).get(url(request))
    html = response.content.decode()
    assert response.status_code == 200
    assert "Asha asks for 1 hour on one room" in html
    assert "0 of 1 approval" in html
    assert 'value="approve"' in html
    assert 'value="deny"' in html
    assert "1 hour (asked)" in html
    assert ROOM in html
    assert "You are not the requester." in html
    assert problems(html) == []


def test_request_page_for_its_requester_has_no_decision(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    html = sign_in(asha).get(url(request)).content.decode()
    assert "You asked for this, so another approver decides." in html
    assert 'value="approve"' not in html
    assert "Withdraw the request" in html
    assert "Change the request" in html
    assert problems(html) == []


def test_request_page_of_an_approvers_own_request_says_why_not(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    people.relate(bo, Relation.MAY_ASK, tenant)
    request = acts.ask(bo, tenant)
    html = sign_in(bo).get(url(request)).content.decode()
    assert 'value="approve"' not in html
    assert "another approver decides" in html


def test_request_page_for_a_second_account_of_the_requester_says_why_not_09(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    second = people.person("asha-too", decides=[tenant], person_id=asha.person_id)
    request = acts.ask(asha, tenant)
    html = sign_in(second).get(url(request)).content.decode()
    assert 'value="approve"' not in html
    assert "You cannot decide your own request." in html


def test_request_page_for_an_auditor_has_no_forms_12(
    tenant: Tenant, asha: Staff, bo: Staff, dana: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    response = sign_in(dana).get(url(request))
    main = response.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    assert response.status_code == 200
    assert "<form" not in main
    assert "Asha asks" in main


def test_request_page_not_ones_own_is_not_found(
    tenant: Tenant, asha: Staff, bo: Staff, eli: Staff, casey: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    assert sign_in(eli).get(url(request)).status_code == 404
    assert sign_in(casey).get(url(request)).status_code == 404
    unknown = reverse("access:request", args=[tenant.reference, "AR-ZZZZ9999"])
    assert sign_in(eli).get(unknown).status_code == 404
    assert sign_in(bo).get(unknown).status_code == 404


def test_request_page_not_found_is_recorded_153(
    tenant: Tenant, asha: Staff, bo: Staff, eli: Staff, sign_in: SignIn, superuser: dict[str, Any]
) -> None:
    sign_in(eli).get(url(acts.ask(asha, tenant)))
    rows = superuser["default"].execute(
        "select detail->>'kind', actor_id from access_controlevent where type = 'reference.unknown'"
    )
    assert rows.fetchall() == [("request", eli.pk)]


def test_request_page_without_training_gives_the_reason_instead_of_the_form(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    people.lose_training(bo)
    html = sign_in(bo).get(url(request)).content.decode()
    assert 'value="approve"' not in html
    assert "Privacy and security training is not in date." in html


def test_request_page_shows_a_gate_that_the_requester_fails_now(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    people.lose_training(asha)
    checks = sign_in(bo).get(url(request)).context["facts"].checks
    assert [one["word"] for one in checks].count("fail") == 1


def test_request_page_counts_requests_of_the_week(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    acts.ask(asha, tenant, Scope.HEALTH_VIEW)
    request = acts.ask(asha, tenant)
    html = sign_in(bo).get(url(request)).content.decode()
    assert "2nd request for this tenant in 7 days." in html


def test_request_page_of_the_whole_tenant_notes_that_it_is_wide(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    html = sign_in(bo).get(url(acts.ask(asha, tenant))).content.decode()
    assert "Asha asks for 1 hour on the whole tenant" in html
    assert "Single rooms would be narrower." in html


def test_request_page_shows_how_a_voter_authenticated_and_what_they_reduced(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(
        asha, tenant, Scope.ACTIVITY_VIEW, Scope.DIAGNOSTICS_VIEW, duration=timedelta(hours=1)
    )
    acts.vote(bo, tenant, request, duration=timedelta(minutes=30), scopes=[Scope.DIAGNOSTICS_VIEW])
    html = sign_in(bea).get(url(request)).content.decode()
    assert "1 of 2 approvals" in html
    assert "approved 30 min of 1 hour, only Diagnostic data." in html
    assert "Authenticated with an authenticator app." in html


def test_request_page_says_when_a_vote_no_longer_counts_22(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW)
    acts.vote(bo, tenant, request)
    people.unrelate(bo, Relation.MAY_DECIDE, tenant)
    html = sign_in(bea).get(url(request)).content.decode()
    assert "No longer counted because they no longer decide for this tenant." in html
    assert "0 of 2 approvals" in html


def test_request_page_approved_leads_its_holder_to_start(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    grant = acts.approved(asha, tenant, [bo])
    page = reverse("access:request", args=[tenant.reference, grant.request_reference])
    start = reverse("access:grant", args=[tenant.reference, grant.reference])
    html = sign_in(asha).get(page).content.decode()
    assert "Approved by Bo." in html
    assert f'href="{start}"' in html
    assert "Start 1 hour now, or until" in html
    assert "Start 1 hour" not in sign_in(bo).get(page).content.decode()


def test_request_page_denied_says_who_and_why(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    acts.vote(bo, tenant, request, Decision.DENY, reason="The health page is enough.")
    html = sign_in(asha).get(url(request)).content.decode()
    assert "Bo: “The health page is enough.”" in html
    assert "Ask again, perhaps for less" in html


def test_request_page_past_its_lapse_says_so_before_any_job_ran(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn, held_clock: Any
) -> None:
    request = acts.ask(asha, tenant)
    client = sign_in(bo)
    held_clock.shift(timedelta(minutes=61))
    response = client.get(url(request))
    assert response.context["facts"].state == "lapsed"
    html = response.content.decode()
    assert "The request has lapsed." in html
    assert 'value="approve"' not in html


def test_request_page_polled_answers_204_until_something_changed(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW)
    client = sign_in(bea)
    seen = client.get(url(request)).context["facts"].stamp
    polled = f"{url(request)}?seen={seen}"
    headers = {"HX-Request": "true"}
    assert client.get(polled, headers=headers).status_code == 204
    acts.vote(bo, tenant, request)
    response = client.get(polled, headers=headers)
    html = response.content.decode()
    assert response.status_code == 200
    assert html.lstrip().startswith('<section id="request-live"')
    assert "1 of 2 approvals" in html
    assert "<form" not in html
    assert "This request has changed." in html


def test_request_page_shows_typed_text_as_text_156(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    acts.vote(bo, tenant, request, Decision.DENY, reason="<script>alert(1)</script> no")
    html = sign_in(asha).get(url(request)).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize("part", ["decide", "question", "answer", "withdraw"])
def test_request_page_of_an_act_opened_by_hand_leads_back(
    part: str, tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    response = sign_in(bo).get(f"{url(request)}{part}/")
    assert response.status_code == 302
    assert response["Location"] == url(request)
