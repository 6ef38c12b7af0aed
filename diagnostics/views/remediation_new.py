"""Ordering a remediation: devices, then an action, then what it would do; ordered once seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from access.gate import requires
from access.pages.answers import SeeOther
from access.verdict import Refused, WrongState
from diagnostics.actions.remediations import AlreadyOpen, Order, order_remediations
from diagnostics.forms.remediation_parameters import ParametersForm, parameters_form
from diagnostics.forms.remediations import OrderForm
from diagnostics.models import Remediation
from diagnostics.pages.remediation_looks import SCOPES, item_url
from diagnostics.pages.remediation_new import (
    CLOSED,
    Asked,
    action_lines,
    devices_to_tick,
    hands_of,
    initial_parameters,
    initial_reason,
    is_open,
    read_asked,
)
from diagnostics.pages.remediation_now import read_moment, read_targets
from diagnostics.pages.remediation_preview import Preview, preview_of
from diagnostics.remediation.catalogue import Action, read_parameters
from diagnostics.remediation.catalogue.parameters import BadParameters, Parameters
from diagnostics.remediation.states import ItemState
from diagnostics.rules.remediations import MOST_DEVICES, Moment, Target, When
from diagnostics.views.remediation import frame
from rooms.pages.rooms_list import HEALTH, INVENTORY

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

NO_SUCH_ACTION = "There is no action called “{}”. Choose one of the list."


@requires(*SCOPES)
@require_http_methods(["GET", "HEAD", "POST"])
def remediation_new(request: HttpRequest, access: Access) -> HttpResponse:
    """Order an action: what is not chosen yet is asked for first."""
    missing = [scope for scope in (INVENTORY, HEALTH) if not access.opens(scope)]
    if missing:
        if request.method == "POST":
            raise Refused(CLOSED)
        card = access.closed(*missing, what="Remediation")
        return _show(request, access, "devices", {"card": card})
    asked = read_asked(access, request.GET)
    shown: dict[str, Any] = {"asked": asked, "most": MOST_DEVICES}
    if asked.unknown:
        shown["trouble"] = NO_SUCH_ACTION.format(asked.unknown)
    if not asked.devices or asked.missing or asked.too_many:
        shown["tick"] = devices_to_tick(access, asked, request.GET)
        return _show(request, access, "devices", shown)
    targets = read_targets(access, asked.devices, access.clock)
    if asked.action is None:
        shown["lines"] = action_lines(access, asked, targets)
        return _show(request, access, "actions", shown)
    if not is_open(access, asked, asked.action.scope):
        if request.method == "POST":
            raise Refused(CLOSED)
        shown["card"] = access.closed(asked.action.scope, what=asked.action.title)
        return _show(request, access, "actions", shown)
    return _order_page(request, access, asked, asked.action, targets)


def _show(
    request: HttpRequest, access: Access, step: str, shown: dict[str, Any], status: int = 200
) -> HttpResponse:
    """One of the three steps of the page."""
    page = frame(access, ("Order", "")) | {"step": step} | shown
    return render(request, f"remediation/new_{step}.html", page, status=status)


def _order_page(
    request: HttpRequest,
    access: Access,
    asked: Asked,
    action: Action,
    targets: Sequence[Target],
) -> HttpResponse:
    """The form with its preview; the order itself, once exactly that was shown."""
    sent = request.POST if request.method == "POST" else None
    moment = read_moment(access)
    devices = [target.now for target in targets]
    choices = parameters_form(
        action, devices, moment.releases, sent, initial_parameters(asked, targets)
    )
    # A page that nobody has sent yet previews what the form begins with.
    begun = choices if sent else parameters_form(action, devices, moment.releases, choices.initial)
    preview = preview_of(access, asked, targets, moment, _told(action, begun))
    form = OrderForm(sent, initial={"reason": initial_reason(asked)})
    step = Step(request, access, asked, action, choices, form, preview)
    if sent is None:
        return _form(step)
    if sent.get("act") != "order":
        step.form = OrderForm(initial={"reason": sent.get("reason"), "when": sent.get("when")})
        return _form(step, status=422 if choices.errors else 200)
    if preview.told is None or not form.is_valid():
        return _form(step, status=422)
    if form.cleaned_data["previewed"] != preview.mark:
        return _form(step, seen_first=True)
    return _take(step, preview.told, targets, moment)


def _told(action: Action, form: ParametersForm) -> Parameters | None:
    """The parameters that are chosen; None, with the error in the form, for what does not fit."""
    if not form.is_valid():
        return None
    try:
        return read_parameters(action.parameters, form.told())
    except BadParameters as bad:
        form.add_error(None, str(bad))
        return None


@dataclass
class Step:
    """What the page of an order is drawn from."""

    request: HttpRequest
    access: Access
    asked: Asked
    action: Action
    choices: ParametersForm
    form: OrderForm
    preview: Preview


def _take(step: Step, told: Parameters, targets: Sequence[Target], moment: Moment) -> HttpResponse:
    """Order it; or say what stands in the way, with nothing written."""
    typed, asked, access = step.form.cleaned_data, step.asked, step.access
    order = Order(
        action=step.action,
        told=told,
        when=When(typed["when"]),
        reason=typed["reason"],
        incident=asked.incident,
        retry_of=asked.retry.reference if asked.retry else "",
    )
    hands = hands_of(access, asked, step.action)
    try:
        made = order_remediations(
            hands=hands, tenant=access.tenant, targets=targets, order=order, moment=moment
        )
    except AlreadyOpen as other:
        return _already_open(step, other)
    except WrongState as stale:
        return _form(step, status=409, trouble=str(stale))
    except Refused as refused:
        step.form.refuse(refused.denied)
        return _form(step, status=422)
    return _ordered(step.request, access, made)


def _ordered(request: HttpRequest, access: Access, made: list[Remediation]) -> HttpResponse:
    """To the item, or to the list of them."""
    waits = made[0].state == ItemState.PROPOSED
    if len(made) == 1:
        words = "waits for an approval" if waits else "is ordered"
        messages.success(request, f"{made[0].reference} {words}.")
        return SeeOther(item_url(made[0]))
    words = "wait for an approval each" if waits else "are ordered"
    messages.success(request, f"{len(made)} remediations {words}, one for each device.")
    board = reverse("diagnostics:remediation", args=[access.tenant.reference])
    return SeeOther(f"{board}?view=list&by=me")


def _already_open(step: Step, other: AlreadyOpen) -> HttpResponse:
    """409: what is open there already, and the way to it."""
    name = "remediation_item" if other.reference.startswith("RJ-") else "collection"
    address = reverse(f"diagnostics:{name}", args=[step.access.tenant.reference, other.reference])
    shown = {
        "asked": step.asked,
        "sentence": str(other),
        "other": other.reference,
        "other_url": address,
    }
    return _show(step.request, step.access, "open", shown, status=409)


def _form(step: Step, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of the order, with the mark of what it shows."""
    form, preview = step.form, step.preview
    form.offer(preview.when)
    if not form.is_bound and not form.initial.get("when"):
        now = preview.when[0][0] == When.NOW.value
        form.initial["when"] = When.NOW.value if now else When.APPROVAL.value
    shown = {
        "asked": step.asked,
        "choices": step.choices,
        "form": form,
        "preview": preview,
        "under": step.access.under(step.action.scope),
    }
    return _show(step.request, step.access, "order", shown | more, status)
