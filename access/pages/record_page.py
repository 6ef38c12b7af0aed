"""What the pages of a tenant's record share: their head, their checkpoint, and handing out.

A download is recorded before it leaves, besides the view itself, with the hash of the file.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from access import audit
from access.audit import export
from access.audit.bundles import Bundle
from access.pages.audit_list import SPEC
from access.scopes import Scope

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest


def page_of_record(request: HttpRequest, access: Access) -> dict[str, Any]:
    """What every page of the record begins with: whose it is, and whether it is open."""
    request.clock, request.region_alias = access.clock, access.tenant.region
    reference, grant = access.tenant.reference, access.under(Scope.AUDIT_VIEW)
    page = {
        "tenant": access.tenant,
        "spec": SPEC,
        "crumbs": [("Audit", reverse("access:audit")), (reference, "")],
        "grant": grant,
        "url": reverse("access:tenant_audit", args=[reference]),
        "ledger_url": reverse("access:ledger", args=[reference]),
        "today_url": reverse("access:audit_day", args=[reference, access.clock.date()]),
    }
    if grant is None:
        page["closed"] = access.closed(Scope.AUDIT_VIEW, what="The record of this tenant")
    return page


def part_of_record(
    request: HttpRequest, access: Access, title: str, what: str
) -> tuple[dict[str, Any], HttpResponse | None]:
    """A page below the record, and the closed page to answer with unless it is open."""
    page = page_of_record(request, access)
    page["crumbs"] = [*page["crumbs"][:-1], (access.tenant.reference, page["url"]), (title, "")]
    page["title"] = title
    if page["grant"] is not None:
        return page, None
    page["closed"] = access.closed(Scope.AUDIT_VIEW, what=what)
    return page, render(request, "access/audit_closed.html", page)


def read_up_to_checkpoint(
    access: Access, read: Callable[[export.Source], Any] | None = None
) -> dict[str, Any]:
    """The newest settled checkpoint as `source`, and what is read up to it as `told`; or, as
    `nothing`, why there is none of it yet."""
    try:
        of = export.source(access.tenant.region)
        return {"source": of, "told": read(of) if read else None}
    except export.NothingToExport as nothing:
        return {"nothing": str(nothing)}


def download_url(page: dict[str, Any], name: str, *args: Any, query: str = "") -> str:
    """The address of a download up to the checkpoint of the page; empty when there is none."""
    if "source" not in page:
        return ""
    return f"{reverse(name, args=args)}?{query}checkpoint={page['source'].size}"


@dataclass(frozen=True)
class Download:
    """What is handed out: how it is made, what it is about, and the name of the file."""

    make: Callable[[export.Source], Bundle]
    about: dict[str, str]
    name: str


def hand_out(
    request: HttpRequest, access: Access, page: dict[str, Any], download: Download
) -> HttpResponse:
    """Make the bundle, record that it leaves, and answer with it; or say why there is none."""
    try:
        of = export.source(access.tenant.region, _checkpoint(request))
        bundle = download.make(of)
    except export.NothingToExport as nothing:
        return render(request, "access/audit_nothing.html", {**page, "nothing": str(nothing)})
    with io.BytesIO() as target:
        bundle.write_zip(target)
        data = target.getvalue()
    grant, reference = page["grant"], access.tenant.reference
    audit.record(
        "record.exported",
        subject=("tenant", reference),
        scopes=[Scope.AUDIT_VIEW.value],
        grants=[grant.reference],
        purpose=grant.purpose,
        detail={**download.about, "size": of.size, "sha256": hashlib.sha256(data).hexdigest()},
    )
    filename = f"{reference}-{download.name}-at-{of.size}.zip"
    return HttpResponse(
        data,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def _checkpoint(request: HttpRequest) -> int | None:
    """The checkpoint that the address names; the newest settled one without."""
    given = request.GET.get("checkpoint", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None
