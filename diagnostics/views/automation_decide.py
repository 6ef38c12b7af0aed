"""Deciding on proposed settings and policies, withdrawing a proposal, and ending a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from access import policy, step_up
from access.entrance import tenant_or_404
from access.gate import signed_in
from access.pages.answers import SeeOther
from access.step_up import StepUpRefused
from access.verdict import Refused, WrongState
from diagnostics.actions.automation import (
    decide_version,
    end_policy,
    withdraw_version,
)
from diagnostics.entrance import STEP_UP, entered_to_decide
from diagnostics.forms.automation import DecideForm
from diagnostics.models import AutomationPolicy, RemediationSettings
from diagnostics.pages.automation import crumbs_of, find_settings, policy_words, read_settings
from diagnostics.pages.policies import find_policy, read_policies
from diagnostics.pages.waves import Reader

if TYPE_CHECKING:
    from access.http import HttpRequest
    from access.models import Tenant

PART = "approvers of the tenant decide without a grant, with a fresh code for each decision"
OWN = "whoever proposed it takes it back without a grant"


@signed_in(reason=PART)
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def settings_decide(request: HttpRequest, tenant: str, settings: str) -> HttpResponse:
    """Agree to a version of the settings, or refuse it."""
    found = tenant_or_404(request, tenant)
    reader = Reader.of(request, found)
    with entered_to_decide(request, found, "settings_decide", ("remediation_settings", settings)):
        version = find_settings(reader, settings)
        lines = read_settings(reader).lines
    line = next(one for one in lines if one.one.pk == version.pk)
    shown = {"line": line, "what": "settings", "crumbs": crumbs_of(tenant, settings)}
    return _decide(request, found, version, shown, "diagnostics:remediation_settings")


@signed_in(reason=PART)
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def policy_decide(request: HttpRequest, tenant: str, policy: str) -> HttpResponse:
    """Agree to a policy, or refuse it."""
    found = tenant_or_404(request, tenant)
    reader = Reader.of(request, found)
    with entered_to_decide(request, found, "policy_decide", ("remediation_policy", policy)):
        version = find_policy(reader, policy)
        signals = read_policies(reader)
    line = next(one for each in signals for one in each.lines if one.one.pk == version.pk)
    shown = {
        "line": line,
        "what": "policy",
        "words": policy_words(version),
        "crumbs": crumbs_of(tenant, policy),
    }
    return _decide(request, found, version, shown, "diagnostics:remediation_policies")


def _decide(
    request: HttpRequest,
    tenant: Tenant,
    version: AutomationPolicy | RemediationSettings,
    shown: dict[str, Any],
    route: str,
) -> HttpResponse:
    """The decision page of either kind."""
    line, status = shown["line"], 200
    form = DecideForm(request.POST or None, initial={"digest": version.digest})
    if request.method == "POST":
        line.may_vote.enforce()
        status = 422
        if form.is_valid():
            try:
                _vote(request, tenant, version, form.cleaned_data)
            except StepUpRefused as refused:
                form.add_error("code", refused.sentence)
            except Refused as refused:
                form.refuse(refused.denied)
            except WrongState as stale:
                shown["trouble"], status = str(stale), 409
            else:
                messages.success(request, "Your decision is kept.")
                return SeeOther(reverse(route, args=[tenant.reference]))
    shown |= {"form": form, "version": version, "tenant": tenant.reference}
    shown["back"] = reverse(route, args=[tenant.reference])
    return render(request, "remediation/rules_decide.html", shown, status=status)


def _vote(
    request: HttpRequest,
    tenant: Tenant,
    version: AutomationPolicy | RemediationSettings,
    typed: dict[str, Any],
) -> None:
    """Spend the code, then decide."""
    method = step_up.spend(
        staff=request.user,
        act=STEP_UP,
        subject=version.pk,
        code=typed["code"],
        session=request.session,
        max_age=policy.current().step_up_max_age,
    )
    subject = ("rules", version.reference)
    decide: Any = decide_version  # of either kind
    with entered_to_decide(request, tenant, "rules_decide", subject, proven=version.pk):
        decide(
            by=request.user,
            decides=Reader.of(request, tenant).decides,
            tenant=tenant,
            version=version,
            digest=typed["digest"],
            approves=typed["answer"] == "approve",
            reason=typed["reason"],
            step_up_method=method,
        )


@signed_in(reason=OWN)
@require_POST
def settings_withdraw(request: HttpRequest, tenant: str, settings: str) -> HttpResponse:
    """Take a proposal back."""
    found = tenant_or_404(request, tenant)
    reader = Reader.of(request, found)
    with entered_to_decide(request, found, "settings_withdraw", ("remediation_settings", settings)):
        withdraw_version(by=request.user, version=find_settings(reader, settings))
    messages.success(request, f"{settings} is withdrawn.")
    return SeeOther(reverse("diagnostics:remediation_settings", args=[tenant]))


@signed_in(reason=OWN)
@require_POST
def policy_withdraw(request: HttpRequest, tenant: str, policy: str) -> HttpResponse:
    """Take a proposal back."""
    found = tenant_or_404(request, tenant)
    reader = Reader.of(request, found)
    with entered_to_decide(request, found, "policy_withdraw", ("remediation_policy", policy)):
        withdraw_version(by=request.user, version=find_policy(reader, policy))
    messages.success(request, f"{policy} is withdrawn.")
    return SeeOther(reverse("diagnostics:remediation_policies", args=[tenant]))


@signed_in(reason="one person is enough to end a policy: whoever proposed it, or an approver")
@require_POST
def policy_end(request: HttpRequest, tenant: str, policy: str) -> HttpResponse:
    """End a policy at once."""
    found = tenant_or_404(request, tenant)
    reader = Reader.of(request, found)
    with entered_to_decide(request, found, "policy_end", ("remediation_policy", policy)):
        end_policy(
            by=request.user,
            decides=reader.decides,
            tenant=found,
            policy=find_policy(reader, policy),
        )
    messages.success(request, f"{policy} has ended. Nothing runs under it any more.")
    return SeeOther(reverse("diagnostics:remediation_policies", args=[tenant]))
