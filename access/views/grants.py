"""The page of a grant, and what is done there: start it, end it, end somebody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from access import entrance, step_up
from access.actions.grants import return_grant, revoke_grant, start_grant
from access.forms.grants import RevokeForm, StartForm
from access.gate import signed_in
from access.middleware import record_refusal
from access.pages.answers import SeeOther, unchanged, version_of, wants_fragment
from access.pages.grant_page import GrantPage, read_grant
from access.pages.lines import GrantLine
from access.sign_in import safe_next
from access.step_up import StepUpRefused
from access.verdict import WrongState

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpResponse

    from access.http import HttpRequest
    from access.models import Grant

SEEN_BY = "its holder, and those who decide or audit for its tenant; it opens no data"


@signed_in(reason=SEEN_BY)
@require_GET
def grant(request: HttpRequest, tenant: str, reference: str) -> HttpResponse:
    """One grant: what it opens, where it stands, and what this person may do."""
    page = read_grant(request, entrance.tenant_or_404(request, tenant), reference)
    if wants_fragment(request) and (same := unchanged(request, version_of(page.facts))):
        return same
    return _answer(request, page)


@signed_in(reason="the holder starts it, with a fresh second factor")
@sensitive_post_parameters("code")
@require_POST
def grant_start(request: HttpRequest, tenant: str, reference: str) -> HttpResponse:
    """Start the clock, and go to what is now open."""
    found = entrance.tenant_or_404(request, tenant)
    page = read_grant(request, found, reference)
    form = StartForm(request.POST)
    if not form.is_valid():
        return _answer(request, page, start_form=form, status=422)
    try:
        page.may_start.enforce()
        method = _second_factor(request, page, "start", form)
        started = _start(request, page, method)
    except StepUpRefused as refused:
        return _code_refused(request, page, refused, start_form=form)
    except WrongState as stale:
        return _changed(request, page, stale)
    line = GrantLine(started, page.line.state, found.region)
    messages.success(request, f"Access under {reference} ends at {started.ends_at:%H:%M} UTC.")
    return SeeOther(line.opened_url)


@signed_in(reason="the holder ends it")
@require_POST
def grant_return(request: HttpRequest, tenant: str, reference: str) -> HttpResponse:
    """End my own grant now; what it opened is closed from the next request on."""
    found = entrance.tenant_or_404(request, tenant)
    page = read_grant(request, found, reference)
    try:
        page.may_return.enforce()
        with entrance.entered(request, found):
            return_grant(by=request.user, grant_id=page.grant.pk)
    except WrongState as stale:
        return _changed(request, page, stale)
    messages.success(request, f"Access under {reference} has ended. You can ask again.")
    return SeeOther(safe_next(request, request.POST.get("next")) or page.line.url)


@signed_in(reason="an approver of the tenant ends it, with a reason and a fresh second factor")
@sensitive_post_parameters("code")
@require_POST
def grant_revoke(request: HttpRequest, tenant: str, reference: str) -> HttpResponse:
    """End somebody's grant now."""
    found = entrance.tenant_or_404(request, tenant)
    page = read_grant(request, found, reference)
    form = RevokeForm(request.POST)
    try:
        page.may_revoke.enforce()
        if not form.is_valid():
            return _answer(request, page, revoke_form=form, status=422)
        method = _second_factor(request, page, "revoke", form)
        _revoke(request, page, form.cleaned_data["reason"], method)
    except StepUpRefused as refused:
        return _code_refused(request, page, refused, revoke_form=form)
    except WrongState as stale:
        return _changed(request, page, stale)
    messages.success(request, f"{page.grant.holder_label}'s access under {reference} has ended.")
    return SeeOther(page.line.url)


def _second_factor(request: HttpRequest, page: GrantPage, act: str, form: Form) -> str:
    """Give and use a code for this act on this grant; how it was given. Raises StepUpRefused."""
    return step_up.spend(
        staff=request.user,
        act=act,
        subject=page.grant.pk,
        code=form.cleaned_data["code"],
        session=request.session,
        max_age=page.policy.step_up_max_age,
    )


def _start(request: HttpRequest, page: GrantPage, method: str) -> Grant:
    person, policy = entrance.qualified(request)
    with entrance.entered(request, page.tenant, step_up=("start", page.grant.pk)):
        return start_grant(
            by=person,
            policy=policy,
            tenant=page.tenant,
            grant_id=page.grant.pk,
            step_up_method=method,
        )


def _revoke(request: HttpRequest, page: GrantPage, reason: str, method: str) -> None:
    with entrance.entered(request, page.tenant, step_up=("revoke", page.grant.pk)):
        revoke_grant(
            by=request.user,
            standing=request.relations,
            grant_id=page.grant.pk,
            reason=reason,
            step_up_method=method,
        )


def _code_refused(
    request: HttpRequest,
    page: GrantPage,
    refused: StepUpRefused,
    *,
    start_form: StartForm | None = None,
    revoke_form: RevokeForm | None = None,
) -> HttpResponse:
    """The form again, with why the code did not count; or sign in, when the session ended."""
    if request.session.session_key is None:
        return redirect("access:sign_in")
    for form in filter(None, (start_form, revoke_form)):
        form.add_error("code", refused.sentence)
    return _answer(request, page, start_form=start_form, revoke_form=revoke_form, status=422)


def _changed(request: HttpRequest, page: GrantPage, stale: WrongState) -> HttpResponse:
    """409: the page as it now is, and what was not done."""
    record_refusal(request, "stale")
    now = read_grant(request, page.tenant, page.grant.reference)
    return _answer(request, now, changed=str(stale), status=409)


def _crumbs(page: GrantPage) -> list[tuple[str, str]]:
    above = ("My access", "access:my_access") if page.holder else ("Active grants", "access:grants")
    return [(above[0], reverse(above[1])), (page.grant.reference, "")]


def _answer(
    request: HttpRequest,
    page: GrantPage,
    *,
    start_form: StartForm | None = None,
    revoke_form: RevokeForm | None = None,
    changed: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "page": page,
        "version": version_of(page.facts),
        "changed": changed,
        "crumbs": _crumbs(page),
        "start_form": start_form or StartForm(auto_id="start-%s"),
        "revoke_form": revoke_form or RevokeForm(auto_id="end-%s"),
    }
    template = "access/_grant.html" if wants_fragment(request) else "access/grant.html"
    return render(request, template, context, status=status)
