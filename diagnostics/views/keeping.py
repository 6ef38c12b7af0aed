"""What is kept and until when, legal holds, and what was destroyed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from access.gate import requires
from access.pages.answers import SeeOther
from access.scopes import Scope
from access.verdict import Denied, Refused
from diagnostics.actions import holds
from diagnostics.forms.keeping import HoldForm, ReleaseForm
from diagnostics.pages.keeping import (
    CLOSED,
    ERASE,
    HEALTH,
    can_hold,
    destruction_rows,
    hand_of,
    hold_rows,
    reached_of,
    stored_rows,
)

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

SCOPES = (Scope.HEALTH_VIEW, Scope.DATA_ERASE, Scope.INVENTORY_VIEW)
UNKNOWN = Denied("That cannot be done with a hold.", "Use the buttons of its page.", "act")
DONE = {
    "confirm": "Confirmed. It is kept until two people release it.",
    "ask": "Asked. Somebody else agrees or keeps it.",
    "release": "Released. What is due goes with the next run.",
    "keep": "Kept.",
}


@requires(*SCOPES)
@require_http_methods(["GET", "HEAD", "POST"])
def keeping(request: HttpRequest, access: Access) -> HttpResponse:
    """What is stored and when it is due; the form places a legal hold."""
    if not access.opens(HEALTH) or (request.method == "POST" and not can_hold(access)):
        if request.method == "POST":
            raise Refused(CLOSED)
        return show(request, access)
    form = HoldForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            holds.place_hold(
                hand=hand_of(access),
                tenant=access.tenant,
                reached=reached_of(access, form.cleaned_data),
                reason=form.cleaned_data["reason"],
            )
        except Refused as refused:
            form.refuse(refused.denied)
        else:
            messages.success(request, "Placed. It lapses in 3 days unless somebody confirms it.")
            return SeeOther(request.path)
    return show(request, access, form, status=422 if form.errors else 200)


def show(
    request: HttpRequest, access: Access, form: HoldForm | None = None, status: int = 200
) -> HttpResponse:
    """The page, as far as it is open."""
    tenant = access.tenant.reference
    shown: dict[str, Any] = {
        "tenant": tenant,
        "health": access.under(HEALTH),
        "erase": access.under(ERASE) if can_hold(access) else None,
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (tenant, reverse("rooms:tenant", args=[tenant])),
            ("Keeping", ""),
        ],
    }
    if form is None:
        shown["card"] = access.closed(HEALTH, what="What is kept of this tenant")
    else:
        shown |= {
            "stored": stored_rows(),
            "holds": hold_rows(access, access.clock),
            "destructions": destruction_rows(),
            "form": form,
            "release": ReleaseForm(),
        }
    return render(request, "diagnostics/keeping.html", shown, status=status)


@requires(*SCOPES)
@require_POST
def hold_act(request: HttpRequest, access: Access, hold: str) -> HttpResponse:
    """Confirm a hold, ask for its release, agree to that, or keep it."""
    hand, act = hand_of(access), request.POST.get("act", "")
    if act == "confirm":
        holds.confirm_hold(hand=hand, reference=hold)
    elif act == "ask":
        form = ReleaseForm(request.POST)
        if not form.is_valid():
            messages.error(request, "Say why it is not needed any more.")
            return SeeOther(reverse("diagnostics:keeping", args=[access.tenant.reference]))
        holds.ask_release(hand=hand, reference=hold, reason=form.cleaned_data["reason"])
    elif act == "release":
        holds.release_hold(hand=hand, reference=hold)
    elif act == "keep":
        holds.refuse_release(hand=hand, reference=hold)
    else:
        raise Refused(UNKNOWN)
    messages.success(request, DONE[act])
    return SeeOther(reverse("diagnostics:keeping", args=[access.tenant.reference]))
