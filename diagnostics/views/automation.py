"""What a customer has agreed on beforehand: settings of remediation, and what runs by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from access.gate import requires
from access.pages.answers import SeeOther
from access.scopes import Scope
from access.verdict import Denied, Refused
from diagnostics.actions.automation import (
    PolicyWanted,
    propose_policy,
    propose_settings,
)
from diagnostics.forms.automation import PolicyForm, SettingsForm, SignalForm
from diagnostics.pages.automation import crumbs_of, read_settings
from diagnostics.pages.policies import read_policies, signal_choices
from diagnostics.pages.stops import bar_of, in_force
from diagnostics.pages.wave_new import whole_grant
from diagnostics.pages.waves import HEALTH, Reader
from diagnostics.remediation.catalogue import ActionCode
from diagnostics.rules.automation import alone
from rooms.actions.incident_row import Hand

if TYPE_CHECKING:
    from access.gate import Access
    from access.held import HeldGrant
    from access.http import HttpRequest

SCOPES = (Scope.HEALTH_VIEW, Scope.INCIDENT_WORK)
CLOSED = Denied(
    "Proposing for this tenant is closed.",
    "Ask for work on incidents in the whole tenant.",
    "closed",
)


def frame(request: HttpRequest, access: Access, title: str) -> dict[str, Any]:
    """Where the page stands, and under which grant one may propose."""
    reader, tenant = Reader.of(request, access.tenant), access.tenant.reference
    known = reader.sees_all or reader.health is not None
    return {
        "tenant": tenant,
        "reader": reader,
        "grant": whole_grant(access, Scope.INCIDENT_WORK),
        "card": None if known else access.closed(HEALTH, what=f"{title} of this tenant"),
        "work_card": access.closed(Scope.INCIDENT_WORK, what="Proposing"),
        "stops": bar_of(in_force(), tenant),
        "crumbs": crumbs_of(tenant, title),
    }


def _hand(access: Access) -> Hand:
    grant: HeldGrant | None = whole_grant(access, Scope.INCIDENT_WORK)
    if grant is None:
        raise Refused(CLOSED)
    return Hand(access.person, grant.reference, grant.purpose)


@requires(*SCOPES, standing=True)
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, access: Access) -> HttpResponse:
    """What holds for the tenant, its versions, and the form that proposes the next one."""
    form = SettingsForm(request.POST) if request.method == "POST" else None
    status = 200
    if form is not None:
        hand = _hand(access)
        if form.is_valid():
            try:
                made = propose_settings(
                    hand=hand,
                    tenant=access.tenant,
                    document=form.document,
                    reason=form.cleaned_data["reason"],
                )
            except Refused as refused:
                form.refuse(refused.denied)
            else:
                messages.success(request, f"{made.reference} waits for another person.")
                return SeeOther(request.path)
        status = 422
    return show_settings(request, access, form, status)


def show_settings(
    request: HttpRequest, access: Access, form: SettingsForm | None = None, status: int = 200
) -> HttpResponse:
    """The page, as far as it is open."""
    shown = frame(request, access, "Windows and limits")
    page = read_settings(shown["reader"])
    shown |= {"page": page, "form": form or SettingsForm.of(page.rules)}
    return render(request, "remediation/rules_settings.html", shown, status=status)


@requires(*SCOPES, standing=True)
@require_http_methods(["GET", "HEAD", "POST"])
def policies(request: HttpRequest, access: Access) -> HttpResponse:
    """What runs by itself, its versions, and the form that proposes for a signal."""
    chosen = request.GET.get("signal", "")
    signal = chosen if alone(chosen) else ""
    form = PolicyForm(request.POST or None, signal=signal) if signal else None
    status = 200
    if request.method == "POST" and form is not None:
        hand = _hand(access)
        if form.is_valid():
            try:
                made = propose_policy(
                    hand=hand,
                    tenant=access.tenant,
                    wanted=_wanted(signal, form),
                    reason=form.cleaned_data["reason"],
                )
            except Refused as refused:
                form.refuse(refused.denied)
            else:
                messages.success(request, f"{made.reference} waits for another person.")
                return SeeOther(request.path)
        status = 422
    return show_policies(request, access, signal, form, status)


def _wanted(signal: str, form: PolicyForm) -> PolicyWanted:
    typed = form.cleaned_data
    return PolicyWanted(
        signal=signal,
        action=ActionCode(typed["action"]),
        told=form.told(),
        after_minutes=typed["after_minutes"],
        most_per_day=typed["most_per_day"],
        urgent=typed["urgent"],
    )


def show_policies(
    request: HttpRequest,
    access: Access,
    signal: str = "",
    form: PolicyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, as far as it is open."""
    shown = frame(request, access, "What may run by itself")
    signals = read_policies(shown["reader"])
    choose = SignalForm(request.GET if signal else None, signals=signal_choices())
    shown |= {"signals": signals, "signal": signal, "choose": choose, "form": form}
    return render(request, "remediation/rules_policies.html", shown, status=status)
