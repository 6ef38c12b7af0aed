"""The record of access: which tenants' records one may look at, and the record of one tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from access.gate import requires, signed_in
from access.models import RegionalHead
from access.pages.answers import tell_time
from access.pages.audit_list import SPEC, read_event, read_list
from access.pages.lines import ask_again
from access.scopes import Scope

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.gate import Access
    from access.http import HttpRequest


@signed_in(reason="those who may audit see for which tenants, and whether it is open")
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The tenants whose record this person may ask to see."""
    tell_time(request, [request.held_grants.clock])
    rows = []
    for tenant in request.relations.audit:
        held = request.held_grants.reaching(tenant.reference, None)
        rows.append(
            {
                "tenant": tenant,
                "grant": next((g for g in held if Scope.AUDIT_VIEW.value in g.scopes), None),
                "url": reverse("access:tenant_audit", args=[tenant.reference]),
                "ask_url": ask_again(tenant.reference, [Scope.AUDIT_VIEW], []),
            }
        )
    return render(request, "access/audit.html", {"rows": rows})


@requires(Scope.AUDIT_VIEW)
@require_GET
def tenant_audit(request: HttpRequest, access: Access) -> HttpResponse:
    """Who did and saw what of one tenant, newest first."""
    request.clock, request.region_alias = access.clock, access.tenant.region
    page = {
        "tenant": access.tenant,
        "spec": SPEC,
        "crumbs": [("Audit", reverse("access:audit")), (access.tenant.reference, "")],
        "grant": access.under(Scope.AUDIT_VIEW),
    }
    if page["grant"] is None:
        page["closed"] = access.closed(Scope.AUDIT_VIEW, what="The record of this tenant")
        return render(request, "access/tenant_audit.html", page)
    listing, lines = read_list(request.GET, access.tenant)
    page |= {
        "listing": listing,
        "lines": lines,
        "detail": read_event(request.GET),
        "head": RegionalHead.objects.first(),
    }
    return render(request, "access/tenant_audit.html", page)
