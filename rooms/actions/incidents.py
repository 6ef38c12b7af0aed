"""Working on an incident: assign it, write a note, write to the customer."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

from access.rules import says_something
from access.verdict import Denied
from rooms.actions.incident_row import Hand, check_version, keep, lock_incident, tell
from rooms.models import Incident, IncidentMessage
from rooms.rules import incidents as rules
from rooms.states import Assignment, EntryKind

# What a form may say: the assignments that a person gives, and "me", which is us by name.
TO_ME: Final = "me"
GIVEN: Final = {
    TO_ME: Assignment.US,
    Assignment.US.value: Assignment.US,
    Assignment.CUSTOMER.value: Assignment.CUSTOMER,
    Assignment.PENDING.value: Assignment.PENDING,
}


def assign_incident(*, hand: Hand, incident_id: uuid.UUID, version: str, to: str) -> Incident:
    """Give the next step to the actor, to us, to the customer, or back to nobody yet."""
    incident, at = lock_incident(incident_id)
    rules.may_assign(incident, GIVEN[to]).enforce()
    check_version(incident, version)
    give(incident, hand, to, at)
    return incident


def give(incident: Incident, hand: Hand, to: str, at: datetime) -> None:
    """Write an assignment that was judged already, with its line and its record."""
    set_assignment(incident, hand, to, at)
    incident.save(update_fields=["assignment", "assignee_id", "assignee_label", "updated_at"])
    tell([incident], EntryKind.ASSIGNED, hand=hand, at=at, text=assigned_words(to, hand))
    keep("incident.assigned", incident, hand, to=to)


def set_assignment(incident: Incident, hand: Hand, to: str, at: datetime) -> None:
    """The columns that say whose step is next."""
    mine = to == TO_ME
    incident.assignment = GIVEN[to]
    incident.assignee_id = hand.by.pk if mine else None
    incident.assignee_label = hand.by.name if mine else ""
    incident.updated_at = at


def assigned_words(to: str, hand: Hand) -> str:
    """To whom, for the timeline."""
    return {
        TO_ME: f"to {hand.by.name}",
        Assignment.US.value: "to us",
        Assignment.CUSTOMER.value: "to the customer: needs action",
        Assignment.PENDING.value: "back to pending investigation",
    }[to]


def add_note(*, hand: Hand, incident_id: uuid.UUID, text: str) -> Incident:
    """Write into the timeline. Notes need no version: one more changes nothing for another."""
    incident, at = lock_incident(incident_id)
    if not says_something(text):
        Denied("Write a note.", "A few words are enough.", "text").enforce()
    tell([incident], EntryKind.NOTE, hand=hand, at=at, text=text)
    keep("incident.noted", incident, hand)
    return incident


def send_message(
    *, hand: Hand, incident_id: uuid.UUID, text: str, from_customer: bool = False, then: str = ""
) -> Incident:
    """Write to the customer, or enter what they answered; and perhaps hand the next step on.

    The timeline says only that a message was written: its words are read under incident.work.
    `then` is empty or one of GIVEN.
    """
    incident, at = lock_incident(incident_id)
    if not says_something(text):
        Denied("Write a message.", "A few words are enough.", "text").enforce()
    if then:
        rules.may_assign(incident, GIVEN[then]).enforce()
    IncidentMessage.objects.create(
        tenant_id=incident.tenant_id,
        incident_id=incident.pk,
        room_id=incident.room_id,
        at=at,
        from_customer=from_customer,
        by_id=hand.by.pk,
        by_label=hand.by.name,
        text=text,
    )
    words = "entered an answer of the customer" if from_customer else "wrote to the customer"
    tell([incident], EntryKind.MESSAGE, hand=hand, at=at, text=words)
    keep("incident.message", incident, hand, from_customer=from_customer)
    if then:
        give(incident, hand, then, at)
    return incident
