"""The review of a tenant's record: standing relations by last use, and patterns worth a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from access.actions.reviews import review_relation
from access.forms.auditors import ReviewForm
from access.gate import requires
from access.models import Staff
from access.models.relation_acts import RelationActKind
from access.pages.answers import SeeOther
from access.pages.record_page import part_of_record
from access.pages.review import IDLE, LOOK_BACK, SPAN, read_review
from access.scopes import Relation, Scope
from access.verdict import Refused, WrongState

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.gate import Access
    from access.http import HttpRequest

WHAT = "The review of this record"


@requires(Scope.AUDIT_VIEW)
@require_GET
def review(request: HttpRequest, access: Access) -> HttpResponse:
    """Who stands there unused, which scopes are never needed, and what looks odd."""
    page, closed = part_of_record(request, access, "Review", WHAT)
    if closed:
        return closed
    page |= {"span": SPAN.days, "idle": IDLE.days, "back": LOOK_BACK.days}
    page |= read_review(access.tenant, request.user, access.clock)
    return render(request, "access/review.html", page)


@requires(Scope.AUDIT_VIEW)
@require_POST
def review_decide(request: HttpRequest, access: Access) -> HttpResponse:
    """Say whether a standing relation is to be kept; what is not kept is suspended."""
    page, closed = part_of_record(request, access, "Review", WHAT)
    form = ReviewForm(request.POST)
    if closed:
        return closed
    if not form.is_valid():
        raise Http404("No such relation.")
    subject = Staff.objects.filter(pk=form.cleaned_data["person"]).first()
    if subject is None:
        raise Http404("No such person.")
    try:
        made = review_relation(
            by=request.user,
            tenant=access.tenant,
            relation=Relation(form.cleaned_data["relation"]),
            subject=subject,
            decision=RelationActKind(form.cleaned_data["decision"]),
            grants=[page["grant"].reference],
            purpose=page["grant"].purpose,
        )
    except (Refused, WrongState) as refused:
        messages.warning(request, f"Nothing was recorded. {refused}")
    else:
        messages.success(request, f"Recorded for {made.quarter}: {made.kind}.")
    return SeeOther(reverse("access:review", args=[access.tenant.reference]))
