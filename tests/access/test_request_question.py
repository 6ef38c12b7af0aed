"""A question and its answer: approvals wait in between, and votes given before keep counting."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from access.models import AccessRequest, RequestMessage, Staff, Tenant
from access.models.requests import Decision
from access.scopes import Scope
from tests import acts
from tests.html_lint import problems

SignIn = Callable[[Staff], Client]
QUESTION = "Which of the displays do you mean?"


def url(request: AccessRequest, part: str) -> str:
    return reverse(f"access:request_{part}", args=[request.tenant_reference, request.reference])


def now(request: AccessRequest, by: Staff, tenant: Tenant) -> AccessRequest:
    with acts.entered(by, tenant):
        return AccessRequest.objects.get(pk=request.pk)


def asked(client: Client, request: AccessRequest, text: str = QUESTION) -> int:
    sent = {"version": request.version, "text": text}
    return int(client.post(url(request, "question"), sent).status_code)


def test_request_question_and_answer(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    assert asked(sign_in(bo), request) == 303
    request = now(request, bo, tenant)
    assert request.state == "question_asked"
    asking = sign_in(asha)
    html = asking.get(url(request, "question").removesuffix("question/")).content.decode()
    assert QUESTION in html
    assert "Send answer" in html
    sent = {"version": request.version, "text": "The front one."}
    assert asking.post(url(request, "answer"), sent).status_code == 303
    assert now(request, bo, tenant).state == "in_review"
    with acts.entered(bo, tenant):
        texts = list(RequestMessage.objects.values_list("author_label", "text"))
    assert texts == [("Bo", QUESTION), ("Asha", "The front one.")]


def test_request_question_keeps_earlier_votes_32(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.vote(bo, tenant, acts.ask(asha, tenant, Scope.ACTIVITY_VIEW))
    assert asked(sign_in(bea), request) == 303
    request = now(request, bea, tenant)
    sent = {"version": request.version, "text": "The front one."}
    assert sign_in(asha).post(url(request, "answer"), sent).status_code == 303
    request = acts.vote(bea, tenant, now(request, bea, tenant))
    assert request.state == "approved"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Write a question."),
        ("\u200b \u2060", "Write it in words"),
        ("x" * 301, "At most 300 characters; this has 301."),
    ],
)
def test_request_question_with_a_mistake_is_not_sent(
    text: str, words: str, tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    sent = {"version": request.version, "text": text}
    response = sign_in(bo).post(url(request, "question"), sent)
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert now(request, bo, tenant).state == "submitted"
    assert problems(html) == []


def test_request_question_on_an_older_picture_is_refused(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant, Scope.ACTIVITY_VIEW)
    acts.vote(bo, tenant, request)
    assert asked(sign_in(bea), request) == 409
    assert now(request, bo, tenant).state == "in_review"


def test_request_question_by_the_requester_or_an_auditor_is_refused(
    tenant: Tenant, asha: Staff, bo: Staff, dana: Staff, eli: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    assert asked(sign_in(asha), request) == 403
    assert asked(sign_in(dana), request) == 403
    assert asked(sign_in(eli), request) == 404
    assert now(request, bo, tenant).state == "submitted"


def test_request_answer_without_a_question_is_refused(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    request = acts.ask(asha, tenant)
    sent = {"version": request.version, "text": "The front one."}
    assert sign_in(asha).post(url(request, "answer"), sent).status_code == 409
    assert sign_in(bo).post(url(request, "answer"), sent).status_code == 403


def test_request_question_after_a_decision_is_refused(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.vote(bo, tenant, acts.ask(asha, tenant), Decision.DENY)
    assert asked(sign_in(bea), request) == 409
