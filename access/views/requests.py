"""Asking, looking at one request, and asking for something else instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from access import entrance, rules
from access.actions.requests import change_request, submit_request
from access.forms.requests import AskForm, ChangeForm, asked_again
from access.gate import signed_in
from access.middleware import record_refusal
from access.models import AccessRequest
from access.pages.answers import SeeOther, unchanged, wants_fragment
from access.pages.asking import desk_of, form_page, from_link
from access.pages.request_page import RequestPage, find_request
from access.pages.request_show import show, show_stale, stands
from access.verdict import Refused, WrongState

if TYPE_CHECKING:
    from access.http import HttpRequest
    from access.pages.asking import Desk

ASKING = "asking opens nothing; the standing relation says who may ask"
PART = "its requester, and those who decide or audit for its tenant; it opens no data"
FORM_METHODS = ["GET", "HEAD", "POST"]


@signed_in(reason=ASKING)
@require_http_methods(FORM_METHODS)
def request_new(request: HttpRequest, tenant: str) -> HttpResponse:
    """Ask for access: one page, prefilled by the link with the narrowest that fits."""
    found = entrance.tenant_or_404(request, tenant)
    desk = desk_of(request, found)
    sent = request.POST if request.method == "POST" else None
    form = AskForm(
        sent,
        offered=desk.offered,
        tenant_reference=found.reference,
        initial=from_link(request, desk),
    )
    if sent is not None and form.is_valid():
        try:
            made = _submit(request, desk, form)
        except Refused as refused:
            form.refuse(refused.denied)
            record_refusal(request, refused.denied.code)
        else:
            messages.success(request, f"Asked. {made.reference} waits for a decision.")
            return SeeOther(_url(made))
    return form_page(request, desk, form, status=422 if form.errors else 200)


def _submit(request: HttpRequest, desk: Desk, form: AskForm) -> AccessRequest:
    if desk.stopped:
        rules.STOPPED.enforce()
    with entrance.entered(request, desk.tenant):
        return submit_request(
            by=desk.person,
            standing=request.relations,
            policy=desk.policy,
            tenant=desk.tenant,
            ask=form.ask(),
        )


@signed_in(reason=PART)
@require_GET
def request_page(request: HttpRequest, tenant: str, reference: str) -> HttpResponse:
    """One request: what is asked, where it stands, and what this person may do."""
    facts = find_request(request, entrance.tenant_or_404(request, tenant), reference)
    if wants_fragment(request) and "seen" in request.GET:
        page = {"facts": facts, "polled": True}
        same = unchanged(request, facts.stamp)
        return same or render(request, "access/_request_live.html", page)
    return show(request, facts)


@signed_in(reason="the requester changes what they asked")
@require_http_methods(FORM_METHODS)
def request_change(request: HttpRequest, tenant: str, reference: str) -> HttpResponse:
    """The form again, filled in with what is asked now; earlier votes stop counting."""
    found = entrance.tenant_or_404(request, tenant)
    facts = find_request(request, found, reference)
    desk = desk_of(request, found)
    sent = request.POST if request.method == "POST" else None
    form = _change_form(sent, facts, desk)
    try:
        facts.may_change.enforce()
        if sent is not None and form.is_valid():
            _change(request, facts, desk, form)
            messages.success(request, "Changed. Earlier votes no longer count.")
            return SeeOther(facts.url)
    except WrongState as stale:
        return _change_stale(request, facts, desk, stale)
    except Refused as refused:
        if not facts.may_change:
            raise
        form.refuse(refused.denied)
        record_refusal(request, refused.denied.code)
    status = 422 if form.errors else 200
    return form_page(request, desk, form, changing=facts.access_request, status=status)


def _change_form(sent: Any, facts: RequestPage, desk: Desk) -> ChangeForm:
    return ChangeForm(
        sent,
        offered=desk.offered,
        tenant_reference=facts.tenant.reference,
        initial=asked_again(facts.access_request),
    )


def _change(request: HttpRequest, facts: RequestPage, desk: Desk, form: ChangeForm) -> None:
    if desk.stopped:
        rules.STOPPED.enforce()
    with entrance.entered(request, desk.tenant):
        change_request(
            by=desk.person,
            standing=request.relations,
            policy=desk.policy,
            tenant=desk.tenant,
            request_id=facts.access_request.pk,
            version=form.cleaned_data["version"],
            ask=form.ask(),
        )


def _change_stale(
    request: HttpRequest, facts: RequestPage, desk: Desk, stale: WrongState
) -> HttpResponse:
    """The form again with what was typed, about the request as it now is; or its page."""
    now = find_request(request, facts.tenant, facts.access_request.reference)
    if not now.may_change:
        return show_stale(request, now, stale)
    record_refusal(request, "stale")
    kept = request.POST.copy()
    kept["version"] = str(now.access_request.version)
    form = _change_form(kept, now, desk)
    return form_page(
        request, desk, form, changing=now.access_request, stale=stands(now, stale), status=409
    )


def _url(made: AccessRequest) -> str:
    return reverse("access:request", args=[made.tenant_reference, made.reference])
