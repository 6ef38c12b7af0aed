"""An incident, a suppression, a signal's switch: what may be done to it as it stands now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from access.rules import says_something
from access.verdict import Allowed, Denied, Verdict
from rooms.models import Incident, Suppression
from rooms.signals import SIGNALS
from rooms.states import INCIDENT_MOVES, Assignment, Cause, IncidentState

# What a person recorded stands under this code of the catalogue.
RECORDED: Final = "recorded_issue"
LONGEST_SUPPRESSION: Final = timedelta(days=30)  # ours: public documents name no end at all
MOST_AT_ONCE: Final = 200  # ours: as many devices as one job may reach

NO_SUCH_MOVE: Final = Denied("That step does not exist.", "Choose from the list.", "move")


def version_of(incident: Incident) -> str:
    """A name for how the incident stands, as far as a decision depends on it.

    The worker touches rows without changing anything that matters, so no timestamp is compared.
    """
    facts = (
        incident.state,
        incident.assignment,
        incident.assignee_id,
        incident.severity,
        incident.activations,
    )
    return hashlib.sha256(repr([str(fact) for fact in facts]).encode()).hexdigest()[:16]


def facts_of(incidents: Iterable[Incident]) -> str:
    """A name for how a selection stands: which incidents, and how each of them does."""
    facts = sorted((one.reference, version_of(one)) for one in incidents)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def is_recorded(incident: Incident) -> bool:
    """Whether a person recorded it; else a signal opened it."""
    return incident.code == RECORDED


def can_move(incident: Incident, to: IncidentState) -> Verdict:
    """Whether the table of moves leads there from where the incident stands."""
    if to in INCIDENT_MOVES[IncidentState(incident.state)]:
        return Allowed()
    return Denied(
        f"The incident is already {incident.get_state_display().lower()}.", "", "state", stale=True
    )


def may_assign(incident: Incident, to: Assignment) -> Verdict:
    """Give the next step to somebody. Only the service gives it to itself."""
    if to == Assignment.SYSTEM:
        return NO_SUCH_MOVE
    if incident.state == IncidentState.CLOSED:
        return Denied("A closed incident is nobody's next step.", "", "state", stale=True)
    return Allowed()


def may_resolve(incident: Incident) -> Verdict:
    """Say that it is mended, and what it was. Recorded ones are closed instead."""
    if is_recorded(incident):
        return Denied(
            "No signal watches a recorded incident.", "Close it with a cause.", "recorded"
        )
    return can_move(incident, IncidentState.RESOLVED)


def may_close(incident: Incident) -> Verdict:
    """Close by hand: only what a person recorded."""
    if not is_recorded(incident):
        return Denied(
            "Seven healthy days close an incident of a signal.",
            "Resolve it with a cause, or call it a false alarm.",
            "of_signal",
        )
    return can_move(incident, IncidentState.CLOSED)


def may_call_false_alarm(incident: Incident) -> Verdict:
    """Close an incident of a signal that saw what was not there."""
    if is_recorded(incident):
        return Denied(
            "A person recorded this incident.", "Close it with the cause “False alarm”.", "recorded"
        )
    return can_move(incident, IncidentState.CLOSED)


def is_cause(cause: str, *, resolving: bool) -> Verdict:
    """Whether that is a cause of the list; a false alarm has its own act where a signal saw it."""
    if cause not in Cause.values or (resolving and cause == Cause.FALSE_ALARM):
        return Denied("Choose a cause from the list.", "", "cause")
    return Allowed()


def may_record(*, rooms: int, text: str, high_impact: bool, impact: str) -> Verdict:
    """Record an incident of one or more rooms; high impact needs its reason."""
    if not rooms:
        return Denied("Name at least one room.", "", "rooms")
    if not says_something(text):
        return Denied("Write what is wrong.", "A few words are enough.", "text")
    if high_impact and not says_something(impact):
        return Denied("High impact needs a reason.", "A few words are enough.", "impact")
    return Allowed()


def may_suppress(
    *, code: str, reason: str, ends_at: datetime, at: datetime, standing: Sequence[Suppression]
) -> Verdict:
    """Keep alerts of a room, or of one signal of it, quiet until an end.

    `standing` are the suppressions of the room that last at the moment.
    """
    if code and (code not in SIGNALS or code == RECORDED):
        return Denied("Choose a signal from the list.", "", "signal")
    if not says_something(reason):
        return Denied("A suppression needs a reason.", "A few words are enough.", "reason")
    if ends_at <= at:
        return Denied("The end lies in the past.", "Choose a later one.", "ends_at")
    if ends_at - at > LONGEST_SUPPRESSION:
        days = LONGEST_SUPPRESSION.days
        return Denied(f"At most {days} days.", "Choose an earlier end.", "ends_at")
    twin = next((one for one in standing if one.code == code), None)
    if twin is not None:
        return Denied(
            f"Suppressed already until {twin.ends_at:%Y-%m-%d %H:%M} UTC by {twin.by_label}.",
            "End that suppression first.",
            "twin",
            stale=True,
        )
    return Allowed()


def can_be_quiet(incident: Incident, *, whole_room: bool) -> Verdict:
    """Whether suppressing the incident's signal, or its room, would keep it quiet."""
    if is_recorded(incident) and not whole_room:
        return Denied(
            f"{incident.reference} was recorded by a person: it is no alert of a signal.",
            "Leave it out.",
            "recorded",
        )
    if incident.state == IncidentState.CLOSED:
        return Denied(f"{incident.reference} is closed.", "Leave it out.", "state", stale=True)
    return Allowed()


def may_end_suppression(suppression: Suppression, at: datetime) -> Verdict:
    """Let the alerts sound again before the end."""
    if suppression.ended_at is not None:
        who = suppression.ended_by_label
        return Denied(f"The suppression was ended by {who}.", "", "state", stale=True)
    if at >= suppression.ends_at:
        return Denied("The suppression has ended by itself.", "", "state", stale=True)
    return Allowed()


def may_switch_signal(code: str, *, enabled: bool, stands: bool, reason: str) -> Verdict:
    """Switch a signal on or off for a whole tenant. `stands` is whether it is on now."""
    if code not in SIGNALS or code == RECORDED:
        return Denied("Choose a signal from the list.", "", "signal")
    if not says_something(reason):
        return Denied("Say why.", "A few words are enough.", "reason")
    if enabled == stands:
        word = "on" if stands else "off"
        return Denied(f"The signal is already {word}.", "", "state", stale=True)
    return Allowed()


def fits_at_once(number: int) -> Verdict:
    """Whether a selection is small enough for one act."""
    if not number:
        return Denied("Nothing is selected.", "Tick at least one incident.", "selection")
    if number > MOST_AT_ONCE:
        return Denied(
            f"{number} incidents are too many at once; at most {MOST_AT_ONCE}.",
            "Narrow the list with a filter.",
            "selection",
        )
    return Allowed()
