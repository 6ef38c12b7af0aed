"""Deciding on a remediation: for approvers of the tenant, without a grant, with a fresh code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from access import entrance, policy, step_up
from access.gate import signed_in
from access.models import Tenant
from access.pages.answers import SeeOther
from access.scopes import Relation
from access.step_up import StepUpRefused
from access.verdict import Refused
from diagnostics.actions.remediations import decide_remediation
from diagnostics.entrance import STEP_UP, entered_to_decide
from diagnostics.forms.remediations import DecideForm
from diagnostics.models import Remediation
from diagnostics.pages.remediation_decide import DecidePage, read_decide
from diagnostics.pages.remediation_looks import crumbs_in, item_url

if TYPE_CHECKING:
    from access.http import HttpRequest

VIEW = "remediation_decide"
PART = "approvers hold a standing relation, not a grant; an order shows nothing a device has said"


@signed_in(reason=PART)
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def remediation_decide(request: HttpRequest, tenant: str, remediation: str) -> HttpResponse:
    """Exactly what would be approved, and the form that approves or refuses it."""
    found = entrance.tenant_or_404(request, tenant)
    page = _page(request, found, remediation)
    if request.method != "POST":
        return show(request, page)
    page.may_vote.enforce()
    form = DecideForm(request.POST)
    if form.is_valid():
        try:
            _decide(request, page, form)
        except StepUpRefused as refused:
            form.add_error("code", refused.sentence)
        except Refused as refused:
            form.refuse(refused.denied)
        else:
            messages.success(request, "Your decision is kept.")
            return SeeOther(item_url(page.item))
    return show(request, page, form, status=422)


def _page(request: HttpRequest, tenant: Tenant, reference: str) -> DecidePage:
    """The item, if the reader may have a part in deciding on it; 404 otherwise."""
    with entered_to_decide(request, tenant, VIEW, ("remediation", reference)):
        rows = Remediation.objects.filter(tenant_id=tenant.pk, reference=reference)
        item = rows.first()
        if item is None:
            raise Http404("No such remediation waits for you.")
        return read_decide(request, tenant, item)


def show(
    request: HttpRequest, page: DecidePage, form: DecideForm | None = None, status: int = 200
) -> HttpResponse:
    """The page, with a decision that was refused as it was sent."""
    tenant, item = page.tenant.reference, page.item
    ballot = form or DecideForm(initial={"digest": item.digest})
    shown: dict[str, Any] = {
        "page": page,
        "item": item,
        "tenant": tenant,
        "ballot": ballot if page.may_vote else None,
        "crumbs": crumbs_in(tenant, (item.reference, item_url(item)), ("Decide", "")),
    }
    return render(request, "remediation/decide.html", shown, status=status)


def _decide(request: HttpRequest, page: DecidePage, form: DecideForm) -> None:
    """Spend the code, then decide."""
    method = step_up.spend(
        staff=request.user,
        act=STEP_UP,
        subject=page.item.pk,
        code=form.cleaned_data["code"],
        session=request.session,
        max_age=policy.current().step_up_max_age,
    )
    subject = ("remediation", page.item.reference)
    with entered_to_decide(request, page.tenant, VIEW, subject, proven=page.item.pk):
        decide_remediation(
            by=request.user,
            decides=request.relations.has(Relation.MAY_DECIDE, page.tenant.pk),
            tenant=page.tenant,
            item_id=page.item.pk,
            digest=form.cleaned_data["digest"],
            approves=form.cleaned_data["answer"] == "approve",
            reason=form.cleaned_data["reason"],
            step_up_method=method,
        )
