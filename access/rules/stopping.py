"""The emergency stop: who presses it, and who releases it."""

from __future__ import annotations

from access.models import Lockout, Staff
from access.relations import Relations
from access.verdict import Allowed, Denied, Verdict

STOPPED = Denied(
    "An emergency stop is in force.",
    "Two people release it; see Emergency stop.",
    "stopped",
)


def may_press_stop(relations: Relations) -> Verdict:
    """Any approver may stop; stopping never needs a second person."""
    if not relations.decide:
        return Denied("Approvers press the emergency stop.", "Call one.", "not_decider")
    return Allowed()


def may_release(person: Staff, relations: Relations, stop: Lockout) -> Verdict:
    """Whether the person may take the next step of a release: ask for it, or agree to it."""
    if stop.released_at is not None:
        return Denied("The stop is already released.", "", "state", stale=True)
    if not relations.decide:
        return Denied("Approvers release an emergency stop.", "", "not_decider")
    if person.person_id == stop.target_id:
        return Denied("You cannot release a stop on yourself.", "", "own_stop")
    if stop.release_asked_by_person_id == person.person_id:
        return Denied(
            "You asked for the release.", "A second person agrees to it.", "second_person"
        )
    return Allowed()
