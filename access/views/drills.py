"""The page of tamper drills: what was done to a log, whether it was found, and what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.gate import signed_in
from access.pages.drills import drilled

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.http import HttpRequest


@signed_in(reason="drills on a log made up for them; it names no tenant, room or person")
@require_safe
def drills(request: HttpRequest) -> HttpResponse:
    """Every way to tamper that we know, tried on a sample by the verifier that auditors use."""
    session = drilled()
    page = {
        "session": session,
        "missed": [drill for drill in session.drills if not drill.found],
        "crumbs": [("Audit", reverse("access:audit")), ("Tamper drills", "")],
    }
    return render(request, "access/drills.html", page)
