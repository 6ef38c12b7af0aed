"""Keeping alerts quiet on purpose until an end, and letting them sound again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from access import audit
from access.models import Tenant
from access.references import new_reference
from access.scopes import Scope
from access.verdict import Denied, Refused
from rooms.actions.incident_row import Hand, evaluate_soon, tell, time_of_work
from rooms.models import Incident, RoomHealth, Suppression
from rooms.rules import incidents as rules
from rooms.states import EntryKind


@dataclass(frozen=True)
class Place:
    """What is kept quiet: a room, and one signal of it or with an empty code all of them.

    `subject` is what the record names: the room, or the incident it was done from.
    """

    room_id: uuid.UUID
    code: str
    subject: tuple[str, str]


def suppress_places(
    *, hand: Hand, tenant: Tenant, places: Sequence[Place], ends_at: datetime, reason: str
) -> list[Suppression]:
    """Keep these places quiet until an end: all of them, or none."""
    rooms = {place.room_id for place in places}
    # Two people who suppress the same room stand in line here, and the second one is told.
    list(RoomHealth.objects.select_for_update().filter(room_id__in=rooms).order_by("room_id"))
    at = time_of_work(rooms)
    standing = lasting(rooms, at)
    for place in places:
        rules.may_suppress(
            code=place.code,
            reason=reason,
            ends_at=ends_at,
            at=at,
            standing=[one for one in standing if one.room_id == place.room_id],
        ).enforce()
    made = [_suppression(hand, tenant, place, ends_at, reason, at) for place in places]
    Suppression.objects.bulk_create(made)
    words = f"until {ends_at:%Y-%m-%d %H:%M} UTC: {reason}"
    tell(touched(made), EntryKind.SUPPRESSED, hand=hand, at=at, text=words)
    for place, suppression in zip(places, made, strict=True):
        _keep("suppression.begun", suppression, hand, place.subject)
    evaluate_soon(rooms, at)
    return made


def _suppression(
    hand: Hand, tenant: Tenant, place: Place, ends_at: datetime, reason: str, at: datetime
) -> Suppression:
    return Suppression(
        tenant_id=tenant.pk,
        reference=new_reference("SU"),
        room_id=place.room_id,
        code=place.code,
        reason=reason,
        by_id=hand.by.pk,
        by_label=hand.by.name,
        begins_at=at,
        ends_at=ends_at,
    )


def end_suppression(*, hand: Hand, reference: str, subject: tuple[str, str]) -> Suppression:
    """Let the alerts sound again now."""
    suppression = Suppression.objects.select_for_update().filter(reference=reference).first()
    if suppression is None:
        raise Refused(Denied("No such suppression is open to you.", "", "unknown"))
    at = time_of_work([suppression.room_id])
    rules.may_end_suppression(suppression, at).enforce()
    suppression.ended_at = at
    suppression.ended_by_label = hand.by.name
    suppression.save(update_fields=["ended_at", "ended_by_label"])
    tell(touched([suppression]), EntryKind.RELEASED, hand=hand, at=at)
    _keep("suppression.ended", suppression, hand, subject)
    evaluate_soon([suppression.room_id], at)
    return suppression


def lasting(rooms: Iterable[uuid.UUID], at: datetime) -> list[Suppression]:
    """The suppressions of these rooms that last at the moment, those that end first on top."""
    standing = Suppression.objects.filter(
        room_id__in=list(rooms), ends_at__gt=at, ended_at__isnull=True
    )
    return list(standing.order_by("ends_at", "id"))


def touched(suppressions: Sequence[Suppression]) -> list[Incident]:
    """The active incidents that these suppressions keep quiet, each once.

    What a person recorded is no alert, so nothing keeps it quiet.
    """
    active = Incident.objects.active().exclude(code=rules.RECORDED)
    rooms = {one.room_id for one in suppressions}
    places = {(one.room_id, one.code) for one in suppressions}
    return [
        incident
        for incident in active.filter(room_id__in=rooms)
        if (incident.room_id, incident.code) in places or (incident.room_id, "") in places
    ]


def _keep(kind: str, suppression: Suppression, hand: Hand, subject: tuple[str, str]) -> None:
    audit.record(
        kind,
        subject=subject,
        scopes=[Scope.INCIDENT_WORK.value],
        grants=[hand.grant],
        purpose=hand.purpose,
        detail={"suppression": suppression.reference, "signal": suppression.code},
    )
