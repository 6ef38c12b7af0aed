"""Which signals a tenant watches: each on or off, who switched it, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from access.gate import requires
from access.pages.answers import SeeOther
from access.scopes import Scope
from access.verdict import Refused, WrongState
from rooms.actions.signal_settings import switch_signal
from rooms.forms.incidents import SwitchForm
from rooms.models import SignalSetting
from rooms.pages.incident_reach import CLOSED_LIST, HEALTH, WORK, hand_of, work_card
from rooms.pages.looks import signal_title
from rooms.pages.rooms_list import reach_of
from rooms.rules.incidents import RECORDED
from rooms.signals import SIGNALS

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest


@requires(Scope.HEALTH_VIEW, Scope.INCIDENT_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def signals(request: HttpRequest, access: Access) -> HttpResponse:
    """The signals of the catalogue, as this tenant has them switched."""
    works = may_switch(access)
    if not works:
        if request.method == "POST":
            raise Refused(CLOSED_LIST)
        return show(request, access)
    sent = request.POST if request.method == "POST" else None
    form = SwitchForm(sent, initial={"code": request.GET.get("signal", "")[:40], "enabled": "off"})
    if sent is not None and form.is_valid():
        try:
            words = _switch(access, form.cleaned_data)
        except WrongState as stale:
            return show(request, access, form, trouble=str(stale), status=409)
        except Refused as refused:
            form.refuse(refused.denied)
        else:
            messages.success(request, words)
            return SeeOther(request.path)
    return show(request, access, form, status=422 if form.errors else 200)


def may_switch(access: Access) -> bool:
    """Whether health and work are open for the whole tenant: a switch is about all of its rooms."""
    return all(access.opens(scope) and reach_of(access, scope) is None for scope in (HEALTH, WORK))


def _switch(access: Access, typed: dict[str, Any]) -> str:
    """Do it, and say what came of it."""
    setting, closed = switch_signal(
        hand=hand_of(access),
        tenant=access.tenant,
        code=typed["code"],
        enabled=typed["enabled"],
        reason=typed["reason"],
    )
    title = signal_title(setting.code)
    if setting.enabled:
        return f"{title} is on again. The next evaluation begins anew."
    return f"{title} is off. {closed} incident{'' if closed == 1 else 's'} closed."


def show(
    request: HttpRequest,
    access: Access,
    form: SwitchForm | None = None,
    *,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, as far as it is open. The catalogue itself is no secret; the switches are."""
    tenant, opens = access.tenant.reference, access.opens(HEALTH)
    whole = opens and reach_of(access, HEALTH) is None
    settings = {row.code: row for row in SignalSetting.objects.all()} if whole else {}
    shown = {
        "tenant": tenant,
        "limits": reverse("rooms:thresholds", args=[tenant]),
        "form": form,
        "trouble": trouble,
        "whole": whole,
        "health_grant": access.under(HEALTH),
        "work_grant": access.under(WORK),
        "card": None if form else work_card(access),
        "lines": [
            {"signal": signal, "setting": settings.get(code)}
            for code, signal in sorted(SIGNALS.items(), key=lambda pair: pair[1].title)
            if code != RECORDED
        ],
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (tenant, reverse("rooms:tenant", args=[tenant])),
            ("Incidents", reverse("rooms:incidents", args=[tenant])),
            ("Signals", ""),
        ],
    }
    return render(request, "rooms/signals.html", shown, status=status)
