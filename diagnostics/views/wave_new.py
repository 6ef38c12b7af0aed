"""Drafting a wave: choosing the action and the devices, then the wave itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from access.gate import requires
from access.pages.answers import SeeOther
from access.scopes import Scope
from access.verdict import Refused, WrongState
from diagnostics.actions.waves import Draft, draft_wave
from diagnostics.forms.wave_rings import RingFormSet, ring_rows
from diagnostics.forms.waves import ChooseForm, DraftForm, action_of_code
from diagnostics.models import Wave, WaveCover
from diagnostics.pages.stops import bar_of, in_force
from diagnostics.pages.wave_new import (
    CLOSED,
    address_of,
    choices_of,
    chosen_by,
    draft_card,
    gap_of,
    hand_of,
    matched,
    missing,
    offer_of,
    whole_grant,
    with_rooms,
)
from diagnostics.pages.waves import crumbs_of
from diagnostics.remediation.catalogue import Action
from diagnostics.remediation.tenant_rules import rules_of
from rooms.selection import BadSelection, read_selection

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

SCOPES = (
    Scope.REMEDIATE_UPDATE,
    Scope.REMEDIATE_RESTART,
    Scope.REMEDIATE_USB,
    Scope.INVENTORY_VIEW,
    Scope.HEALTH_VIEW,
)


@requires(*SCOPES)
@require_http_methods(["GET", "HEAD", "POST"])
def wave_new(request: HttpRequest, access: Access) -> HttpResponse:
    """Choose the devices by filters, then say what is to be done to them."""
    query = request.GET.copy()
    query.pop("sort", None)
    action = action_of_code(query.get("action", ""))
    if missing(access, action):
        if request.method == "POST":
            raise Refused(CLOSED)
        shown = frame(access) | {"card": draft_card(access, action), "action": action}
        return render(request, "remediation/wave_new.html", shown)
    if request.method != "POST" or action is None:
        return show(request, access, query)
    try:
        return _draft(request, access, action)
    except BadSelection as bad:
        return show(request, access, query, trouble=str(bad), status=400)


def frame(access: Access) -> dict[str, Any]:
    """Where the page stands."""
    tenant = access.tenant.reference
    return {
        "tenant": tenant,
        "stops": bar_of(in_force(), tenant),
        "crumbs": crumbs_of(tenant, ("New", "")),
    }


def show(
    request: HttpRequest,
    access: Access,
    query: QueryDict,
    sent: tuple[DraftForm, Any] | None = None,
    *,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page: what may be chosen, what matches, and the form of the wave for that."""
    choose = ChooseForm(query, choices_of(access, query))
    action = action_of_code(query.get("action", ""))
    shown = frame(access) | {"choose": choose, "action": action, "trouble": trouble}
    if action is not None and choose.is_valid():
        offer = offer_of(action, choose)
        found = matched(access, action, choose.selection)
        form, rings = sent or _fresh(access, action, choose, found)
        if form.is_bound:
            # What is shown is what the next sending is for.
            form.data = {**dict(form.data.items()), "selection": found.signed}
        shown |= {
            "matched": found,
            "form": form,
            "rings": rings,
            "gap": gap_of(action, offer),
            "grant": whole_grant(access, action.scope),
        }
    else:
        shown["grant"] = next((one for one in access.grants if one.whole_tenant), None)
    return render(request, "remediation/wave_new.html", shown, status=status)


def _fresh(access: Access, action: Action, choose: ChooseForm, found: Any) -> tuple[Any, Any]:
    """Both forms as they are first shown."""
    limits = rules_of([access.tenant.pk])[access.tenant.pk].limits
    initial = {"selection": found.signed, "per_hour": min(100, limits.tenant_per_hour)}
    form = DraftForm(action=action, offer=offer_of(action, choose), initial=initial)
    names = [name for name, _ in found.rings]
    return form, RingFormSet(initial=ring_rows(names, names), prefix="ring")


def _draft(request: HttpRequest, access: Access, action: Action) -> HttpResponse:
    """Draft what was sent, for exactly the devices that its sender saw."""
    query = _query_of(access, action, request.POST.get("selection", ""))
    choose = ChooseForm(query, choices_of(access, query))
    choose.is_valid()
    form = DraftForm(request.POST, action=action, offer=offer_of(action, choose))
    rings = RingFormSet(request.POST, prefix="ring")
    sent, fits = (form, rings), form.is_valid() and rings.is_valid()
    if not fits:
        return show(request, access, query, sent, status=422)
    try:
        wave = _ordered(access, action, form, rings)
    except WrongState as stale:
        return show(request, access, query, sent, trouble=str(stale), status=409)
    except Refused as refused:
        form.refuse(refused.denied)
        return show(request, access, query, sent, status=422)
    messages.success(request, f"{wave.reference} is drafted. Its plan is being worked out.")
    return SeeOther(reverse("diagnostics:wave", args=[wave.tenant_reference, wave.reference]))


def _query_of(access: Access, action: Action, text: str) -> QueryDict:
    """The address of what a signed selection chose. BadSelection for any other text."""
    selection = read_selection(
        text, tenant=access.tenant.reference, actor=access.person.pk, at=access.clock
    )
    chosen = QueryDict(selection.query)
    return address_of(action, {name: chosen.getlist(name) for name in chosen})


def _ordered(access: Access, action: Action, form: DraftForm, rings: Any) -> Wave:
    typed = form.cleaned_data
    filters = chosen_by(access, action, typed["selection"])
    return draft_wave(
        hand=hand_of(access, action),
        tenant=access.tenant,
        draft=Draft(
            action=action,
            told=form.told(),
            selection=dict(with_rooms(access, filters)),
            per_hour=typed["per_hour"],
            reason=typed["reason"],
            covered_by=WaveCover(typed["covered_by"]),
            rings=rings.rings(),
            pilot=typed["pilot"],
            critical=typed["critical"],
            title=typed["title"],
            not_before=typed["not_before"],
        ),
        agreed=rules_of([access.tenant.pk])[access.tenant.pk],
    )
