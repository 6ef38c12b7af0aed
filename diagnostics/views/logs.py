"""The explorer of log lines, one line with its neighbours, and laying its masked names open."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from access.gate import requires
from access.listing import Listing
from access.listing.counts import Count
from access.pages.answers import SeeOther
from access.scopes import Scope
from access.verdict import Denied, Refused
from diagnostics.actions.reveals import reveal_names
from diagnostics.explorer.filters import COLUMNS
from diagnostics.forms.reveals import WhyForm
from diagnostics.pages.collections import VIEW, crumbs_of
from diagnostics.pages.logs import (
    facets,
    find_entry,
    histogram,
    line_facts,
    newest_devices,
    read_explorer,
)
from diagnostics.pages.names import names_of
from diagnostics.rules.reveals import may_reveal
from rooms.pages.rooms_list import reach_of

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

MASKED_ROWS = 8
CLOSED = Denied(
    "Diagnostic data is closed.",
    "Ask for it on the page of the line. What you typed is still in your browser: go back.",
    "closed",
)


def frame(access: Access, *crumbs: tuple[str, str]) -> dict[str, Any]:
    """Where the page stands."""
    tenant = access.tenant.reference
    logs = ("Logs", reverse("diagnostics:logs", args=[tenant]) if crumbs else "")
    return {
        "tenant": tenant,
        "view": access.under(VIEW),
        "crumbs": [*crumbs_of(access, logs, *crumbs)[:2], logs, *crumbs],
        "logs_url": reverse("diagnostics:logs", args=[tenant]),
        "queries_url": reverse("diagnostics:queries", args=[tenant]),
        "activity_url": reverse("diagnostics:activity", args=[tenant]),
        "collections_url": reverse("diagnostics:collections", args=[tenant]),
    }


@requires(Scope.DIAGNOSTICS_VIEW)
@require_safe
def logs(request: HttpRequest, access: Access) -> HttpResponse:
    """The lines of a tenant's logs, newest first, with facets and a histogram."""
    shown = frame(access)
    if not access.opens(VIEW):
        card = access.closed(VIEW, what="The logs of this tenant")
        shown |= {"card": card, "columns": COLUMNS, "masked_rows": range(MASKED_ROWS)}
        return render(request, "diagnostics/logs.html", shown)
    explorer = read_explorer(access, request.GET)
    if explorer is not None:
        shown |= {
            "explorer": explorer,
            "listing": Listing(explorer.state, explorer.page, Count(len(explorer.lines))),
            "facets": facets(explorer),
            "histogram": histogram(explorer),
            "search_text": "".join(explorer.state.filters.get("q", ())),
            "devices": newest_devices(access.tenant.reference),
            "narrow": reach_of(access, VIEW) is not None,
        }
    return render(request, "diagnostics/logs.html", shown)


@requires(Scope.DIAGNOSTICS_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest, access: Access, line: uuid.UUID) -> HttpResponse:
    """One line: its parts, how it came, and what stands before and after it."""
    shown = frame(access, ("Line", ""))
    grant = access.under(VIEW)
    if grant is None:
        if request.method == "POST":
            raise Refused(CLOSED)
        card = access.closed(VIEW, what="This line")
        return render(request, "diagnostics/log.html", shown | {"card": card})
    entry = find_entry(line)
    form = WhyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        verdict = may_reveal(masks=entry.masks, reason=form.cleaned_data["reason"])
        if verdict:
            reveal_names(by=access.person, under=grant, entry=entry, **form.cleaned_data)
            messages.success(request, "The names of this line are open to you for 10 minutes.")
            return SeeOther(f"{request.path}#names")
        form.add_error(None, verdict.reason)  # type: ignore[union-attr] # falsy: a denial
    shown |= line_facts(access, entry) | {"form": form, "names": names_of(entry)}
    return render(request, "diagnostics/log.html", shown, status=422 if form.errors else 200)
