"""How the rooms of one tenant are: now, over time, and where the trouble gathers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Min
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.gate import requires
from access.pages.answers import version_of
from access.scopes import Scope
from rooms.models import RoomHealth
from rooms.pages import health_counts
from rooms.pages.live import openness, polled_answer, progress
from rooms.states import RoomStatus

if TYPE_CHECKING:
    from access.gate import Access
    from access.held import HeldGrant
    from access.http import HttpRequest

HEALTH = Scope.HEALTH_VIEW
INVENTORY = Scope.INVENTORY_VIEW


@requires(HEALTH, INVENTORY)
@require_safe
def tenant_health(request: HttpRequest, access: Access) -> HttpResponse:
    """The dashboard of one tenant. Every number is a roll-up; names come under inventory.view."""
    grant = whole_tenant_grant(access)
    counts = health_counts.newest_counts() if grant else health_counts.Counts(None, [])
    card = None if grant else access.closed(HEALTH, what="The health of this tenant")
    version = f"{openness(access, HEALTH, INVENTORY)}." + version_of(
        counts.as_of, progress(card) if card else ""
    )
    answer = polled_answer(request, request.GET.get("seen", ""), version)
    if answer:
        return answer
    reference = access.tenant.reference
    shown: dict[str, Any] = {
        "tenant": access.tenant,
        "card": card,
        "grant": grant,
        "narrow": access.under(HEALTH) if grant is None else None,
        "version": version,
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (reference, reverse("rooms:tenant", args=[reference])),
            ("Health", ""),
        ],
    }
    if grant:
        shown |= dashboard(access, counts)
    fragment = request.htmx and request.htmx.target == "tenant-health"
    page = "rooms/_tenant_health.html" if fragment else "rooms/tenant_health.html"
    return render(request, page, shown)


def whole_tenant_grant(access: Access) -> HeldGrant | None:
    """The grant that opens the dashboards: roll-ups are about all rooms, not those of a grant."""
    fitting = [
        grant for grant in access.grants if HEALTH.value in grant.scopes and grant.whole_tenant
    ]
    return max(fitting, key=lambda grant: grant.ends_ms, default=None)


def dashboard(access: Access, counts: health_counts.Counts) -> dict[str, Any]:
    """Everything that health.view opens here."""
    reference, now = access.tenant.reference, access.clock
    statuses = counts.of("status")
    rooms = sum(statuses.values())
    waiting, seconds = health_counts.region_lag()
    return {
        "as_of": counts.as_of,
        "stale": counts.as_of is not None and now - counts.as_of > health_counts.STALE,
        "cards": [(status.label, statuses.get(status.value, 0)) for status in RoomStatus],
        "waiting": waiting,
        "lag": seconds,
        "signals": health_counts.signal_rows(counts, reverse("rooms:incidents", args=[reference])),
        "categories": health_counts.category_rows(counts),
        "shares": [
            (title, counts.shares(dimension))
            for title, dimension in (
                ("By version", "version"),
                ("By update ring", "ring"),
                ("By site", "site"),
                ("By model", "model"),
            )
        ],
        **health_counts.status_over_time(now),
        **reliability(access, now.date(), rooms),
    }


def reliability(access: Access, today: date, rooms: int) -> dict[str, Any]:
    """Ninety days of the whole tenant, and the rooms that were ill most often."""
    began = RoomHealth.objects.aggregate(first=Min("history_from"))["first"]
    well, of_all = health_counts.reliable_rooms(today, rooms)
    return {
        "days": health_counts.daily_bars(today, rooms, began),
        "well": well,
        "of_all": of_all,
        "window": health_counts.RELIABILITY_DAYS,
        "least": health_counts.least_reliable(today),
        "inventory": access.under(INVENTORY),
    }
