"""One remediation: its page, and what is done to it while it has not ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from access.gate import requires
from access.pages.answers import SeeOther
from access.verdict import Refused
from diagnostics.actions.remediations import UNKNOWN, move_remediation
from diagnostics.pages.remediation_item import (
    decides,
    find_item,
    item_facts,
    read_item,
    version_of_page,
)
from diagnostics.pages.remediation_looks import SCOPES, item_url
from diagnostics.remediation.states import Act
from diagnostics.rules.remediations import may_do
from diagnostics.views.remediation import frame
from rooms.pages.live import openness, polled_answer, progress
from rooms.pages.rooms_list import HEALTH, INVENTORY

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

DONE = {Act.CANCEL: "cancelled", Act.PAUSE: "paused", Act.RESUME: "resumed"}


@requires(*SCOPES, standing=True)
@require_safe
def remediation_item(request: HttpRequest, access: Access, remediation: str) -> HttpResponse:
    """One item: the plan, how far it is, who agreed, and what it changed."""
    found = find_item(access, remediation)
    shown = frame(access, (remediation, "")) | {"reference": remediation}
    if found is None:
        return _closed(request, access, shown)
    page = read_item(access, found)
    version = version_of_page(access, page)
    answer = polled_answer(request, request.GET.get("seen", ""), version)
    if answer:
        return answer
    shown |= item_facts(access, page) | {"version": version}
    fragment = request.htmx and request.htmx.target == "item-body"
    return render(request, f"remediation/{'_item_body' if fragment else 'item'}.html", shown)


def _closed(request: HttpRequest, access: Access, shown: dict[str, Any]) -> HttpResponse:
    """The same page for every item that is not open, whether or not it exists."""
    card = access.closed(HEALTH, INVENTORY, what="This remediation")
    version = f"{openness(access, HEALTH, INVENTORY)}.{progress(card)}"
    answer = polled_answer(request, request.GET.get("seen", ""), version)
    if answer:
        return answer
    return render(request, "remediation/item.html", shown | {"card": card, "version": version})


def _act(request: HttpRequest, access: Access, reference: str, act: Act) -> HttpResponse:
    """Do it, and go back to the item."""
    found = find_item(access, reference)
    if found is None:
        raise Refused(UNKNOWN)
    item = move_remediation(by=access.person, decides=decides(access), item_id=found.pk, act=act)
    messages.success(request, f"{reference} is {DONE[act]}.")
    return SeeOther(item_url(item))


@requires(*SCOPES, standing=True)
@require_POST
def remediation_cancel(request: HttpRequest, access: Access, remediation: str) -> HttpResponse:
    """Cancel an item that no device has taken yet."""
    return _act(request, access, remediation, Act.CANCEL)


@requires(*SCOPES, standing=True)
@require_POST
def remediation_pause(request: HttpRequest, access: Access, remediation: str) -> HttpResponse:
    """Hold an item until somebody resumes it."""
    return _act(request, access, remediation, Act.PAUSE)


@requires(*SCOPES, standing=True)
@require_POST
def remediation_resume(request: HttpRequest, access: Access, remediation: str) -> HttpResponse:
    """Let an item that was paused go on."""
    return _act(request, access, remediation, Act.RESUME)


@requires(*SCOPES, standing=True)
@require_POST
def remediation_retry(request: HttpRequest, access: Access, remediation: str) -> HttpResponse:
    """Order the same anew: to the form, filled in with what was ordered, and with its preview."""
    found = find_item(access, remediation)
    if found is None:
        raise Refused(UNKNOWN)
    may_do(Act.RETRY, found, access.person.person_id, decides(access)).enforce()
    form = reverse("diagnostics:remediation_new", args=[access.tenant.reference])
    return SeeOther(f"{form}?retry={found.reference}")
