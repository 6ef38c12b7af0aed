"""What the dashboards of a tenant are drawn from: roll-ups only, never the rooms themselves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import Count, Max, Q, Sum

from access.residency import current_region
from rooms.models import HealthCount, Room, RoomDay
from rooms.pages.looks import SHOWN, signal_title
from rooms.pages.room_health import DAYS, UNHEALTHY_MINUTES
from rooms.signals import SIGNALS, SignalCategory
from rooms.states import RoomStatus

# Counted every hour; a dashboard older than this says so.
STALE = timedelta(minutes=90)
HOURS = 48
MOST_ROWS = 12
# "Least reliable" looks back this many days, the window that a monthly report has.
RELIABILITY_DAYS = 30
LEAST_RELIABLE = 10
OVER_TIME = (RoomStatus.UNHEALTHY, RoomStatus.UNMONITORED, RoomStatus.SUPPRESSED)


@dataclass(frozen=True)
class Share:
    """One value of a dimension: how many rooms have it, and how many of those are unhealthy."""

    label: str
    rooms: int
    unhealthy: int

    @property
    def percent(self) -> int:
        """Unhealthy ones among the rooms with this value, in whole percent."""
        return self.unhealthy * 100 // self.rooms if self.rooms else 0


@dataclass(frozen=True)
class Counts:
    """The newest roll-up of a tenant."""

    as_of: datetime | None
    rows: list[HealthCount]

    def of(self, dimension: str, status: str = "") -> dict[str, int]:
        """Rooms by value, of all rooms or of one status."""
        return {
            row.value: row.rooms
            for row in self.rows
            if row.dimension == dimension and row.status == status
        }

    def shares(self, dimension: str) -> list[Share]:
        """Values that most unhealthy rooms have, by number and then by share."""
        unhealthy = self.of(dimension, RoomStatus.UNHEALTHY)
        shares = [
            Share(value, rooms, unhealthy.get(value, 0))
            for value, rooms in self.of(dimension).items()
        ]
        worst = sorted(shares, key=lambda one: (-one.unhealthy, -one.percent, one.label))
        return worst[:MOST_ROWS]


def newest_counts() -> Counts:
    """The rows of the last count."""
    as_of = HealthCount.objects.aggregate(last=Max("as_of"))["last"]
    rows = list(HealthCount.objects.filter(as_of=as_of)) if as_of else []
    return Counts(as_of, rows)


def region_lag() -> tuple[int, int]:
    """How many accepted reports of the region wait, and for how many seconds the oldest has."""
    with connections[current_region()].cursor() as cursor:
        cursor.execute("select waiting, seconds from device.backlog()")
        waiting, seconds = cursor.fetchone()
    return int(waiting), round(seconds)


def status_over_time(now: datetime) -> dict[str, Any]:
    """Rooms out of order at each counted hour of the last two days."""
    rows = HealthCount.objects.filter(
        dimension="status", status="", as_of__gte=now - timedelta(hours=HOURS)
    ).values_list("as_of", "value", "rooms")
    hours: dict[datetime, dict[str, int]] = defaultdict(dict)
    for as_of, value, rooms in rows:
        hours[as_of][value] = rooms
    times = sorted(hours)
    series = [
        {
            "label": status.label,
            "tone": SHOWN[status.value][2] if status != RoomStatus.SUPPRESSED else "brand",
            "values": [hours[time].get(status.value, 0) for time in times],
        }
        for status in OVER_TIME
    ]
    return {"hours": times if len(times) > 1 else [], "series": series}


def signal_rows(counts: Counts, incidents_url: str) -> list[dict[str, Any]]:
    """Unhealthy signals by number of rooms, each with the way to its incidents."""
    rooms = counts.of("signal")
    most = sorted(rooms.items(), key=lambda item: (-item[1], item[0]))[:MOST_ROWS]
    return [
        {
            "title": signal_title(code),
            "category": SIGNALS[code].category.label if code in SIGNALS else "",
            "rooms": number,
            "url": f"{incidents_url}?signal={code}",
        }
        for code, number in most
    ]


def category_rows(counts: Counts) -> list[tuple[str, int]]:
    """Rooms with an unhealthy signal of each category, most first."""
    labels = dict(SignalCategory.choices)
    rows = [(labels.get(value, value), rooms) for value, rooms in counts.of("category").items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def daily_bars(today: date, rooms: int, began: date | None) -> list[tuple[str, str, str]]:
    """One bar a day for the whole tenant; unhealthy where more than a tenth of the rooms were."""
    first = today - timedelta(days=DAYS - 1)
    ill: dict[date, int] = dict(
        RoomDay.objects.filter(day__gte=first, working_minutes__gt=UNHEALTHY_MINUTES)
        .order_by()
        .values_list("day")
        .annotate(Count("id"))
    )
    bars = []
    for back in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=back)
        if began is None or day < began:
            bars.append((day.isoformat(), "", ""))
            continue
        count = ill.get(day, 0)
        state = "healthy" if not count else "unhealthy" if count * 10 > rooms else "warning"
        bars.append((day.isoformat(), state, f"{count} of {rooms} rooms unhealthy"))
    return bars


def least_reliable(today: date) -> list[dict[str, Any]]:
    """The rooms with the most unhealthy days in the window; names need inventory.view."""
    first = today - timedelta(days=RELIABILITY_DAYS - 1)
    rows = list(
        RoomDay.objects.filter(day__gte=first, working_minutes__gt=UNHEALTHY_MINUTES)
        .order_by()
        .values("room_id")
        .annotate(days=Count("id"), minutes=Sum("working_minutes"))
        .order_by("-days", "-minutes", "room_id")[:LEAST_RELIABLE]
    )
    rooms = Room.objects.in_bulk([row["room_id"] for row in rows])
    return [
        {"room": rooms.get(row["room_id"]), "days": row["days"], "minutes": row["minutes"]}
        for row in rows
    ]


def reliable_rooms(today: date, rooms: int) -> tuple[int, int]:
    """How many of the rooms had no unhealthy day in the window, and of how many."""
    first = today - timedelta(days=RELIABILITY_DAYS - 1)
    ill = RoomDay.objects.filter(
        Q(day__gte=first), Q(working_minutes__gt=UNHEALTHY_MINUTES)
    ).aggregate(rooms=Count("room_id", distinct=True))["rooms"]
    return max(rooms - ill, 0), rooms
