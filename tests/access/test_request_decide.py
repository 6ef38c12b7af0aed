"""Deciding: with a fresh code, for less but never for more, and about what was seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from access.models import AccessRequest, Grant, Staff, Tenant, Vote
from access.models.requests import Decision
from access.scopes import Relation, Scope
from access.second_factor import AUTHENTICATOR
from tests import acts, people
from tests.html_lint import problems

SignIn = Callable[[Staff], Client]


def url(request: AccessRequest) -> str:
    return reverse("access:request_decide", args=[request.tenant_reference, request.reference])


def ballot(request: AccessRequest, voter: Staff, **changes: Any) -> dict[str, Any]:
    """What a browser sends to approve all of what was asked."""
    sent: dict[str, Any] = {
        "version": str(request.version),
        "decision": "approve",
        "minutes": str(int(request.duration.total_seconds() // 60)),
        "scope": list(request.scopes),
        "reason": "",
        "code": people.code_of(voter),
    }
    return {**sent, **changes}


def decide(client: Client, request: AccessRequest, voter: Staff, **changes: Any) -> HttpResponse:
    return client.post(url(request), ballot(request, voter, **changes))


def now(request: AccessRequest, by: Staff, tenant: Tenant) -> AccessRequest:
    with acts.entered(by, tenant):
        return AccessRequest.objects.get(pk=request.pk)


def votes_on(request: AccessRequest, by: Staff, tenant: Tenant) -> list[Vote]:
    with acts.entered(by, tenant):
        return list(Vote.objects.filter(request_id=request.pk))


def grant_of(request: AccessRequest, by: Staff, tenant: Tenant) -> Grant | None:
    with acts.entered(by, tenant):
        return Grant.objects.filter(request_id=request.pk).first()


def test_request_decide_approve_makes_the_grant(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    client = sign_in(bo)
    response = decide(client, request, bo)
    assert response.status_code == 303
    assert now(request, bo, tenant).state == "approved"
    grant = grant_of(request, asha, tenant)
    assert grant is not None
    assert grant.duration == timedelta(hours=1)
    assert "Approved 1 hour. Asha can start it within 30 min." in (
        client.get(response["Location"]).content.decode()
    )
    [vote] = votes_on(request, bo, tenant)
    assert vote.step_up_method == AUTHENTICATOR


def test_request_decide_approve_shorter_and_narrower_64(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant, Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW)
    assert decide(sign_in(bo), request, bo, minutes="15", scope=["health.view"]).status_code == 303
    grant = grant_of(request, asha, tenant)
    assert grant is not None
    assert grant.duration == timedelta(minutes=15)
    assert grant.scopes == ["health.view"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"minutes": "61"}, "At most 1 hour."),
        ({"minutes": "0"}, "at least 1 minute"),
        ({"minutes": "NaN"}, "whole minutes"),
        ({"minutes": ""}, "Choose a time."),
        ({"scope": ["diagnostics.view"]}, "opens nothing that was not asked"),
        ({"scope": []}, "Approve at least one kind of access, or deny."),
        ({"decision": "grant"}, "Choose Approve or Deny."),
        ({"decision": ""}, "Choose Approve or Deny."),
        ({"decision": "deny"}, "A denial needs a reason."),
        ({"decision": "deny", "reason": "\u200b\u200b\u200b"}, "Write it in words"),
        ({"reason": "x" * 301}, "At most 300 characters; this has 301."),
        ({"version": "one"}, "Open the request again."),
        ({"version": ""}, "Open the request again."),
        ({"code": ""}, "required"),
        ({"code": "abc"}, "Type the 6 digits"),
        ({"code": "000000"}, "That code is not right."),
    ],
)
def test_request_decide_with_a_mistake_keeps_what_was_typed(
    changes: dict[str, Any], words: str, tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    typed = {"reason": "Fits the incident well."} | changes
    if changes.get("decision") == "deny" and "reason" not in changes:
        typed["reason"] = ""
    response = decide(sign_in(bo), request, bo, **typed)
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    if "reason" not in changes and typed["reason"]:
        assert "Fits the incident well." in html
    assert votes_on(request, bo, tenant) == []
    assert now(request, bo, tenant).state == "submitted"
    assert problems(html) == []


def test_request_decide_with_a_code_used_for_another_vote_is_refused(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    first, second = acts.ask(asha, tenant), acts.ask(asha, tenant, Scope.HEALTH_VIEW)
    client = sign_in(bo)
    code = people.code_of(bo)
    assert decide(client, first, bo, code=code).status_code == 303
    response = decide(client, second, bo, code=code)
    assert response.status_code == 422
    assert "each code works once" in response.content.decode()
    assert votes_on(second, bo, tenant) == []


def test_request_decide_deny_is_final_and_needs_no_time_29(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW)
    changes = {"decision": "deny", "reason": "Health is enough.", "minutes": "", "scope": []}
    assert decide(sign_in(bo), request, bo, **changes).status_code == 303
    assert now(request, bo, tenant).state == "denied"
    assert decide(sign_in(bea), request, bea).status_code == 409
    assert grant_of(request, asha, tenant) is None


def test_request_decide_of_two_needs_the_second(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW)
    client = sign_in(bo)
    response = decide(client, request, bo)
    html = client.get(response["Location"]).content.decode()
    assert "Your approval of 1 hour is kept: 1 of 2 approvals." in html
    assert now(request, bo, tenant).state == "in_review"
    request = now(request, bea, tenant)
    assert decide(sign_in(bea), request, bea).status_code == 303
    assert now(request, bo, tenant).state == "approved"


def test_request_decide_on_an_older_picture_shows_what_changed_21(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW)
    acts.vote(bo, tenant, request)
    response = decide(sign_in(bea), request, bea, reason="I typed this.")
    html = response.content.decode()
    assert response.status_code == 409
    assert "The request has changed since you opened it." in html
    assert "1 of 2 approvals" in html
    assert "Bo approved." in html
    assert html.count("I typed this.") == 1
    assert f'name="version" value="{now(request, bea, tenant).version}"' in html
    assert len(votes_on(request, bea, tenant)) == 1
    assert problems(html) == []


def test_request_decide_on_an_older_picture_spends_no_code(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW)
    acts.vote(bo, tenant, request)
    client, code = sign_in(bea), people.code_of(bea)
    assert decide(client, request, bea, code=code).status_code == 409
    assert decide(client, now(request, bea, tenant), bea, code=code).status_code == 303


def test_request_decide_past_the_lapse_is_refused_51(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn, held_clock: Any
) -> None:
    request = acts.ask(asha, tenant)
    client = sign_in(bo)
    held_clock.shift(timedelta(minutes=61))
    response = decide(client, request, bo)
    assert response.status_code == 409
    assert "The request has lapsed." in response.content.decode()


def test_request_decide_ones_own_is_refused_01(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn, superuser: dict[str, Any]
) -> None:
    people.relate(bo, Relation.MAY_ASK, tenant)
    request = acts.ask(bo, tenant)
    response = decide(sign_in(bo), request, bo)
    assert response.status_code == 403
    assert "You cannot decide your own request." in response.content.decode()
    assert votes_on(request, bo, tenant) == []
    rows = superuser["eu"].execute(
        "select detail->>'code' from access_auditevent where type = 'act.refused'"
    )
    assert rows.fetchall() == [("self_approval",)]


def test_request_decide_by_others_is_refused_or_not_found(
    tenant: Tenant, asha: Staff, bo: Staff, dana: Staff, eli: Staff, casey: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    assert decide(sign_in(dana), request, dana).status_code == 403
    assert decide(sign_in(eli), request, eli).status_code == 404
    assert decide(sign_in(casey), request, casey).status_code == 404
    assert Client().post(url(request), ballot(request, bo)).status_code == 302
    assert votes_on(request, bo, tenant) == []


def test_request_decide_while_a_question_is_open_only_denies_30(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    client = sign_in(bea)
    page = reverse("access:request_question", args=[tenant.reference, request.reference])
    client.post(page, {"version": request.version, "text": "Which display do you mean?"})
    request = now(request, bo, tenant)
    voting = sign_in(bo)
    assert 'value="approve"' not in voting.get(page.removesuffix("question/")).content.decode()
    assert decide(voting, request, bo).status_code == 409
    denial = {"decision": "deny", "reason": "No answer needed."}
    assert decide(voting, request, bo, **denial).status_code == 303


def test_request_decide_never_reads_other_fields_154(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW)
    extra = {"state": "approved", "voter_id": str(bea.pk), "approver": "Bea", "votes_needed": "1"}
    assert decide(sign_in(bo), request, bo, **extra).status_code == 303
    assert now(request, bo, tenant).state == "in_review"
    [vote] = votes_on(request, bo, tenant)
    assert (vote.voter_id, vote.decision) == (bo.pk, Decision.APPROVE)


def test_request_decide_after_five_wrong_codes_ends_the_session(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    client = sign_in(bo)
    for _ in range(5):
        people.forget_codes(bo)
        response = decide(client, request, bo, code="000000")
    assert response.status_code == 422
    assert "Your session has ended: sign in again." in response.content.decode()
    assert client.get(url(request)).status_code == 302
    assert votes_on(request, asha, tenant) == []


@pytest.mark.parametrize("part", ["decide", "question", "answer", "withdraw", "change"])
def test_request_acts_without_the_token_are_refused_152(
    part: str, tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    client = sign_in(bo)
    client.handler.enforce_csrf_checks = True
    page = reverse(f"access:request_{part}", args=[tenant.reference, request.reference])
    assert client.post(page, ballot(request, bo), headers={"HX-Request": "true"}).status_code == 403
    assert client.get(page, ballot(request, bo)).status_code in {302, 403}
    assert now(request, bo, tenant).version == 1


def test_request_decide_for_a_tenant_of_others_is_as_if_it_did_not_exist_04(
    tenant: Tenant, other_tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    elsewhere = people.person("olga", decides=[other_tenant])
    request = acts.ask(asha, tenant)
    client = sign_in(elsewhere)
    assert decide(client, request, elsewhere).status_code == 404
    unknown = url(request).replace(request.reference, "AR-ZZZZ9999")
    assert client.post(unknown, ballot(request, elsewhere)).status_code == 404
    assert votes_on(request, bo, tenant) == []
