"""One collected file: what it is, and taking it away once where that is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from access.gate import requires
from access.residency import region_of
from access.scopes import Scope
from access.verdict import Denied, Refused
from diagnostics.actions.downloads import make_download, take_download
from diagnostics.forms.reveals import WhyForm
from diagnostics.models import CollectionFile
from diagnostics.pages.collections import VIEW
from diagnostics.rules.reveals import may_download
from diagnostics.storage import NotStored
from diagnostics.vault.keys import Destroyed
from diagnostics.vault.sealing import CannotOpen
from diagnostics.views.logs import CLOSED, frame

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest

UNREADABLE = Denied("The file cannot be read now.", "Try again later.", "unreadable")


@requires(Scope.DIAGNOSTICS_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest, access: Access, file: str) -> HttpResponse:
    """A file, and on a reason the link that takes it away once."""
    shown = frame(access, (file, "")) | {"reference": file}
    grant = access.under(VIEW)
    if grant is None:
        if request.method == "POST":
            raise Refused(CLOSED)
        card = access.closed(VIEW, what="This file")
        return render(request, "diagnostics/file.html", shown | {"card": card})
    found = CollectionFile.objects.filter(reference=file).first()
    if found is None:
        raise Http404("No such file.")
    form = WhyForm(request.POST if request.method == "POST" else None)
    shown |= {"file": found, "form": form, "verdict": _verdict(found)}
    if form.is_bound and form.is_valid():
        try:
            made, secret = make_download(
                by=access.person, under=grant, file=found, **form.cleaned_data
            )
        except Refused as refused:
            form.refuse(refused.denied)
        else:
            shown |= {"made": made, "secret": secret}
    return render(request, "diagnostics/file.html", shown, status=422 if form.errors else 200)


def _verdict(found: CollectionFile) -> Any:
    """Whether a download is offered, whatever the reason will be."""
    return may_download(
        offered=settings.DIAGNOSTICS_DOWNLOADS,
        stored_bytes=found.stored_bytes,
        destroyed=found.destroyed_at is not None,
        reason="for the button",
    )


@requires(Scope.DIAGNOSTICS_VIEW)
@require_POST
def file_download(request: HttpRequest, access: Access, file: str) -> HttpResponse:
    """Hand the file out, once. By POST, so that no prefetch and no history uses the link up."""
    grant = access.under(VIEW)
    if grant is None:
        raise Refused(CLOSED)
    secret = request.POST.get("secret", "")[:64]
    try:
        taken = take_download(
            by=access.person, under=grant, region=region_of(access.tenant), secret=secret
        )
    except (Destroyed, CannotOpen, NotStored) as trouble:
        raise Refused(UNREADABLE) from trouble
    response = HttpResponse(taken.content, content_type="application/x-ndjson")
    response.headers["Content-Disposition"] = f'attachment; filename="{taken.name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
