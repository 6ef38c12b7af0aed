"""The room activity log: who did what in a room. Opened by activity.view and nothing less."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet

from access.listing import Column, Listing, ListSpec, ListState, Order, counted
from access.listing.filters import Filter
from access.listing.pages import page_of
from access.pages.audit_filters import TimeFilter, moment_of
from access.references import is_reference, room_key
from diagnostics.models import ActivityEntry, ActivityKey
from diagnostics.pages.collections import ACTIVITY
from diagnostics.vault.keys import Destroyed, Ring, opening
from diagnostics.vault.sealing import CannotOpen

if TYPE_CHECKING:
    from django.http import QueryDict

    from access.gate import Access

COLUMNS: Final = (
    Column("at", "Time (UTC)", sort="newest", scope=ACTIVITY),
    Column("room", "Room", scope=ACTIVITY),
    Column("kind", "Act", scope=ACTIVITY),
    Column("who", "Who", scope=ACTIVITY),
    Column("what", "What", scope=ACTIVITY),
)


def read_activity(access: Access, query: QueryDict) -> tuple[Listing, list[dict[str, Any]]]:
    """One page of activity, newest first, opened with the keys of its own class."""

    def in_room(rows: QuerySet[Any], values: Any) -> QuerySet[Any]:
        reference = values[0].upper()
        if not is_reference(reference, "RM"):
            return rows.none()
        return rows.filter(room_id=room_key(access.tenant.pk, reference))

    spec = ListSpec(
        "activity",
        "entries",
        COLUMNS,
        (Order("newest", "time", ("-at", "-id"), "newest first", "oldest first"),),
        (
            Filter("room", "Room", in_room, hint="RM-…"),
            TimeFilter(
                "from",
                "From (UTC)",
                lambda rows, given: rows.filter(at__gte=moment_of(given[0])),
                hint="Such as 2026-11-22T05:12",
            ),
            TimeFilter(
                "to",
                "Until (UTC)",
                lambda rows, given: rows.filter(at__lt=moment_of(given[0])),
                hint="Not including this moment",
            ),
        ),
        thing="entry",
    )
    state = ListState.read(spec, query)
    rows: QuerySet[ActivityEntry] = ActivityEntry.objects.all()
    for known in spec.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    tenant = access.tenant.reference
    listing = Listing(state, page_of(rows, state, tenant), counted(rows))
    with opening(ActivityKey) as ring:
        ring.load(bytes(one.content) for one in listing.rows)
        lines = [{"one": one, **_told(ring, one)} for one in listing.rows]
    return listing, lines


def _told(ring: Ring, entry: ActivityEntry) -> dict[str, str]:
    try:
        told: dict[str, str] = json.loads(ring.open(entry, "content"))
    except (Destroyed, CannotOpen) as closed:
        return {"who": "", "what": str(closed)}
    return {"who": told.get("who", ""), "what": told.get("what", "")}
