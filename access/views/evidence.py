"""Pages and downloads of the record with its proofs: a grant's evidence, a day, one event."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.audit import export, parts
from access.audit.bundles import Bundle
from access.gate import requires
from access.models import AuditEvent
from access.pages.evidence import day_facts, day_span, read_evidence
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


@requires(Scope.AUDIT_VIEW)
@require_GET
def grant_evidence(request: HttpRequest, access: Access, grant: str) -> HttpResponse:
    """What the log says of one grant, from asking to its end, to be read here or taken along."""
    page, closed = part_of_record(request, access, f"Evidence of {grant}", "This evidence")
    if closed:
        return closed
    page |= {"reference": grant}
    page |= read_up_to_checkpoint(access, lambda of: read_evidence(of, grant))
    page["download_url"] = download_url(
        page, "access:grant_evidence_file", access.tenant.reference, grant
    )
    return render(request, "access/grant_evidence.html", page)


@requires(Scope.AUDIT_VIEW)
@require_GET
def grant_evidence_file(request: HttpRequest, access: Access, grant: str) -> HttpResponse:
    """The evidence of a grant as a bundle."""
    page, closed = part_of_record(request, access, f"Evidence of {grant}", "This evidence")

    def make(of: export.Source) -> Bundle:
        return export.evidence(of.alias, grant, of.size)

    about = {"of": "grant", "grant": grant}
    return closed or hand_out(request, access, page, Download(make, about, grant))


@requires(Scope.AUDIT_VIEW)
@require_GET
def audit_day(request: HttpRequest, access: Access, day: date) -> HttpResponse:
    """How much was recorded of this tenant on a day, and what a bundle of it holds."""
    page, closed = part_of_record(request, access, f"Day {day}", "The record of this day")
    if closed:
        return closed
    page |= {"day": day, "most": parts.MOST}
    page |= read_up_to_checkpoint(access, lambda of: day_facts(of, access.tenant, day))
    page["download_url"] = download_url(page, "access:audit_day_file", access.tenant.reference, day)
    return render(request, "access/audit_day.html", page)


@requires(Scope.AUDIT_VIEW)
@require_GET
def audit_day_file(request: HttpRequest, access: Access, day: date) -> HttpResponse:
    """The tenant's events of a day as a bundle, each with its own proof."""
    page, closed = part_of_record(request, access, f"Day {day}", "The record of this day")
    about = {"day": day.isoformat(), "tenant": access.tenant.reference}

    def make(of: export.Source) -> Bundle:
        found = parts.between(of, access.tenant.pk, *day_span(day))
        return export.excerpt(of, parts.with_grounds(of, found), about)

    download = Download(make, {"of": "day", **about}, day.isoformat())
    return closed or hand_out(request, access, page, download)


@requires(Scope.AUDIT_VIEW)
@require_GET
def event_proof(request: HttpRequest, access: Access, event: uuid.UUID) -> HttpResponse:
    """One event with its proof, as a bundle."""
    page, closed = part_of_record(request, access, "Proof", "The proof of this event")
    if closed:
        return closed
    if not AuditEvent.objects.filter(pk=event).exists():
        raise Http404("No such event in this tenant's record.")
    about = {"event": str(event), "tenant": access.tenant.reference}

    def make(of: export.Source) -> Bundle:
        found = parts.with_grounds(of, parts.of_event(of, event))
        return export.excerpt(of, found, about)

    download = Download(make, {"of": "event", **about}, str(event)[:8])
    return hand_out(request, access, page, download)
