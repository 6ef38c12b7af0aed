"""The page that shows whether anybody holds standing access, and how that was found out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access import clock
from access.gate import signed_in
from access.models import StandingCheck

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.http import HttpRequest

# Made once a day; an hour of grace for one that takes long or was restarted.
OVERDUE = timedelta(hours=25)
SHOWN = 30


@signed_in(reason="counts and names of tables; it names no tenant, room or person")
@require_safe
def standing(request: HttpRequest) -> HttpResponse:
    """The newest check with every finding, and how the days before went."""
    checks = list(StandingCheck.objects.order_by("-made_at")[:SHOWN])
    newest = checks[0] if checks else None
    now = request.held_grants.clock or clock.now()
    places: dict[str, list[dict[str, str]]] = {}
    for finding in newest.findings if newest else []:
        places.setdefault(finding["where"], []).append(finding)
    page = {
        "newest": newest,
        "overdue": newest is not None and now - newest.made_at > OVERDUE,
        "places": list(places.items()),
        "checks": checks,
        "crumbs": [("Audit", reverse("access:audit")), ("Standing access", "")],
    }
    return render(request, "access/standing.html", page)
