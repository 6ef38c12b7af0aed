"""What is stored and why, for everybody; and what is stored of one tenant, under a grant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.gate import requires, signed_in
from access.pages.answers import tell_time
from access.pages.compliance import catalogue_page, newest_proofs, stored_page
from access.pages.record_page import part_of_record
from access.scopes import Scope

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.gate import Access
    from access.http import HttpRequest

WHAT = "What is stored of this tenant"


@signed_in(reason="the data catalogue: kinds of data and times; it names no tenant, room or person")
@require_safe
def compliance(request: HttpRequest) -> HttpResponse:
    """What is never collected, what is, why, how long, and what opens it."""
    tell_time(request, [request.held_grants.clock])
    audited = [
        (tenant.reference, reverse("access:tenant_compliance", args=[tenant.reference]))
        for tenant in request.relations.audit
        if not tenant.is_control
    ]
    page = {**catalogue_page(), "proofs": newest_proofs(), "audited": audited}
    return render(request, "access/compliance.html", page)


@requires(Scope.AUDIT_VIEW)
@require_safe
def tenant_compliance(request: HttpRequest, access: Access) -> HttpResponse:
    """Counts of what is stored of one tenant, since when and until when; no content."""
    if access.tenant.is_control:
        raise Http404("The control plane holds nothing of a customer.")
    page, closed = part_of_record(request, access, "What is stored", WHAT)
    if closed:
        return closed
    return render(request, "access/tenant_compliance.html", {**page, **stored_page()})
