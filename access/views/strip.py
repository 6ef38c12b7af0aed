"""The strip: what is open now, asked for by every page as time goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_GET

from access.gate import signed_in
from access.pages.answers import tell_time, unchanged, version_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.held import Held
    from access.http import HttpRequest


def strip_version(held: Held) -> str:
    """A name for this set of grants in use."""
    return version_of(*[(grant.reference, grant.ends_ms) for grant in held], held.regions_down)


@signed_in(reason="everybody sees their own grants in use, and nobody else's")
@require_GET
def strip(request: HttpRequest) -> HttpResponse:
    """The lines of the grants in use, or 204 when they are the ones shown already."""
    tell_time(request, [request.held_grants.clock])
    version = strip_version(request.held_grants)
    return unchanged(request, version) or render(request, "components/strip.html")
