"""The record of access: which tenants' records one may look at, and the record of one tenant."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from access.actions.saved_views import remove_view, save_view
from access.forms.auditors import SavedViewForm
from access.gate import requires, signed_in
from access.models import RegionalHead, SavedView
from access.pages.answers import SeeOther, tell_time
from access.pages.audit_event import read_event
from access.pages.audit_list import filter_fields, query_of, read_list, saved_views
from access.pages.lines import ask_again
from access.pages.record_page import page_of_record
from access.scopes import Scope
from access.verdict import Refused

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
    page = page_of_record(request, access)
    if page["grant"] is None:
        return render(request, "access/tenant_audit.html", page)
    listing, lines, stretch = read_list(request.GET, access.tenant)
    query = query_of(request.GET)
    page |= {
        "listing": listing,
        "lines": lines,
        "stretch": stretch,
        "detail": read_event(request.GET),
        "head": RegionalHead.objects.first(),
        "fields": filter_fields(listing.state),
        "query": query,
        "saved_views": saved_views(request.user, query),
    }
    return render(request, "access/tenant_audit.html", page)


@requires(Scope.AUDIT_VIEW)
@require_POST
def saved_view_make(request: HttpRequest, access: Access) -> HttpResponse:
    """Keep the filters that are in force under a name."""
    page, grant = page_of_record(request, access), access.under(Scope.AUDIT_VIEW)
    if grant is None:
        return render(request, "access/tenant_audit.html", page)
    form = SavedViewForm(request.POST)
    query = query_of(QueryDict(request.POST.get("query", "")[:600]))
    if not form.is_valid():
        messages.warning(request, f"The view was not saved. {_first_error(form)}")
        return SeeOther(f"{page['url']}?{query}")
    try:
        saved = save_view(
            by=request.user,
            tenant=access.tenant,
            name=form.cleaned_data["name"],
            query=query,
            grants=[grant.reference],
            purpose=grant.purpose,
        )
    except Refused as refused:
        messages.warning(request, f"The view was not saved. {refused} {refused.denied.remedy}")
    else:
        messages.success(request, f"View “{saved.name}” saved.")
    return SeeOther(f"{page['url']}?{query}")


@requires(Scope.AUDIT_VIEW)
@require_POST
def saved_view_remove(request: HttpRequest, access: Access, pk: uuid.UUID) -> HttpResponse:
    """Let go of one's own view."""
    page, grant = page_of_record(request, access), access.under(Scope.AUDIT_VIEW)
    if grant is None:
        return render(request, "access/tenant_audit.html", page)
    saved = SavedView.objects.filter(pk=pk, owner_id=request.user.pk).first()
    if saved is None:
        raise Http404("No such view.")
    remove_view(saved=saved, grants=[grant.reference], purpose=grant.purpose)
    messages.success(request, f"View “{saved.name}” removed.")
    return SeeOther(page["url"])


def _first_error(form: SavedViewForm) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)
