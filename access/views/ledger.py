"""The access ledger of a tenant: what of it was read in a month, as a page and to take along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.audit import export, parts
from access.audit.bundles import Bundle
from access.gate import requires
from access.pages.ledger import (
    ledger_bundle,
    lines_of,
    month_of,
    month_span,
    months_beside,
)
from access.pages.record_page import (
    Download,
    download_url,
    hand_out,
    part_of_record,
    read_up_to_checkpoint,
)
from access.scopes import Scope

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.gate import Access
    from access.http import HttpRequest

WHAT = "The access ledger of this tenant"


@requires(Scope.AUDIT_VIEW)
@require_GET
def ledger(request: HttpRequest, access: Access) -> HttpResponse:
    """What of the tenant was read in a month: categories, counts, times, purpose; no names."""
    page, closed = part_of_record(request, access, "Access ledger", WHAT)
    if closed:
        return closed
    first = month_of(request.GET.get("month", ""), access.clock)
    lines = lines_of(first)
    page |= {
        "first": first,
        "lines": lines,
        "views": sum(line.views for line in lines),
        "beside": months_beside(first, access.clock),
        **read_up_to_checkpoint(access),
    }
    page["download_url"] = download_url(
        page, "access:ledger_file", access.tenant.reference, query=f"month={first:%Y-%m}&"
    )
    return render(request, "access/ledger.html", page)


@requires(Scope.AUDIT_VIEW)
@require_GET
def ledger_file(request: HttpRequest, access: Access) -> HttpResponse:
    """The ledger of a month as a bundle that the tenant can verify."""
    page, closed = part_of_record(request, access, "Access ledger", WHAT)
    first = month_of(request.GET.get("month", ""), access.clock)
    about = {"month": f"{first:%Y-%m}", "tenant": access.tenant.reference}

    def make(of: export.Source) -> Bundle:
        found = parts.between(of, access.tenant.pk, *month_span(first), views=True)
        return ledger_bundle(of, found, about)

    download = Download(make, {"of": "ledger", **about}, f"ledger-{first:%Y-%m}")
    return closed or hand_out(request, access, page, download)
