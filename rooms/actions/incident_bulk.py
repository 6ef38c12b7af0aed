"""The same act on many incidents at once: on all of them, or on none."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from access.models import Tenant
from access.verdict import WrongState
from rooms.actions.incident_row import Hand, keep, tell, time_of_work
from rooms.actions.incidents import GIVEN, assigned_words, set_assignment
from rooms.actions.suppressions import Place, suppress_places
from rooms.models import Incident, Suppression
from rooms.rules import incidents as rules
from rooms.states import EntryKind

ASSIGNED = ["assignment", "assignee_id", "assignee_label", "updated_at"]


@dataclass(frozen=True)
class Chosen:
    """The incidents that an act is for, and how they stood when they were chosen."""

    ids: Sequence[uuid.UUID]
    count: int
    facts: str


def assign_incidents(*, hand: Hand, chosen: Chosen, to: str) -> list[Incident]:
    """Give the next step of each to the actor, to us, to the customer, or back."""
    incidents, at = _locked(chosen)
    for incident in incidents:
        rules.may_assign(incident, GIVEN[to]).enforce()
        set_assignment(incident, hand, to, at)
    Incident.objects.bulk_update(incidents, ASSIGNED)
    tell(incidents, EntryKind.ASSIGNED, hand=hand, at=at, text=assigned_words(to, hand))
    for incident in incidents:
        keep("incident.assigned", incident, hand, to=to, at_once=len(incidents))
    return incidents


def suppress_incidents(
    *,
    hand: Hand,
    tenant: Tenant,
    chosen: Chosen,
    whole_room: bool,
    ends_at: datetime,
    reason: str,
) -> list[Suppression]:
    """Keep the signal of each incident quiet in its room, or the whole room, until an end."""
    incidents, _ = _locked(chosen)
    places: dict[tuple[uuid.UUID, str], Place] = {}
    for incident in incidents:
        rules.can_be_quiet(incident, whole_room=whole_room).enforce()
        code = "" if whole_room else incident.code
        place = Place(incident.room_id, code, ("incident", incident.reference))
        places.setdefault((incident.room_id, code), place)
    return suppress_places(
        hand=hand, tenant=tenant, places=list(places.values()), ends_at=ends_at, reason=reason
    )


def _locked(chosen: Chosen) -> tuple[list[Incident], datetime]:
    """The rows locked in the order of their keys, so that two such acts never wait in a circle."""
    rules.fits_at_once(chosen.count).enforce()
    rows = Incident.objects.select_for_update().filter(pk__in=list(chosen.ids))
    incidents = list(rows.order_by("id"))
    if rules.facts_of(incidents) != chosen.facts:
        now = len(incidents)
        words = f"{chosen.count} incidents" if chosen.count != 1 else "1 incident"
        raise WrongState(
            f"The selection has changed since you made it: it was {words},"
            f" {'and some of them have changed' if now == chosen.count else f'now it is {now}'}."
            " Nothing was done."
        )
    return incidents, time_of_work({one.room_id for one in incidents})
