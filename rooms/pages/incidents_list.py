"""The incidents of a tenant as a list: active ones, worst first, until others are asked for.

Every order has an index that leads with tenant and state; a state is therefore always set.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.db.models import Count as Counting
from django.db.models import QuerySet
from django.urls import reverse

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
from access.references import is_reference, room_key
from rooms.models import Incident, Room, Site
from rooms.models.places import words_of
from rooms.pages.incident_looks import Look, state_look, step_look, title_of
from rooms.pages.rooms_list import HEALTH, INVENTORY, rooms_by_id
from rooms.signals import SIGNALS, SignalCategory
from rooms.states import Assignment, IncidentState, Severity

if TYPE_CHECKING:
    from access.gate import Access

MINE: Final = "me"
COLUMNS: Final = (
    Column("incident", "Incident", scope=HEALTH),
    Column("severity", "Severity", sort="severity", scope=HEALTH),
    Column("room", "Room", scope=INVENTORY),
    Column("step", "Next step", scope=HEALTH),
    Column("since", "Active since", sort="newest", scope=HEALTH),
)
WORST_FIRST: Final = Order(
    "severity",
    "severity",
    ("severity_rank", "activated_at", "id"),
    "worst and oldest first",
    "lightest and newest first",
)
NEWEST: Final = Order("newest", "time", ("-activated_at", "id"), "newest first", "oldest first")
STATE: Final = choice_filter("state", "State", "state", IncidentState.choices)
SIGNAL: Final = choice_filter(
    "signal",
    "Signal",
    "code",
    sorted(((code, one.title) for code, one in SIGNALS.items()), key=lambda pair: pair[1]),
)


@dataclass(frozen=True)
class IncidentRow:
    """One line. The room is empty where inventory is closed, because it was never read."""

    reference: str
    title: str
    sentence: str
    severity: str
    state: Look
    step: Look
    since: datetime
    high_impact: bool
    room: str = ""
    room_reference: str = ""
    place: str = ""


def spec_for(access: Access) -> ListSpec:
    """The list as far as it is open: by site only where inventory names the sites."""
    filters = [
        STATE,
        choice_filter("severity", "Severity", "severity", Severity.choices),
        SIGNAL,
        choice_filter("category", "Category", "category", SignalCategory.choices),
        Filter(
            "step", "Next step", _stepper(access.person.pk), (("me", "Me"), *Assignment.choices)
        ),
        text_filter("q", "Search", _finder(access.tenant.pk)),
    ]
    if access.opens(INVENTORY):
        sites = Site.objects.order_by("name").values_list("id", "name")
        choices = tuple((str(key), name) for key, name in sites)
        filters += [Filter("site", "Site", at_site, choices)] if choices else []
    return ListSpec("incidents", "incidents", COLUMNS, (WORST_FIRST, NEWEST), tuple(filters))


def _stepper(me: uuid.UUID) -> Any:
    """Narrows to whose step is next; "me" is who looks."""

    def narrow(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
        steps = rows.filter(assignment__in=[value for value in values if value != MINE])
        return steps | rows.filter(assignee_id=me) if MINE in values else steps

    return narrow


def _finder(tenant_id: uuid.UUID) -> Any:
    """Narrows to an incident or a room by reference, or to rooms by the beginnings of words."""

    def narrow(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        reference = text.upper()
        if is_reference(reference, "INC"):
            return rows.filter(reference=reference)
        if is_reference(reference, "RM"):
            # The key follows from the reference, so that this needs no inventory.
            return rows.filter(room_id=room_key(tenant_id, reference))
        if not words_of(text):
            return rows.none()
        return rows.filter(room_id__in=Room.objects.matching(text).values("pk"))

    return narrow


def at_site(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    """Incidents of rooms at one of the sites."""
    return rows.filter(room_id__in=Room.objects.filter(site_id__in=list(values)).values("pk"))


def narrowed(state: ListState) -> QuerySet[Incident]:
    """The incidents that the list is of; active ones where no state is asked for."""
    rows: QuerySet[Incident] = Incident.objects.all()
    for known in state.spec.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    return rows if "state" in state.filters else rows.filter(state=IncidentState.ACTIVE)


def read_incidents(access: Access, state: ListState) -> Listing:
    """One page of the list."""
    rows = narrowed(state)
    closed = frozenset(
        column.key for column in COLUMNS if column.scope and not access.opens(column.scope)
    )
    page = page_of(rows, state, access.tenant.reference)
    return Listing(state, page, counted(rows), closed=closed)


def rows_of(access: Access, incidents: Sequence[Incident]) -> list[IncidentRow]:
    """The lines, with the rooms that inventory opens read in one statement."""
    ids = [incident.room_id for incident in incidents]
    rooms = rooms_by_id(ids) if ids and access.opens(INVENTORY) else {}
    return [incident_row(incident, rooms.get(incident.room_id)) for incident in incidents]


def incident_row(incident: Incident, room: Room | None) -> IncidentRow:
    """One line."""
    return IncidentRow(
        reference=incident.reference,
        title=title_of(incident),
        sentence=incident.sentence,
        severity=incident.severity,
        state=state_look(incident),
        step=step_look(incident),
        since=incident.activated_at,
        high_impact=incident.high_impact,
        room=room.name if room else "",
        room_reference=room.reference if room else "",
        place=room.site.name if room else "",
    )


def state_tabs(state: ListState) -> list[dict[str, Any]]:
    """One tab a state; the first one is the list without any state asked for."""
    chosen = state.filters.get("state", (IncidentState.ACTIVE.value,))
    return [
        {
            "label": one.label,
            "url": (
                state.without("state") if one == IncidentState.ACTIVE else state.only("state", one)
            ).url,
            "current": chosen == (one.value,),
        }
        for one in IncidentState
    ]


def select_url(access: Access, state: ListState) -> str:
    """The page of acts on everything that the list is of."""
    url = reverse("rooms:incidents_bulk", args=[access.tenant.reference])
    query = state.first_page.url.removeprefix("?")
    return f"{url}?{urlencode({'query': query})}"


def incident_counts(access: Access) -> list[dict[str, Any]]:
    """Active incidents by severity, worst first, in one statement; none of those without any."""
    url = reverse("rooms:incidents", args=[access.tenant.reference])
    rows = Incident.objects.active().order_by().values_list("severity").annotate(Counting("id"))
    numbers = dict(rows)
    return [
        {"label": one.label, "number": numbers[one.value], "url": f"{url}?severity={one.value}"}
        for one in Severity
        if numbers.get(one.value)
    ]


def urls_of(tenant: str) -> dict[str, str]:
    """Where the list's commands lead."""
    names = ("incidents", "incident_new", "incidents_bulk", "signals")
    return {f"{name}_url": reverse(f"rooms:{name}", args=[tenant]) for name in names}
