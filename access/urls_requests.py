"""Addresses of asking and deciding."""

from __future__ import annotations

from django.urls import URLPattern, path

from access.views import approvals, decisions, request_acts, requests

ONE = "t/<tenant:tenant>/requests/<request:reference>/"

urlpatterns: list[URLPattern] = [
    path("approvals/", approvals.approvals, name="approvals"),
    path("t/<tenant:tenant>/ask/", requests.request_new, name="request_new"),
    path(ONE, requests.request_page, name="request"),
    path(f"{ONE}decide/", decisions.request_decide, name="request_decide"),
    path(f"{ONE}question/", request_acts.request_question, name="request_question"),
    path(f"{ONE}answer/", request_acts.request_answer, name="request_answer"),
    path(f"{ONE}withdraw/", request_acts.request_withdraw, name="request_withdraw"),
    path(f"{ONE}change/", requests.request_change, name="request_change"),
]
