"""What every act on incidents does alike: lock, judge against what was seen, tell the timeline."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connections

from access import audit
from access.lock import context
from access.models import Staff
from access.scopes import Scope
from access.verdict import Denied, Refused, WrongState
from rooms.models import Incident, IncidentEntry, RoomHealth
from rooms.rules.incidents import version_of
from rooms.states import EntryKind

WORK = Scope.INCIDENT_WORK.value
WHOLE_TENANT = "select lock.now(), lock.tenant_for(%s) is not null and lock.rooms_for(%s) is null"
THESE_ROOMS = (
    "select lock.now(), lock.tenant_for(%s) is not null"
    " and coalesce(%s::uuid[] <@ lock.rooms_for(%s), true)"
)
ENDED = Denied("Work on this incident is closed.", "Ask for access again.", "closed")
CHANGED = "The incident has changed since you opened it. Look again, then decide."


@dataclass(frozen=True)
class Hand:
    """Who acts, and under which grant for incident.work."""

    by: Staff
    grant: str
    purpose: str


def lock_incident(incident_id: uuid.UUID) -> tuple[Incident, datetime]:
    """The incident with its row locked, and the time read after the wait.

    Refused when the database does not open it for work: the grant ended meanwhile.
    """
    incident = Incident.objects.select_for_update().filter(pk=incident_id).first()
    if incident is None:
        raise Refused(ENDED)
    return incident, time_of_work([incident.room_id])


def time_of_work(rooms: Collection[uuid.UUID] | None) -> datetime:
    """The time, asked after every lock; Refused unless work on these rooms is open at that time.

    None is for the whole tenant. A grant that ended during a wait for a lock thus ends the act.
    """
    with connections[context.current().region].cursor() as cursor:
        if rooms is None:
            cursor.execute(WHOLE_TENANT, [WORK, WORK])
        else:
            cursor.execute(THESE_ROOMS, [WORK, list(rooms), WORK])
        answer: tuple[datetime, bool] = cursor.fetchone()
    at, opened = answer
    if not opened:
        raise Refused(ENDED)
    return at


def check_version(incident: Incident, seen: str) -> None:
    """Refuse what was decided on an older picture of the incident (409)."""
    if version_of(incident) != seen:
        raise WrongState(CHANGED)


def tell(
    incidents: Iterable[Incident],
    kind: EntryKind,
    *,
    hand: Hand,
    at: datetime,
    text: str = "",
) -> None:
    """Add one line to the timeline of each."""
    IncidentEntry.objects.bulk_create(
        IncidentEntry(
            tenant_id=incident.tenant_id,
            incident_id=incident.pk,
            room_id=incident.room_id,
            at=at,
            kind=kind,
            by_id=hand.by.pk,
            by_label=hand.by.name,
            text=text,
        )
        for incident in incidents
    )


def evaluate_soon(rooms: Iterable[uuid.UUID], at: datetime) -> None:
    """The worker judges these rooms again at once: an act changed what their health rests on."""
    RoomHealth.objects.filter(room_id__in=list(rooms)).update(next_evaluation_at=at)


def keep(kind: str, incident: Incident, hand: Hand, **detail: object) -> None:
    """Record the act, by references and codes; words stay in their own tables."""
    audit.record(
        kind,
        subject=("incident", incident.reference),
        scopes=[WORK],
        grants=[hand.grant],
        purpose=hand.purpose,
        detail=detail,
    )
