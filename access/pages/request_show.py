"""The page of one request as an answer: fresh, with a mistake to mend, or changed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from access.forms.requests import AnswerForm, VersionForm
from access.forms.votes import BallotForm, QuestionForm
from access.middleware import record_refusal
from access.pages.request_page import RequestPage, find_request
from access.verdict import WrongState

if TYPE_CHECKING:
    from django.forms import Form

    from access.http import HttpRequest
    from access.models import AccessRequest


def show(
    request: HttpRequest,
    facts: RequestPage,
    sent: dict[str, Form] | None = None,
    *,
    typed: Mapping[str, str] | None = None,
    stale: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page with its forms; one sent with a mistake stands in place of the fresh one.

    `typed` are words written for an older picture of the request; the fresh forms keep them.
    """
    asked = facts.access_request
    page: dict[str, Any] = {
        "facts": facts,
        "asked": asked,
        "stale": stale,
        "crumbs": [came_from(facts), (asked.reference, "")],
    }
    page |= {**fresh_forms(asked, typed or {}), **(sent or {})}
    return render(request, "access/request.html", page, status=status)


def fresh_forms(asked: AccessRequest, typed: Mapping[str, str]) -> dict[str, Form]:
    """Every form of the page, about the request as it now is."""
    start = {"version": asked.version, "text": typed.get("text", "")}
    return {
        "ballot": BallotForm(access_request=asked, initial={"reason": typed.get("reason", "")}),
        "question": QuestionForm(initial=start, auto_id="question-%s"),
        "answer": AnswerForm(initial=start, auto_id="answer-%s"),
        "withdrawal": VersionForm(initial=start, auto_id="withdrawal-%s"),
    }


def came_from(facts: RequestPage) -> tuple[str, str]:
    """The list that the viewer has this request from."""
    if facts.is_mine:
        return "My access", reverse("access:my_access")
    if facts.decides:
        return "Approvals", reverse("access:approvals")
    return "Audit", reverse("access:audit")


def show_stale(request: HttpRequest, facts: RequestPage, stale: WrongState) -> HttpResponse:
    """409: the request as it now is, what happened to it, and the forms again."""
    record_refusal(request, "stale")
    now = find_request(request, facts.tenant, facts.access_request.reference)
    return show(request, now, typed=request.POST.dict(), stale=stands(now, stale), status=409)


def stands(now: RequestPage, stale: WrongState) -> str:
    """What was refused because of the moment, and where the request stands instead."""
    asked = now.access_request
    latest = now.history[-1]
    words = f"{latest['actor']} {latest['text']}".strip()
    return (
        f"{stale} It is now: {now.state_words}; revision {asked.revision}; {now.progress}."
        f" Latest, {latest['at']:%H:%M} UTC: {words}"
    )
