"""Deletion cases of a tenant: opening, voting, starting, and the certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import ProgrammingError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access import audit, clock, policy, step_up
from access.gate import requires, signed_in
from access.pages.answers import SeeOther
from access.residency import region_of
from access.rules import group_names
from access.scopes import Scope
from access.step_up import StepUpRefused
from access.verdict import Denied, Refused
from diagnostics.actions import cases as acts
from diagnostics.forms.keeping import CaseForm, CaseVoteForm
from diagnostics.models import CaseKind, CaseReach
from diagnostics.pages.cases import (
    CasePage,
    case_rows,
    decides,
    entered,
    erasing_grant,
    find_case,
    may_open,
    tenant_of,
)
from rooms.actions.incident_row import Hand

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

PART = "whoever asks, decides or audits for the tenant; a case shows no data of the tenant"
NOT_YOURS = Denied("Opening a case takes a part in asking for this tenant.", "", "not_asker")
NOTHING_THERE = Denied("There is no such room or device in this tenant.", "", "unknown")


@signed_in(reason=PART)
@require_http_methods(["GET", "HEAD", "POST"])
def cases(request: HttpRequest, tenant: str) -> HttpResponse:
    """The deletion cases of a tenant, and the form that opens one."""
    found = tenant_of(request, tenant)
    opener = may_open(request, found)
    form = CaseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and not opener:
        raise Refused(NOT_YOURS)
    if form.is_bound and form.is_valid():
        try:
            case = _open(request, found, form.cleaned_data)
        except Refused as refused:
            form.refuse(refused.denied)
        else:
            messages.success(request, f"{case.reference} is open. Two others approve it.")
            return SeeOther(reverse("diagnostics:case", args=[tenant, case.reference]))
    with entered(request, found):
        rows = case_rows(found, clock.now(region_of(found)))
    shown: dict[str, Any] = {"tenant": tenant, "rows": rows, "crumbs": crumbs_of(tenant)}
    shown["form"] = form if opener else None
    return render(request, "diagnostics/cases.html", shown, status=422 if form.errors else 200)


def _open(request: HttpRequest, tenant: Any, typed: dict[str, Any]) -> Any:
    wanted = acts.Wanted(
        CaseKind(typed["kind"]),
        CaseReach(typed["reach"]),
        typed["reference"],
        typed["reason"],
        typed["asked_by"],
    )
    try:
        with entered(request, tenant):
            return acts.open_case(by=request.user, tenant=tenant, wanted=wanted)
    except ProgrammingError as refused:  # the database knows the rooms, the opener may not
        raise Refused(NOTHING_THERE) from refused


@signed_in(reason=PART)
@require_safe
def case(request: HttpRequest, tenant: str, case: str) -> HttpResponse:
    """One case: what is asked, who agreed, what was done."""
    return show(request, find_case(request, tenant_of(request, tenant), case))


def show(
    request: HttpRequest, page: CasePage, form: CaseVoteForm | None = None, status: int = 200
) -> HttpResponse:
    """The page, with a vote that was refused as it was sent."""
    tenant = page.tenant.reference
    shown = {
        "page": page,
        "case": page.case,
        "tenant": tenant,
        "erase": erasing_grant(request, page.tenant),
        "ballot": form or (CaseVoteForm() if page.may_vote else None),
        "ask_url": reverse("access:request_new", args=[tenant])
        + f"?scope={Scope.DATA_ERASE.value}",
        "crumbs": crumbs_of(tenant, (page.case.reference, "")),
    }
    return render(request, "diagnostics/case.html", shown, status=status)


def crumbs_of(tenant: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """Where a page of cases stands."""
    return [
        ("Tenants", reverse("rooms:tenants")),
        (tenant, reverse("rooms:tenant", args=[tenant])),
        ("Deletion cases", reverse("diagnostics:cases", args=[tenant]) if more else ""),
        *more,
    ]


@signed_in(reason="approvers hold a standing relation, not a grant; a vote takes a fresh code")
@sensitive_post_parameters("code")
@require_POST
def case_vote(request: HttpRequest, tenant: str, case: str) -> HttpResponse:
    """Approve or refuse, with a code given for this vote."""
    page = find_case(request, tenant_of(request, tenant), case)
    page.may_vote.enforce()
    form = CaseVoteForm(request.POST)
    if form.is_valid():
        try:
            _vote(request, page, form)
        except StepUpRefused as refused:
            form.add_error("code", refused.sentence)
        except Refused as refused:
            form.refuse(refused.denied)
        else:
            messages.success(request, "Your vote is kept.")
            return SeeOther(reverse("diagnostics:case", args=[tenant, case]))
    return show(request, page, form, status=422)


def _vote(request: HttpRequest, page: CasePage, form: CaseVoteForm) -> None:
    """Spend the code, then vote."""
    method = step_up.spend(
        staff=request.user,
        act="case",
        subject=page.case.pk,
        code=form.cleaned_data["code"],
        session=request.session,
        max_age=policy.current().step_up_max_age,
    )
    with entered(request, page.tenant, f"step_up:case:{page.case.pk}"):
        acts.vote_on_case(
            by=request.user,
            groups=group_names(request.user),
            decides=decides(request, page.tenant),
            case=page.case,
            approves=form.cleaned_data["answer"] == "approve",
            reason=form.cleaned_data["reason"],
            step_up_method=method,
        )


@signed_in(reason=PART)
@require_POST
def case_withdraw(request: HttpRequest, tenant: str, case: str) -> HttpResponse:
    """Take a case back before it runs."""
    page = find_case(request, tenant_of(request, tenant), case)
    page.may_withdraw.enforce()
    judge = decides(request, page.tenant)
    with entered(request, page.tenant):
        acts.withdraw_case(by=request.user, decides=judge, case=page.case)
    messages.success(request, f"{case} is withdrawn.")
    return SeeOther(reverse("diagnostics:case", args=[tenant, case]))


@requires(Scope.DATA_ERASE)
@require_POST
def case_start(request: HttpRequest, access: Access, case: str) -> HttpResponse:
    """Have the worker carry an approved case out."""
    grant = access.under(Scope.DATA_ERASE)
    if grant is None:
        raise Refused(Denied("Erasing is closed.", acts.UNSTARTED["closed"], "closed"))
    hand = Hand(access.person, grant.reference, grant.purpose)
    acts.start_case(hand=hand, tenant=access.tenant, reference=case)
    messages.success(request, f"{case} runs. Its certificate stands here when it is done.")
    return SeeOther(reverse("diagnostics:case", args=[access.tenant.reference, case]))


@signed_in(reason=PART)
@require_safe
def case_certificate(request: HttpRequest, tenant: str, case: str) -> HttpResponse:
    """The signed certificate as a file, to be verified offline."""
    page = find_case(request, tenant_of(request, tenant), case)
    if page.certificate is None:
        raise Http404("There is no certificate yet.")
    with entered(request, page.tenant):
        detail = {"certificate_sha256": page.certificate.sha256}
        audit.record("case.certificate_taken", subject=("case", case), detail=detail)
    name = f"{case}-certificate.json"
    return HttpResponse(
        page.certificate.document,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
