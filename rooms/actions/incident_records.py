"""Recording an incident that no signal saw: each room is unhealthy until it is closed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from access.models import Tenant
from access.references import new_reference
from rooms.actions.incident_row import Hand, evaluate_soon, keep, tell, time_of_work
from rooms.models import Incident
from rooms.rules import incidents as rules
from rooms.signals import SIGNALS, DeviceType
from rooms.states import SEVERITY_ORDER, Assignment, EntryKind, Severity


def record_incident(
    *, hand: Hand, tenant: Tenant, rooms: Sequence[uuid.UUID], text: str, impact: str = ""
) -> list[Incident]:
    """One active incident for each room, in the words of the one who recorded it.

    `impact` is why it is of high impact; empty when it is not.
    """
    rules.may_record(rooms=len(rooms), text=text, high_impact=bool(impact), impact=impact).enforce()
    at = time_of_work(rooms)
    incidents = [_incident(hand, tenant, room, text, impact, at) for room in rooms]
    Incident.objects.bulk_create(incidents)
    tell(incidents, EntryKind.OPENED, hand=hand, at=at, text=text)
    for incident in incidents:
        keep("incident.recorded", incident, hand, high_impact=bool(impact))
    evaluate_soon(rooms, at)
    return incidents


def _incident(
    hand: Hand, tenant: Tenant, room: uuid.UUID, text: str, impact: str, at: datetime
) -> Incident:
    signal = SIGNALS[rules.RECORDED]
    severity = signal.on[DeviceType.WINDOWS].severity
    reference = new_reference("INC")
    return Incident(
        tenant_id=tenant.pk,
        reference=reference,
        room_id=room,
        code=signal.code,
        # Apart by instance: a room may have several that people recorded.
        instance=reference,
        category=signal.category,
        severity=severity,
        severity_rank=SEVERITY_ORDER[Severity(severity).value],
        sentence=text[:300],
        assignment=Assignment.PENDING,
        high_impact=bool(impact),
        high_impact_reason=impact,
        recorded_by_label=hand.by.name,
        opened_at=at,
        activated_at=at,
        updated_at=at,
    )
