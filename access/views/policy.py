"""The access policy: what is in force, and changing it by two people, each under a grant."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from access.actions.policies import decide_policy, propose_policy
from access.forms.policies import DecisionForm, PolicyForm
from access.gate import requires
from access.models import PolicyChange
from access.models.policy import PolicyDecision
from access.pages.answers import SeeOther
from access.pages.control_page import part_of_control
from access.pages.policy_page import read_policy
from access.scopes import Scope
from access.verdict import Refused, WrongState

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.gate import Access
    from access.http import HttpRequest

WHAT = "The policy and its history"


@requires(Scope.POLICY_MANAGE)
@require_GET
def policy(request: HttpRequest, access: Access) -> HttpResponse:
    """The version in force, those before it, and the proposal that waits for a second person."""
    page, closed = part_of_control(request, access, Scope.POLICY_MANAGE, "Policy", WHAT)
    return closed or _page(request, page)


@requires(Scope.POLICY_MANAGE)
@require_POST
def policy_propose(request: HttpRequest, access: Access) -> HttpResponse:
    """Propose the next version."""
    page, closed = part_of_control(request, access, Scope.POLICY_MANAGE, "Policy", WHAT)
    if closed:
        return closed
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _page(request, page, form, status=422)
    try:
        propose_policy(by=request.user, control=access.tenant, **form.cleaned_data, **_under(page))
    except (Refused, WrongState) as refused:
        form.add_error("document", str(refused))
        return _page(request, page, form, 409 if isinstance(refused, WrongState) else 422)
    messages.success(request, "Proposed. A second person with access to policy publishes it.")
    return SeeOther(reverse("access:policy"))


@requires(Scope.POLICY_MANAGE)
@require_POST
def policy_decide(request: HttpRequest, access: Access, pk: uuid.UUID) -> HttpResponse:
    """Publish somebody else's proposal, or refuse it."""
    page, closed = part_of_control(request, access, Scope.POLICY_MANAGE, "Policy", WHAT)
    if closed:
        return closed
    form = DecisionForm(request.POST)
    if not form.is_valid() or not PolicyChange.objects.filter(pk=pk).exists():
        raise Http404("No such proposal.")
    decision = PolicyDecision(form.cleaned_data["decision"])
    try:
        decide_policy(by=request.user, change_id=pk, decision=decision, **_under(page))
    except (Refused, WrongState) as refused:
        messages.warning(request, f"Nothing was changed. {refused}")
    else:
        messages.success(request, f"The proposal is {decision.label}.")
    return SeeOther(reverse("access:policy"))


def _under(page: dict[str, Any]) -> dict[str, Any]:
    return {"grants": [page["grant"].reference], "purpose": page["grant"].purpose}


def _page(
    request: HttpRequest, page: dict[str, Any], form: PolicyForm | None = None, status: int = 200
) -> HttpResponse:
    page |= read_policy()
    proposal = page["proposal"]
    page["own"] = bool(proposal and proposal.proposed_by_person_id == request.user.person_id)
    page["form"] = form or PolicyForm(initial={"document": page["document"]})
    return render(request, "access/policy.html", page, status=status)
