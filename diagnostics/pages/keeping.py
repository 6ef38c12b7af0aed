"""What is stored by class and month and when it is due, what is held, and what was destroyed.

All of it from the orders, which health opens: nothing here says what was found.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Max, Min, Sum
from django.db.models.functions import TruncMonth
from django.urls import reverse

from access.scopes import Scope
from access.verdict import Denied, Refused
from diagnostics.actions.holds import Reached
from diagnostics.kinds import KeyClass
from diagnostics.models import Collection, CollectionPart, Destruction, HoldReach, LegalHold
from diagnostics.retention.due import LASTS
from diagnostics.retention.files import class_of
from diagnostics.rules.holds import (
    is_in_force,
    may_answer_release,
    may_ask_release,
    may_confirm_hold,
)
from diagnostics.states import CollectionState, PartState
from rooms.actions.incident_row import Hand
from rooms.models import Room

if TYPE_CHECKING:
    from access.gate import Access

HEALTH: Final = Scope.HEALTH_VIEW
ERASE: Final = Scope.DATA_ERASE
LATEST: Final = 50
CLOSED: Final = Denied(
    "Legal holds of this tenant are closed.",
    "Ask for access to health and to erasing data of the whole tenant.",
    "closed",
)


def can_hold(access: Access) -> bool:
    """Whether holds can be placed and released, as far as grants go."""
    return all(
        any(scope.value in grant.scopes and grant.whole_tenant for grant in access.grants)
        for scope in (HEALTH, ERASE)
    )


def hand_of(access: Access) -> Hand:
    """Who acts, under the grant that opens erasing; Refused where none does."""
    grant = access.under(ERASE)
    if grant is None or not can_hold(access):
        raise Refused(CLOSED)
    return Hand(access.person, grant.reference, grant.purpose)


def reached_of(access: Access, typed: dict[str, Any]) -> Reached:
    """What a form names. Refused for a room or collection that is not open to the reader."""
    reach, reference = HoldReach(typed["reach"]), typed["reference"]
    if reach == HoldReach.TENANT:
        return Reached(reach, None, access.tenant.reference)
    if reach == HoldReach.ROOM:
        rooms = Collection.objects.filter(room_reference=reference).values_list("room_id")
        key = next(iter(rooms[:1]), None) or next(
            iter(Room.objects.filter(reference=reference).values_list("pk")[:1]), None
        )
    else:
        found = Collection.objects.filter(reference=reference).values_list("pk")
        key = next(iter(found[:1]), None)
    if key is None:
        raise Refused(Denied(f"No {reference} is open to you.", "Look at its page.", "unknown"))
    return Reached(reach, key[0], reference)


def stored_rows() -> list[dict[str, Any]]:
    """One row a class and month: how many parts and entries, and from when until when they go."""
    parts = (
        CollectionPart.objects.filter(state=PartState.KEPT, collection__state=CollectionState.READY)
        .annotate(month=TruncMonth("collection__ready_at"))
        .values("month", "kind")
        .annotate(
            count=Count("id"),
            lines=Sum("entries"),
            first=Min("collection__ready_at"),
            last=Max("collection__ready_at"),
        )
    )
    found: dict[tuple[date, KeyClass], list[dict[str, Any]]] = defaultdict(list)
    for row in parts.order_by():
        found[row["month"], class_of(row["kind"])].append(dict(row))
    return [
        {
            "month": month,
            "label": KeyClass(klass).label,
            "count": sum(row["count"] for row in rows),
            "lines": sum(row["lines"] or 0 for row in rows),
            "due": min(row["first"] for row in rows) + LASTS[klass],
            "last_due": max(row["last"] for row in rows) + LASTS[klass],
        }
        for (month, klass), rows in sorted(found.items(), reverse=True)
    ]


def hold_rows(access: Access, now: datetime) -> list[dict[str, Any]]:
    """The holds, newest first, each with what the reader may do."""
    person = access.person.person_id
    acting = can_hold(access)
    return [
        {
            "one": hold,
            "tone": "warn" if is_in_force(hold, now) else "off",
            "words": state_of(hold, now),
            "confirm": acting and bool(may_confirm_hold(hold, person, now)),
            "ask": acting and bool(may_ask_release(hold)),
            "answer": acting and bool(may_answer_release(hold, person)),
            "url": reverse("diagnostics:hold_act", args=[access.tenant.reference, hold.reference]),
        }
        for hold in LegalHold.objects.order_by("-placed_at", "-id")[:LATEST]
    ]


def state_of(hold: LegalHold, now: datetime) -> str:
    """How a hold stands, in words."""
    if hold.released_at is not None:
        return "Released"
    if hold.confirmed_at is None:
        return "Waits for a second person" if now < hold.lapses_at else "Lapsed"
    return "Release asked" if hold.release_asked_at else "In force"


def destruction_rows() -> list[dict[str, Any]]:
    """What was destroyed, newest first."""
    return [
        {
            "one": one,
            "rows": sum(one.counts.values()),
            "things": ", ".join(f"{count} {name}" for name, count in sorted(one.classes.items())),
            "keys": len(one.keys),
        }
        for one in Destruction.objects.order_by("-begun_at", "-id")[:LATEST]
    ]
