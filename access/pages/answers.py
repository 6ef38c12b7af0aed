"""Answers that pages share: go on after a POST, and "nothing new" to a page that refreshes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.http import HttpResponse, HttpResponseRedirect

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from access.http import HttpRequest


class SeeOther(HttpResponseRedirect):
    """303: the POST is done, look there. A reload then repeats nothing."""

    status_code = 303


def version_of(*facts: object) -> str:
    """A short name for what a live block shows; it changes when one of the facts does."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def unchanged(request: HttpRequest, version: str) -> HttpResponse | None:
    """204 when the page that refreshes shows this version already."""
    return HttpResponse(status=204) if request.GET.get("seen") == version else None


def wants_fragment(request: HttpRequest) -> bool:
    """Whether only the live block of the page is asked for."""
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def tell_time(request: HttpRequest, moments: Iterable[datetime | None]) -> None:
    """Let the page speak of the latest database time that was read for it, if any was."""
    known = [moment for moment in moments if moment is not None]
    if known:
        request.clock = max(known)
