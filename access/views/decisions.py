"""Deciding: approve, perhaps for less, or deny; with a code given for this vote."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from access import entrance, step_up
from access.actions.requests import check_version
from access.actions.votes import decide_request
from access.forms.votes import BallotForm
from access.gate import signed_in
from access.middleware import record_refusal
from access.models import AccessRequest, Grant
from access.models.requests import Decision
from access.pages.answers import SeeOther
from access.pages.request_checks import progress_text
from access.pages.request_page import RequestPage, find_request
from access.pages.request_show import show, show_stale
from access.states import RequestState
from access.step_up import StepUpRefused
from access.verdict import Refused, WrongState
from access.words import duration_text

if TYPE_CHECKING:
    from access.http import HttpRequest

DECIDING = "approvers hold a standing relation, not a grant; a vote takes a fresh second factor"


@signed_in(reason=DECIDING)
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def request_decide(request: HttpRequest, tenant: str, reference: str) -> HttpResponse:
    """Approve, perhaps for less, or deny; with a code given for this vote."""
    found = entrance.tenant_or_404(request, tenant)
    if request.method != "POST":
        return redirect("access:request", found.reference, reference)
    facts = find_request(request, found, reference)
    form = BallotForm(request.POST, access_request=facts.access_request, initial={})
    try:
        facts.may_decide.enforce()
        if form.is_valid():
            outcome = _vote(request, facts, form)
            messages.success(request, outcome)
            return SeeOther(facts.url)
    except StepUpRefused as refused:
        form.add_error("code", refused.sentence)
    except Refused as refused:
        if not facts.may_decide:
            raise
        form.refuse(refused.denied)
        record_refusal(request, refused.denied.code)
    except WrongState as stale:
        return show_stale(request, facts, stale)
    return show(request, facts, {"ballot": form}, status=422)


def _vote(request: HttpRequest, facts: RequestPage, form: BallotForm) -> str:
    """Judge what can be judged before a code is spent, then spend it, then vote."""
    asked = facts.access_request
    check_version(asked, form.cleaned_data["version"])
    if form.cleaned_data["decision"] == Decision.APPROVE:
        facts.may_approve.enforce()
    method = _second_factor(request, facts, form.cleaned_data["code"])
    ballot = form.ballot(asked, method)
    with entrance.entered(request, facts.tenant, step_up=("vote", asked.pk)):
        decided = decide_request(
            by=facts.viewer,
            standing=request.relations,
            policy=facts.policy,
            tenant=facts.tenant,
            request_id=asked.pk,
            ballot=ballot,
        )
        grant = Grant.objects.filter(tenant_id=asked.tenant_id, request_id=asked.pk).first()
    return outcome_words(decided, facts, grant, ballot.duration)


def _second_factor(request: HttpRequest, facts: RequestPage, code: str) -> str:
    """Spend a code on this vote; the control plane commits before the region is entered."""
    return step_up.spend(
        staff=request.user,
        act="vote",
        subject=facts.access_request.pk,
        code=code,
        session=request.session,
        max_age=facts.policy.step_up_max_age,
    )


def outcome_words(
    decided: AccessRequest, facts: RequestPage, grant: Grant | None, agreed: timedelta
) -> str:
    """What a vote did."""
    if grant is not None:
        within = duration_text(facts.policy.claim_within)
        return (
            f"Approved {duration_text(grant.duration)}."
            f" {decided.requester_label} can start it within {within}."
        )
    if decided.state == RequestState.DENIED:
        return f"Denied. {decided.requester_label} sees your reason."
    others = [v for v in facts.approvals if v.voter_person_id != facts.viewer.staff.person_id]
    progress = progress_text(len(others) + 1, decided.votes_needed)
    return f"Your approval of {duration_text(agreed)} is kept: {progress}."
