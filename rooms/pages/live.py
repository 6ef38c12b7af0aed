"""Polling: what a block answers when nothing has changed, and when its access has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse

from access.closed import Closed
from access.pages.answers import version_of
from access.scopes import Scope

if TYPE_CHECKING:
    from access.gate import Access
    from access.http import HttpRequest


def openness(access: Access, *scopes: Scope) -> str:
    """Which scopes are open, under which grants: a page that opens or closes is another page."""
    held = [access.under(scope) for scope in scopes]
    return version_of(*(grant.reference if grant else "" for grant in held))[:8]


def progress(closed: Closed) -> str:
    """How far the asking has come, as far as the closed card shows it."""
    return version_of(closed.title, closed.waiting_url, closed.ready, closed.remedy)


def polled_answer(request: HttpRequest, seen: str, version: str) -> HttpResponse | None:
    """204 when nothing changed; a reload when the page opened or closed; None to show the block.

    A version is "<openness>.<facts>" on pages that a grant opens, and "<facts>" elsewhere.
    """
    if not (request.htmx and seen):
        return None
    if seen == version:
        return HttpResponse(status=204)
    if "." in version and seen.partition(".")[0] != version.partition(".")[0]:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return None
