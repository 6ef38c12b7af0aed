"""The rooms of a tenant as a list: its columns, filters and orders, and how its rows are read.

Sorted by issue the list reads a page of health and then its rooms; sorted by name or site it reads
rooms and then their health. Both ways begin with an index that leads with the tenant.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.db.models import Count as Counting
from django.db.models import QuerySet

from access.listing import (
    Column,
    Filter,
    Listing,
    ListSpec,
    ListState,
    Order,
    choice_filter,
    counted,
    page_of,
    text_filter,
)
from access.scopes import Scope
from rooms.models import Room, RoomEventHour, RoomHealth, Site
from rooms.models.places import words_of
from rooms.pages.looks import SHOWN, STATUS_OF_RANK, WARNING, ranks_of, signal_title
from rooms.signals import SIGNALS

if TYPE_CHECKING:
    from access.gate import Access

INVENTORY, HEALTH = Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW
POINTS = 9

COLUMNS = (
    Column("room", "Room", sort="name", scope=INVENTORY),
    Column("status", "Status", scope=HEALTH),
    Column("issue", "Issue", sort="issue", scope=HEALTH),
    Column("site", "Site", sort="site", scope=INVENTORY),
    Column("capacity", "Seats", numeric=True, scope=INVENTORY, optional=True, shown=False),
    Column("type", "Size", scope=INVENTORY, optional=True, shown=False),
    Column("events", "Errors, 24 h", scope=HEALTH, optional=True),
    Column("seen", "Last seen", numeric=True, scope=HEALTH, optional=True, shown=False),
)
BY_ISSUE = Order(
    "issue",
    "issue",
    ("attention", "since", "room_id"),
    "worst and oldest first",
    "best and newest first",
)
BY_NAME = Order("name", "name", ("name_sort", "id"), "A to Z", "Z to A")
BY_SITE = Order("site", "site", ("site__name", "name_sort", "id"), "A to Z", "Z to A")


def on_health(rows: QuerySet[Any], field_name: str) -> str:
    """The path of a health field, from whichever table the rows are of."""
    return field_name if rows.model is RoomHealth else f"health_rows__{field_name}"


def on_room(rows: QuerySet[Any], field_name: str) -> str:
    """The path of a room field, likewise."""
    return f"room__{field_name}" if rows.model is RoomHealth else field_name


def with_status(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    """Rooms that show one of the statuses."""
    return rows.filter(**{on_health(rows, "attention__in"): ranks_of(list(values))})


def with_signal(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    """Rooms whose worst signal is one of these."""
    return rows.filter(**{on_health(rows, "worst_signal__in"): list(values)})


def at_site(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    """Rooms of one of the sites."""
    return rows.filter(**{on_room(rows, "site_id__in"): list(values)})


def found_by(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Rooms found by the beginnings of words. A text without a letter or digit finds nothing."""
    if not words_of(text):
        return rows.none()
    found = Room.objects.matching(text)
    return rows.filter(room_id__in=found.values("pk")) if rows.model is RoomHealth else rows & found


STATUS = Filter(
    "status", "Status", with_status, tuple((key, look[0]) for key, look in SHOWN.items())
)
SIGNAL = Filter(
    "signal",
    "Worst signal",
    with_signal,
    tuple(sorted(((code, one.title) for code, one in SIGNALS.items()), key=lambda pair: pair[1])),
)
SEARCH = text_filter("q", "Search", found_by)


def spec_for(access: Access) -> ListSpec:
    """The list as far as it is open: what is closed can be neither filtered nor sorted by."""
    orders: list[Order] = []
    filters: list[Filter] = []
    if access.opens(HEALTH):
        filters += [STATUS, SIGNAL]
        if reaches_all(access):
            orders.append(BY_ISSUE)
    if access.opens(INVENTORY):
        orders += [BY_NAME, BY_SITE]
        sites = Site.objects.order_by("name").values_list("id", "name")
        places = choice_filter("site", "Site", "", [(str(key), name) for key, name in sites])
        filters += [SEARCH, Filter(places.key, places.label, at_site, places.choices)]
    return ListSpec(
        "rooms", "rooms", COLUMNS, tuple(orders or [BY_ISSUE]), tuple(filters), ("incident",)
    )


def reaches_all(access: Access) -> bool:
    """Whether health is open wherever inventory is, so that sorting by it loses no room."""
    inventory, health = (reach_of(access, scope) for scope in (INVENTORY, HEALTH))
    return health is None or (inventory is not None and inventory <= health)


def reach_of(access: Access, scope: Scope) -> frozenset[str] | None:
    """The rooms that a scope is open for; None for the whole tenant."""
    grants = [grant for grant in access.grants if scope.value in grant.scopes]
    if any(grant.whole_tenant for grant in grants):
        return None
    return frozenset(room for grant in grants for room in grant.room_references)


@dataclass
class RoomRow:
    """One line. What is not open is empty here, because it was never read."""

    reference: str = ""
    name: str = ""
    place: str = ""
    floor: str = ""
    capacity: int | None = None
    size: str = ""
    status: str = ""
    issue: str = ""
    since: datetime | None = None
    seen: datetime | None = None
    events: list[int] = field(default_factory=list)
    total: int = 0
    current: bool = False

    @property
    def has_events(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.total)

    @property
    def event_words(self) -> str:
        """The sparkline in words."""
        return f"{self.total:,} error{'' if self.total == 1 else 's'}"


def read_rooms(access: Access, state: ListState) -> Listing:
    """One page of the list. Under a closed page there is nothing to read."""
    closed = frozenset(
        column.key for column in COLUMNS if column.scope and not access.opens(column.scope)
    )
    if state.sort == BY_ISSUE.key:
        # Not joined with rooms: the planner would read and sort the whole tenant for it.
        rows: QuerySet[Any] = RoomHealth.objects.all()
    else:
        # Sites come by their keys: joined, they make the planner sort the whole tenant.
        rows = Room.objects.prefetch_related("site")
    for known in state.spec.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    return Listing(
        state, page_of(rows, state, access.tenant.reference), counted(rows), closed=closed
    )


def rows_of(access: Access, listing: Listing) -> list[RoomRow]:
    """The lines of the page, with what stands in other tables read in one statement each."""
    found = listing.rows
    by_health = bool(found) and isinstance(found[0], RoomHealth)
    ids = [row.room_id if by_health else row.pk for row in found]
    if by_health:
        healths = {row.room_id: row for row in found}
        rooms = rooms_by_id(ids) if access.opens(INVENTORY) else {}
    else:
        rooms = {row.pk: row for row in found}
        healths = healths_by_room(ids) if access.opens(HEALTH) else {}
    events = event_hours(access, healths) if listing.state.shows("events") else {}
    lines = []
    for key in ids:
        line = RoomRow()
        if key in healths:
            add_health(line, healths[key], events.get(key, []))
        if key in rooms:
            add_room(line, rooms[key], listing.state)
        lines.append(line)
    return lines


def rooms_by_id(ids: list[uuid.UUID]) -> dict[uuid.UUID, Room]:
    """Those of the rooms that inventory opens."""
    return {room.pk: room for room in Room.objects.select_related("site").filter(pk__in=ids)}


def healths_by_room(ids: list[uuid.UUID]) -> dict[uuid.UUID, RoomHealth]:
    """The health of those of the rooms for which it is open."""
    return {health.room_id: health for health in RoomHealth.objects.filter(room_id__in=ids)}


def add_room(line: RoomRow, room: Room, state: ListState) -> None:
    """What inventory opens."""
    line.reference, line.name = room.reference, room.name
    line.place, line.floor = room.site.name, room.floor
    line.capacity, line.size = room.capacity, room.get_room_type_display()
    line.current = state.panel == room.reference


def add_health(line: RoomRow, health: RoomHealth, hours: list[int]) -> None:
    """What health opens."""
    line.status = status_of(health)
    line.issue = signal_title(health.worst_signal) if health.worst_signal else ""
    line.since, line.seen = health.since, health.last_seen_at
    line.total, line.events = sum(hours), spark_levels(hours)


def status_of(health: RoomHealth) -> str:
    """The status that is shown: a healthy room with a warning says so."""
    return STATUS_OF_RANK.get(health.attention, health.status)


def event_hours(access: Access, rooms: Iterable[Any]) -> dict[Any, list[int]]:
    """Error events of each room in each of the last 24 hours, oldest first."""
    ids = list(rooms)
    if not ids:
        return {}
    first = access.clock.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
    hours: dict[Any, list[int]] = defaultdict(lambda: [0] * 24)
    for row in RoomEventHour.objects.filter(room_id__in=ids, hour__gte=first):
        place = int((row.hour - first).total_seconds() // 3600)
        if 0 <= place < 24:
            hours[row.room_id][place] += row.events
    return dict(hours)


def spark_levels(hours: list[int]) -> list[int]:
    """Nine points in tenths of the highest. Fifty of them share a page, and whole numbers are
    what the picture writes shortest.
    """
    edges = [len(hours) * point // POINTS for point in range(POINTS + 1)]
    parts = [hours[begin:end] for begin, end in pairwise(edges)]
    means = [sum(part) / len(part) if part else 0 for part in parts]
    top = max(means) or 1
    return [round(10 * mean / top) for mean in means]


def status_counts() -> dict[str, int]:
    """Rooms by the status that is shown, in one statement over an index."""
    counts = dict.fromkeys(SHOWN, 0)
    for rank, number in (
        RoomHealth.objects.order_by().values_list("attention").annotate(Counting("room_id"))
    ):
        counts[STATUS_OF_RANK.get(rank, WARNING)] += number
    return counts


def status_segments(state: ListState, counts: dict[str, int]) -> list[dict[str, Any]]:
    """The bar above the list: each part filters by its status, and once more takes that off."""
    chosen = state.filters.get("status", ())
    return [
        {
            "label": label,
            "count": counts[key],
            "tone": tone,
            "current": key in chosen,
            "url": (state.without("status") if chosen == (key,) else state.only("status", key)).url,
        }
        for key, (label, _, tone) in SHOWN.items()
        if counts[key]
    ]
