"""The limits of signals that nobody publishes: what a tenant has set, and what stands otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from access.gate import requires
from access.pages.answers import SeeOther
from access.scopes import Scope
from access.verdict import Refused, WrongState
from rooms.actions.thresholds import set_limits, version_of
from rooms.forms.thresholds import LIMITS, LimitsForm, title_of, well_from
from rooms.models import SignalThresholds
from rooms.pages.incident_reach import CLOSED_LIST, HEALTH, WORK, hand_of, work_card
from rooms.pages.rooms_list import reach_of
from rooms.views.signals import may_switch

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest


@requires(Scope.HEALTH_VIEW, Scope.INCIDENT_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def thresholds(request: HttpRequest, access: Access) -> HttpResponse:
    """The limits, as this tenant has them; empty fields go back to what is stated."""
    if not may_switch(access):
        if request.method == "POST":
            raise Refused(CLOSED_LIST)
        return show(request, access)
    if request.method != "POST":
        return show(request, access, offered=True)
    form = LimitsForm(request.POST)
    back = "back" in request.POST
    if form.is_valid() or back:
        try:
            _set(access, {} if back else form.limits, form.cleaned_data.get("seen", ""))
        except WrongState as stale:
            return show(request, access, offered=True, trouble=str(stale), status=409)
        except Refused as refused:
            form.refuse(refused.denied)
        else:
            words = "All limits are as stated." if back else "The limits are set."
            messages.success(request, f"{words} The next report of each device is judged by them.")
            return SeeOther(request.path)
    return show(request, access, form, offered=True, status=422)


def _set(access: Access, limits: dict[str, float], seen: str) -> None:
    """Do it."""
    set_limits(hand=hand_of(access), tenant=access.tenant, limits=limits, seen=seen)


def show(
    request: HttpRequest,
    access: Access,
    form: LimitsForm | None = None,
    *,
    offered: bool = False,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, as far as it is open. What is stated is no secret; what a tenant has set is."""
    tenant = access.tenant.reference
    whole = access.opens(HEALTH) and reach_of(access, HEALTH) is None
    row = SignalThresholds.objects.first() if whole else None
    own = row.limits if row else {}
    if offered and form is None:
        form = LimitsForm(initial=own | {"seen": version_of(row)})
    shown = {
        "tenant": tenant,
        "form": form,
        "trouble": trouble,
        "whole": whole,
        "row": row,
        "health_grant": access.under(HEALTH),
        "work_grant": access.under(WORK),
        "card": None if form else work_card(access),
        "lines": [
            {
                "title": title_of(limit),
                "side": well_from(limit),
                "stated": limit.default,
                "own": own.get(name),
            }
            for name, limit in LIMITS.items()
        ],
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (tenant, reverse("rooms:tenant", args=[tenant])),
            ("Incidents", reverse("rooms:incidents", args=[tenant])),
            ("Signals", reverse("rooms:signals", args=[tenant])),
            ("Limits", ""),
        ],
    }
    return render(request, "rooms/thresholds.html", shown, status=status)
