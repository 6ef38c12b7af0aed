"""Pages that need no grant: counts of the whole fleet, and the triage list."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from access import clock, entrance
from access.gate import signed_in
from access.pages.answers import version_of
from access.residency import Region
from rooms.models import FleetCount
from rooms.pages.health_counts import region_lag
from rooms.pages.live import polled_answer
from rooms.pages.looks import SHOWN, signal_title
from rooms.states import SEVERITY_ORDER, RoomStatus

if TYPE_CHECKING:
    from access.http import HttpRequest

# Counts are made every hour; older than this they are called old.
STALE = timedelta(minutes=90)
TOP_SIGNALS = 12
# Shown over time; healthy rooms would flatten everything else.
OVER_TIME = (RoomStatus.UNHEALTHY, RoomStatus.UNMONITORED, RoomStatus.SUPPRESSED)


@dataclass
class RegionCounts:
    """The newest counts of one region. Without `as_of` there are none."""

    alias: str
    as_of: datetime | None = None
    statuses: dict[str, int] = field(default_factory=dict)
    signals: dict[tuple[str, str], int] = field(default_factory=dict)
    hours: dict[datetime, dict[str, int]] = field(default_factory=dict)
    answers: bool = True
    # Accepted reports that no worker has read yet, and the age of the oldest in seconds.
    waiting: int = 0
    lag: int = 0

    @property
    def label(self) -> str:
        """The region as people say it."""
        return str(Region(self.alias).label)

    @property
    def rooms(self) -> int:
        """All rooms."""
        return sum(self.statuses.values())

    @property
    def healthy_percent(self) -> int | None:
        """Whole percent, rounded down; of rooms that are looked after."""
        onboarding = self.statuses.get(RoomStatus.ONBOARDING, 0)
        judged = self.rooms - onboarding
        return self.statuses.get(RoomStatus.HEALTHY, 0) * 100 // judged if judged else None

    @property
    def facts(self) -> list[tuple[str, int]]:
        """Rooms by status, worst first."""
        return [
            (SHOWN[status.value][0], self.statuses.get(status.value, 0)) for status in RoomStatus
        ]


@signed_in(reason="counts only: it names no tenant, room or device")
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """How the fleet is, region by region, in numbers."""
    regions = [read_region(request, alias) for alias in settings.PORTAL_REGIONS]
    version = version_of(*((one.alias, one.as_of, one.answers) for one in regions))
    answer = polled_answer(request, request.GET.get("seen", ""), version)
    if answer:
        return answer
    now = request.held_grants.clock or clock.now()
    shown = {"regions": regions, "version": version, **fleet_facts(regions, now)}
    fragment = request.htmx and request.htmx.target == "fleet"
    return render(request, "rooms/_fleet.html" if fragment else "rooms/health.html", shown)


def read_region(request: HttpRequest, alias: str) -> RegionCounts:
    """The counts of one region, read in a transaction of its own."""
    counts = RegionCounts(alias)
    try:
        with entrance.entered_region(request, alias):
            newest = list(FleetCount.objects.newest())
            earlier = list(FleetCount.objects.filter(signal="").order_by("as_of"))
            counts.waiting, counts.lag = region_lag()
    except OperationalError:
        counts.answers = False
        return counts
    for row in newest:
        counts.as_of = row.as_of
        if row.status:
            counts.statuses[row.status] = row.rooms
        else:
            counts.signals[row.signal, row.severity] = row.rooms
    for row in earlier:
        counts.hours.setdefault(row.as_of, {})[row.status] = row.rooms
    return counts


def fleet_facts(regions: list[RegionCounts], now: datetime) -> dict[str, Any]:
    """What the page says of all regions together, and how old it is."""
    counted = [one for one in regions if one.as_of]
    oldest = min((one.as_of for one in counted if one.as_of), default=None)
    totals = {
        status: sum(one.statuses.get(status.value, 0) for one in counted) for status in RoomStatus
    }
    return {
        "as_of": oldest,
        "stale": oldest is not None and now - oldest > STALE,
        "silent": [one.label for one in regions if not one.answers],
        "uncounted": [one.label for one in regions if one.answers and one.as_of is None],
        "rooms": sum(totals.values()),
        "cards": [{"label": status.label, "rooms": totals[status]} for status in RoomStatus],
        "signals": top_signals(counted),
        **over_time(counted),
    }


def top_signals(regions: list[RegionCounts]) -> list[dict[str, Any]]:
    """The signals that most rooms have, the gravest first among equals."""
    rooms: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for one in regions:
        for key, number in one.signals.items():
            rooms[key][one.alias] = number
    rows: list[dict[str, Any]] = [
        {
            "title": signal_title(code),
            "severity": severity,
            "rank": SEVERITY_ORDER.get(severity, len(SEVERITY_ORDER)),
            "rooms": sum(numbers.values()),
            "by_region": [numbers.get(one.alias, 0) for one in regions],
        }
        for (code, severity), numbers in rooms.items()
    ]
    return sorted(rows, key=lambda row: (-row["rooms"], row["rank"], row["title"]))[:TOP_SIGNALS]


def over_time(regions: list[RegionCounts]) -> dict[str, Any]:
    """Rooms by status at each full hour that every region has counted."""
    common = set.intersection(*(set(one.hours) for one in regions)) if regions else set()
    hours = sorted(common)[-24:]
    series = [
        {
            "label": status.label,
            "tone": SHOWN[status.value][2] if status != RoomStatus.SUPPRESSED else "brand",
            "values": [
                sum(one.hours[hour].get(status.value, 0) for one in regions) for hour in hours
            ],
        }
        for status in OVER_TIME
    ]
    return {"hours": hours if len(hours) > 1 else [], "series": series}
