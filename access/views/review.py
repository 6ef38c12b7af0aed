"""The review of a tenant's record: standing relations by last use, and patterns worth a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.gate import requires
from access.pages.record_page import part_of_record
from access.pages.review import IDLE, LOOK_BACK, SPAN, read_review
from access.scopes import Scope

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.gate import Access
    from access.http import HttpRequest


@requires(Scope.AUDIT_VIEW)
@require_GET
def review(request: HttpRequest, access: Access) -> HttpResponse:
    """Who stands there unused, which scopes are never needed, and what looks odd."""
    page, closed = part_of_record(request, access, "Review", "The review of this record")
    if closed:
        return closed
    page |= {"span": SPAN.days, "idle": IDLE.days, "back": LOOK_BACK.days}
    page |= read_review(access.tenant, access.clock)
    return render(request, "access/review.html", page)
