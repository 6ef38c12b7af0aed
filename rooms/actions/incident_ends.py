"""Ending an incident by hand: resolved with a cause, closed, or a false alarm."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

from rooms.actions.incident_row import (
    Hand,
    check_version,
    evaluate_soon,
    keep,
    lock_incident,
    tell,
)
from rooms.models import Incident
from rooms.rules import incidents as rules
from rooms.states import Cause, EntryKind, IncidentState

RESOLVED: Final = ["state", "resolved_at", "cause", "updated_at"]
CLOSED: Final = ["state", "closed_at", "cause", "updated_at"]


def resolve_incident(
    *, hand: Hand, incident_id: uuid.UUID, version: str, cause: str, text: str = ""
) -> Incident:
    """Say that it is mended. A signal that still sees the fault makes it active again."""
    incident, at = lock_incident(incident_id)
    rules.may_resolve(incident).enforce()
    rules.is_cause(cause, resolving=True).enforce()
    check_version(incident, version)
    incident.state = IncidentState.RESOLVED
    incident.resolved_at = incident.updated_at = at
    incident.cause = cause
    incident.save(update_fields=RESOLVED)
    _tell_end(incident, EntryKind.RESOLVED, hand, at, text)
    keep("incident.resolved", incident, hand, cause=cause)
    return incident


def close_incident(
    *, hand: Hand, incident_id: uuid.UUID, version: str, cause: str, text: str = ""
) -> Incident:
    """Close what a person recorded: its room is judged by its signals alone again."""
    incident, at = lock_incident(incident_id)
    rules.may_close(incident).enforce()
    rules.is_cause(cause, resolving=False).enforce()
    check_version(incident, version)
    _close(incident, cause, at)
    _tell_end(incident, EntryKind.CLOSED, hand, at, text)
    keep("incident.closed", incident, hand, cause=cause)
    return incident


def call_false_alarm(
    *, hand: Hand, incident_id: uuid.UUID, version: str, text: str = ""
) -> Incident:
    """Close an incident of a signal: there was nothing. The same trouble later is a new one."""
    incident, at = lock_incident(incident_id)
    rules.may_call_false_alarm(incident).enforce()
    check_version(incident, version)
    _close(incident, Cause.FALSE_ALARM, at)
    _tell_end(incident, EntryKind.CLOSED, hand, at, text)
    keep("incident.false_alarm", incident, hand)
    return incident


def _close(incident: Incident, cause: str, at: datetime) -> None:
    incident.state = IncidentState.CLOSED
    incident.closed_at = incident.updated_at = at
    incident.cause = cause
    incident.save(update_fields=CLOSED)


def _tell_end(incident: Incident, kind: EntryKind, hand: Hand, at: datetime, text: str) -> None:
    """One line with the cause, then the room's health anew."""
    words = Cause(incident.cause).label
    tell([incident], kind, hand=hand, at=at, text=f"{words}. {text}".strip() if text else words)
    evaluate_soon([incident.room_id], at)
