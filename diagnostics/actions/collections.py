"""Ordering a collection of diagnostic data, and taking an order back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connections

from access import audit, clock
from access.lock import context
from access.models import Tenant
from access.references import new_reference
from access.scopes import Scope
from access.verdict import Denied, Refused, WrongState
from diagnostics.models import Collection, CollectionPart
from diagnostics.rules.collections import (
    MOST_DEVICES,
    Part,
    may_collect,
    may_collect_from,
    may_withdraw,
)
from diagnostics.states import CollectionState
from diagnostics.uploads.schema import CHUNK_BYTES
from rooms.actions.incident_row import Hand
from rooms.models import Device, Incident

COLLECT = Scope.DIAGNOSTICS_COLLECT.value
# What diagnostics.send_order says when the order cannot be handed to the device.
UNSENT = {
    "not_monitored": "The device is not monitored any more.",
    "left": "The tenant has left.",
    "unknown": "Collecting is closed.",
}


@dataclass(frozen=True)
class Order:
    """What is wanted, from when until when (half-open), and why."""

    parts: tuple[Part, ...]
    begins_at: datetime
    ends_at: datetime
    reason: str


def order_collections(
    *,
    hand: Hand,
    tenant: Tenant,
    devices: Sequence[Device],
    order: Order,
    incident: Incident | None = None,
) -> list[Collection]:
    """Order the same from each of these devices: from all of them, or from none.

    Refused or WrongState (a device that is busy with another order) changes nothing.
    """
    if not 1 <= len(devices) <= MOST_DEVICES:
        raise Refused(Denied("Choose 1 to 20 devices.", "Narrow the selection.", "devices"))
    now = clock.now()
    may_collect(
        purpose=hand.purpose,
        reason=order.reason,
        parts=order.parts,
        begins_at=order.begins_at,
        ends_at=order.ends_at,
        now=now,
    ).enforce()
    under_way = dict(
        Collection.objects.under_way()
        .filter(device__in=[device.pk for device in devices])
        .values_list("device_id", "reference")
    )
    for device in devices:
        may_collect_from(device.state, under_way.get(device.pk, "")).enforce()
    return [_order(hand, tenant, device, order, incident, now) for device in devices]


def _order(
    hand: Hand,
    tenant: Tenant,
    device: Device,
    order: Order,
    incident: Incident | None,
    now: datetime,
) -> Collection:
    collection = Collection.objects.create(
        tenant_id=tenant.pk,
        reference=new_reference("COL"),
        tenant_reference=tenant.reference,
        room_id=device.room_id,
        device=device,
        room_reference=device.room.reference,
        device_reference=device.reference,
        incident=incident,
        begins_at=order.begins_at,
        ends_at=order.ends_at,
        purpose=hand.purpose,
        reason=order.reason,
        grant_reference=hand.grant,
        ordered_by_id=hand.by.pk,
        ordered_by_label=hand.by.name,
        ordered_at=now,
        state_at=now,
        deadline_at=now + timedelta(hours=settings.DIAGNOSTICS_ORDER_HOURS),
    )
    CollectionPart.objects.bulk_create(
        CollectionPart(
            tenant_id=tenant.pk,
            collection=collection,
            room_id=device.room_id,
            kind=part.kind,
            channel=part.channel,
        )
        for part in sorted(set(order.parts))
    )
    _send(collection)
    _keep("collection.ordered", collection, hand, {"parts": len(set(order.parts))})
    return collection


def _send(collection: Collection) -> None:
    """Hand it to the device, through the one door there is for that."""
    with connections[context.current().region].cursor() as cursor:
        cursor.execute(
            "select diagnostics.send_order(%s, %s, %s)",
            [collection.pk, settings.DIAGNOSTICS_BUNDLE_MOST_BYTES, CHUNK_BYTES],
        )
        (result,) = cursor.fetchone()
    if result != "sent":
        raise WrongState(UNSENT.get(result, "The order cannot be sent."))


def withdraw_collection(*, hand: Hand, collection_id: uuid.UUID) -> Collection:
    """Take an order back; a device that asks later is told that it is over."""
    collection = Collection.objects.select_for_update().filter(pk=collection_id).first()
    if collection is None:
        raise Refused(Denied("No such collection is open to you.", "", "unknown"))
    may_withdraw(collection.state).enforce()
    collection.state = CollectionState.EXPIRED
    collection.why_code = "WITHDRAWN"
    collection.why = f"Withdrawn by {hand.by.name}."
    collection.save(update_fields=["state", "why_code", "why"])
    _keep("collection.withdrawn", collection, hand, {})
    return collection


def _keep(kind: str, collection: Collection, hand: Hand, more: dict[str, int]) -> None:
    audit.record(
        kind,
        subject=("device", collection.device_reference),
        scopes=[COLLECT],
        grants=[hand.grant],
        purpose=hand.purpose,
        detail={"collection": collection.reference, **more},
    )
