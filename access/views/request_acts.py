"""Acts of requester and approvers with one short form: question, answer, withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from access import entrance
from access.actions.requests import (
    answer_question,
    ask_question,
    check_version,
    withdraw_request,
)
from access.forms.requests import AnswerForm, VersionForm
from access.forms.votes import QuestionForm
from access.gate import signed_in
from access.pages.answers import SeeOther
from access.pages.request_page import RequestPage, find_request
from access.pages.request_show import show, show_stale
from access.verdict import Verdict, WrongState

if TYPE_CHECKING:
    from access.http import HttpRequest

FORM_METHODS = ["GET", "HEAD", "POST"]


@dataclass(frozen=True)
class Act:
    """One act on a request: its form, who may, what it does, and what is said afterwards."""

    name: str
    form: type[VersionForm]
    may: Callable[[RequestPage], Verdict]
    do: Callable[[HttpRequest, RequestPage, dict[str, Any]], object]
    done: str


def _take(request: HttpRequest, tenant: str, reference: str, act: Act) -> HttpResponse:
    """Do one act and go back to the request; or show what stands against it."""
    found = entrance.tenant_or_404(request, tenant)
    if request.method != "POST":
        return redirect("access:request", found.reference, reference)
    facts = find_request(request, found, reference)
    form = act.form(request.POST, auto_id=f"{act.name}-%s")
    try:
        act.may(facts).enforce()
        if form.is_valid():
            check_version(facts.access_request, form.cleaned_data["version"])
            with entrance.entered(request, found):
                act.do(request, facts, form.cleaned_data)
            messages.success(request, act.done)
            return SeeOther(facts.url)
    except WrongState as stale:
        return show_stale(request, facts, stale)
    return show(request, facts, {act.name: form}, status=422)


def _ask_question(request: HttpRequest, facts: RequestPage, typed: dict[str, Any]) -> None:
    ask_question(
        by=facts.viewer,
        standing=request.relations,
        policy=facts.policy,
        tenant=facts.tenant,
        request_id=facts.access_request.pk,
        version=typed["version"],
        text=typed["text"],
    )


def _answer(request: HttpRequest, facts: RequestPage, typed: dict[str, Any]) -> None:
    answer_question(by=request.user, request_id=facts.access_request.pk, text=typed["text"])


def _withdraw(request: HttpRequest, facts: RequestPage, typed: dict[str, Any]) -> None:
    withdraw_request(by=request.user, request_id=facts.access_request.pk)


QUESTION = Act(
    "question",
    QuestionForm,
    lambda facts: facts.may_decide,
    _ask_question,
    "Question sent. Approvals wait for the answer.",
)
ANSWER = Act(
    "answer",
    AnswerForm,
    lambda facts: facts.may_answer,
    _answer,
    "Answer sent. The request is in review again.",
)
WITHDRAWAL = Act(
    "withdrawal",
    VersionForm,
    lambda facts: facts.may_withdraw,
    _withdraw,
    "Withdrawn. You can ask again at any time.",
)


@signed_in(reason="approvers hold a standing relation, not a grant")
@require_http_methods(FORM_METHODS)
def request_question(request: HttpRequest, tenant: str, reference: str) -> HttpResponse:
    """An approver asks the requester something."""
    return _take(request, tenant, reference, QUESTION)


@signed_in(reason="the requester answers")
@require_http_methods(FORM_METHODS)
def request_answer(request: HttpRequest, tenant: str, reference: str) -> HttpResponse:
    """The requester answers a question."""
    return _take(request, tenant, reference, ANSWER)


@signed_in(reason="the requester takes back what they asked")
@require_http_methods(FORM_METHODS)
def request_withdraw(request: HttpRequest, tenant: str, reference: str) -> HttpResponse:
    """The requester takes the request back."""
    return _take(request, tenant, reference, WITHDRAWAL)
