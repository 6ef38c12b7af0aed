"""Collections as a list and as a page: how far each is, what came of it, and who ordered it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse

from access.closed import Closed
from access.listing import (
    Column,
    Listing,
    ListSpec,
    ListState,
    Order,
    choice_filter,
    counted,
    page_of,
    text_filter,
)
from access.references import is_reference
from access.scopes import Scope
from access.verdict import Denied, Refused
from diagnostics.models import Collection, CollectionFile, CollectionPart
from diagnostics.rules.collections import may_withdraw
from diagnostics.states import OPEN_STATES, CollectionState
from rooms.actions.incident_row import Hand
from rooms.models import Incident
from rooms.pages.rooms_list import HEALTH, INVENTORY, reach_of

if TYPE_CHECKING:
    from access.gate import Access

COLLECT: Final = Scope.DIAGNOSTICS_COLLECT
VIEW: Final = Scope.DIAGNOSTICS_VIEW
ACTIVITY: Final = Scope.ACTIVITY_VIEW
ORDERING: Final = (HEALTH, INVENTORY, COLLECT)
TONES: Final = {
    CollectionState.READY: "ok",
    CollectionState.REFUSED: "bad",
    CollectionState.FAILED: "bad",
    CollectionState.EXPIRED: "off",
    CollectionState.DESTROYED: "off",
}
CLOSED: Final = Denied(
    "Collecting in this tenant is closed.",
    "Ask for access to collect diagnostics, with inventory and health.",
    "closed",
)
COLUMNS: Final = (
    Column("collection", "Collection", scope=HEALTH),
    Column("state", "State", scope=HEALTH),
    Column("device", "Device", scope=HEALTH),
    Column("by", "Ordered by", scope=HEALTH),
    Column("ordered", "Ordered", sort="newest", scope=HEALTH),
    Column("entries", "Entries", numeric=True, scope=HEALTH),
)
NEWEST: Final = Order("newest", "time", ("-ordered_at", "id"), "newest first", "oldest first")


def spec() -> ListSpec:
    """The list: newest first, by state, and by a reference."""
    filters = (
        choice_filter("state", "State", "state", CollectionState.choices),
        text_filter("q", "Search", _find),
    )
    return ListSpec("collections", "collections", COLUMNS, (NEWEST,), filters)


def _find(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Narrows to a collection, a device, a room or an incident by reference."""
    reference = text.upper()
    if is_reference(reference, "COL"):
        return rows.filter(reference=reference)
    if is_reference(reference, "DV"):
        return rows.filter(device_reference=reference)
    if is_reference(reference, "RM"):
        return rows.filter(room_reference=reference)
    if is_reference(reference, "INC"):
        found = Incident.objects.filter(reference=reference).values("pk")
        return rows.filter(incident_id__in=found)
    return rows.none()


def read_collections(access: Access, state: ListState) -> Listing:
    """One page of the list."""
    rows: QuerySet[Collection] = Collection.objects.all()
    for known in state.spec.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    return Listing(state, page_of(rows, state, access.tenant.reference), counted(rows))


def row_of(access: Access, collection: Collection) -> dict[str, Any]:
    """One line of the list."""
    tenant = access.tenant.reference
    return {
        "one": collection,
        "url": reverse("diagnostics:collection", args=[tenant, collection.reference]),
        "tone": TONES.get(CollectionState(collection.state), "brand"),
        "words": state_words(collection),
    }


def state_words(collection: Collection) -> str:
    """The state, with how far it is while something is moving."""
    label = collection.get_state_display()
    moving = (CollectionState.COLLECTING, CollectionState.UPLOADING)
    return f"{label}, {collection.percent} %" if collection.state in moving else label


def find_collection(access: Access, reference: str) -> Collection | None:
    """The collection, if health is open; 404 when the whole tenant is open and has none such."""
    if not access.opens(HEALTH):
        return None
    found = Collection.objects.filter(reference=reference).first()
    if found is None and reach_of(access, HEALTH) is None:
        raise Http404("No such collection.")
    return found


def collection_facts(access: Access, collection: Collection) -> dict[str, Any]:
    """What the page of a collection shows besides its head."""
    parts = CollectionPart.objects.filter(collection=collection).order_by("kind", "channel")
    return {
        "collection": collection,
        "row": row_of(access, collection),
        "parts": list(parts),
        "files": files_of(access, collection.pk),
        "steps": steps_of(collection),
        "under_way": collection.state in OPEN_STATES,
        "incident": _incident(collection),
        "withdraw": may_withdraw(collection.state) if can_order(access) else None,
    }


def _incident(collection: Collection) -> str:
    """The reference of the incident that it was ordered for."""
    if collection.incident_id is None:
        return ""
    found = Incident.objects.filter(pk=collection.incident_id).values_list("reference", flat=True)
    return found.first() or ""


def files_of(access: Access, collection_id: uuid.UUID) -> list[CollectionFile]:
    """The files of the bundle, where diagnostic data is open."""
    if not access.opens(VIEW):
        return []
    return list(CollectionFile.objects.filter(collection_id=collection_id).order_by("path")[:200])


def steps_of(collection: Collection) -> list[dict[str, Any]]:
    """What happened when, in order; only what has happened."""
    told = [
        ("Ordered", collection.ordered_at),
        ("Collecting", collection.collecting_at),
        ("Uploaded", collection.uploaded_at),
        ("Ready", collection.ready_at),
        ("Destroyed", collection.destroyed_at),
    ]
    ended = (CollectionState.REFUSED, CollectionState.FAILED, CollectionState.EXPIRED)
    if collection.state in ended:
        told.append((collection.get_state_display(), collection.state_at))
    return [{"label": label, "at": at} for label, at in told if at is not None]


def can_order(access: Access) -> bool:
    """Whether ordering is open, as far as grants go."""
    return all(access.opens(scope) for scope in ORDERING)


def hand_of(access: Access) -> Hand:
    """Who orders, under the grant that opens it; Refused where none does."""
    grant = access.under(COLLECT)
    if grant is None or not can_order(access):
        raise Refused(CLOSED)
    return Hand(access.person, grant.reference, grant.purpose)


def order_card(access: Access) -> Closed:
    """The card for ordering, with what it rests on."""
    missing = [scope for scope in ORDERING if not access.opens(scope)]
    return access.closed(*missing, what="Collecting diagnostics")


def crumbs_of(access: Access, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """Where a page of collections stands."""
    tenant = access.tenant.reference
    return [
        ("Tenants", reverse("rooms:tenants")),
        (tenant, reverse("rooms:tenant", args=[tenant])),
        ("Collections", reverse("diagnostics:collections", args=[tenant]) if more else ""),
        *more,
    ]
