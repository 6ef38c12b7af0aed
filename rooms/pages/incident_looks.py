"""How incidents show: their words, and the look of their states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rooms.models import Incident, IncidentEntry
from rooms.pages.looks import signal_title
from rooms.rules.incidents import is_recorded
from rooms.states import Assignment, EntryKind, IncidentState

# The state of portal.statuses that each one looks like. An active incident is not purple: that
# colour means "open because of a grant" and nothing else.
STATES: Final = {
    IncidentState.ACTIVE.value: "unhealthy",
    IncidentState.RESOLVED.value: "resolved",
    IncidentState.CLOSED.value: "ended",
}
STEPS: Final = {
    Assignment.PENDING.value: "waiting",
    Assignment.SYSTEM.value: "investigating",
    Assignment.US.value: "live",
    Assignment.CUSTOMER.value: "needs_action",
}
VERBS: Final = {
    EntryKind.OPENED.value: "opened it: ",
    EntryKind.REOPENED.value: "saw it come back: ",
    EntryKind.RESOLVED.value: "resolved it: ",
    EntryKind.CLOSED.value: "closed it: ",
    EntryKind.AUTOMATIC.value: "did an automatic step: ",
    EntryKind.NOTE.value: "noted: ",
    EntryKind.MESSAGE.value: "",
    EntryKind.ASSIGNED.value: "assigned it ",
    EntryKind.SUPPRESSED.value: "suppressed it ",
    EntryKind.RELEASED.value: "ended the suppression",
}
TONES: Final = {
    EntryKind.OPENED.value: "bad",
    EntryKind.REOPENED.value: "bad",
    EntryKind.RESOLVED.value: "ok",
    EntryKind.CLOSED.value: "ok",
    EntryKind.AUTOMATIC.value: "brand",
}


@dataclass(frozen=True)
class Look:
    """A state's look and its own word."""

    state: str
    label: str


def title_of(incident: Incident) -> str:
    """The symptom in plain words. A recorded one is told apart by what its recorder wrote."""
    if is_recorded(incident):
        return signal_title(incident.code)
    return signal_title(incident.code, incident.instance)


def state_look(incident: Incident) -> Look:
    """Where it stands."""
    return Look(STATES[incident.state], incident.get_state_display())


def step_look(incident: Incident) -> Look:
    """Whose step is next; by name where somebody took it."""
    label = incident.get_assignment_display()
    if incident.assignment == Assignment.US and incident.assignee_label:
        label = f"Assigned to {incident.assignee_label}"
    return Look(STEPS[incident.assignment], label)


def entry_line(entry: IncidentEntry) -> dict[str, object]:
    """One line of the timeline; what nobody did by hand, the service did."""
    verb = VERBS.get(entry.kind, "")
    text = f"{verb}{entry.text}".strip()
    return {
        "at": entry.at,
        "tone": TONES.get(entry.kind, "off"),
        "actor": entry.by_label or "Rooms Ops",
        "text": text.rstrip(":") if not entry.text else text,
    }
