"""What grants open of one incident: of its room, which the address does not name."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.http import Http404

from access.closed import Closed
from access.references import room_key
from access.scopes import Scope
from access.verdict import Denied, Refused
from rooms.actions.incident_row import Hand
from rooms.models import Incident
from rooms.pages.rooms_list import HEALTH, INVENTORY, reach_of

if TYPE_CHECKING:
    from access.gate import Access

WORK: Final = Scope.INCIDENT_WORK
ALL: Final = (HEALTH, INVENTORY, WORK)

CLOSED: Final = Denied(
    "Work on this incident is closed.",
    "Ask for it on the incident's page. What you typed is still in your browser: go back.",
    "closed",
)


CLOSED_LIST: Final = Denied(
    "Work on incidents is closed.",
    "Ask for it on the list of incidents. What you typed is still in your browser: go back.",
    "closed",
)


def find_incident(access: Access, reference: str) -> Incident | None:
    """The incident, if health of its room is open.

    With health of the whole tenant open, no such incident is a 404. Under a grant of single rooms
    nobody learns whether another room has it.
    """
    if not access.opens(HEALTH):
        return None
    found = Incident.objects.filter(reference=reference).first()
    if found is None and reach_of(access, HEALTH) is None:
        raise Http404("No such incident.")
    return found


def at_room(access: Access, room_id: uuid.UUID, reference: str = "") -> Access:
    """The same access, as far as it reaches this room; `reference` where inventory told it."""
    named = {
        room
        for grant in access.grants
        for room in grant.room_references
        if room_key(access.tenant.pk, room) == room_id
    }
    grants = [
        grant
        for grant in access.grants
        if grant.whole_tenant or named.intersection(grant.room_references)
    ]
    return replace(access, grants=grants, room_reference=reference or min(named, default=None))


def hand_of(access: Access) -> Hand:
    """Who acts, under the grant that opens work here; Refused where none does."""
    grant = access.under(WORK)
    if grant is None or not access.opens(HEALTH):
        raise Refused(CLOSED)
    return Hand(access.person, grant.reference, grant.purpose)


def for_incident(closed: Closed, incident: str) -> Closed:
    """The same card, asking for the incident that the reader comes from."""
    if incident and closed.ask_url:
        more = urlencode({"incident": incident})
        return replace(
            closed, ask_url=f"{closed.ask_url}&{more}", other_url=f"{closed.other_url}&{more}"
        )
    return closed


def work_card(access: Access, incident: str = "") -> Closed:
    """The card for work, asked for together with the health that it acts on."""
    what = "Work on this incident" if incident else "Work on incidents"
    return for_incident(access.closed(HEALTH, WORK, what=what), incident)
