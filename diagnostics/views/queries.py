"""Windows system queries: the list, one to read, and the difference between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.gate import requires
from access.scopes import Scope
from diagnostics.pages.collections import VIEW
from diagnostics.pages.queries import SPEC, query_facts, read_queries
from diagnostics.views.logs import frame

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

MASKED_ROWS = 6


@requires(Scope.DIAGNOSTICS_VIEW)
@require_safe
def queries(request: HttpRequest, access: Access) -> HttpResponse:
    """The answers of system queries, newest first."""
    shown = frame(access, ("System queries", ""))
    if not access.opens(VIEW):
        card = access.closed(VIEW, what="The system queries of this tenant")
        shown |= {"card": card, "columns": SPEC.columns, "masked_rows": range(MASKED_ROWS)}
        return render(request, "diagnostics/queries.html", shown)
    listing, lines = read_queries(access, request.GET)
    shown |= {"listing": listing, "lines": lines}
    return render(request, "diagnostics/queries.html", shown)


@requires(Scope.DIAGNOSTICS_VIEW)
@require_safe
def query(request: HttpRequest, access: Access, query: str) -> HttpResponse:
    """One answer to read, or what changed in it since another one."""
    above = ("System queries", reverse("diagnostics:queries", args=[access.tenant.reference]))
    shown = frame(access, above, (query, ""))
    if not access.opens(VIEW):
        card = access.closed(VIEW, what="This system query")
        return render(request, "diagnostics/query.html", shown | {"card": card})
    shown |= query_facts(access, query, request.GET.get("with", "")[:16])
    return render(request, "diagnostics/query.html", shown)
