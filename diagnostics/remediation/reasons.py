"""Why an item stands where it stands: a closed list of codes, each with the states it may explain.

The first part restates the published states of settings jobs (teams-rooms.md, 3.2), which call
"existing XML", "write XML" and "settings fetch" what here holds for any work of the agent.
"""

from __future__ import annotations

from typing import Final

from django.db import models

from diagnostics.remediation.states import ItemState as State


class Reason(models.TextChoices):
    """One reason; the label is what people read."""

    # published
    PENDING_CONNECTION = "pending_connection", "The device is away; it runs when it comes back"
    SCHEDULED = "scheduled", "Waits for the room to be free, or for its window"
    IN_PROGRESS = "in_progress", "Sent to the device, no answer yet"
    SUCCESS = "success", "Done, and seen in the device's reports"
    CANCELLED = "cancelled", "Cancelled by a person"
    APP_RESTART_FAILED = "app_restart_failed", "The app did not restart; the device did instead"
    VERIFICATION_FAILED = "verification_failed", "The reports do not show it"
    EXISTING_WORK_FOUND = "existing_work_found", "The agent was at other work"
    WRITE_FAILED = "write_failed", "The agent could not write the change"
    FETCH_FAILED = "fetch_failed", "The agent could not fetch what it needs"
    FAILED = "failed", "The device says that it failed"
    DEVICE_IN_MEETING = "device_in_meeting", "The room is in use"
    DEVICE_DISCONNECTED = "device_disconnected", "The device is away; nothing was changed"
    # ours
    ASKED = "asked", "Waits for a decision"
    AGREED = "agreed", "Agreed; a window is being looked for"
    RETRY_IN_NEXT_WINDOW = "retry_in_next_window", "Not seen in the reports; tried once more"
    CHANNEL_BUSY = "channel_busy", "The channel did not take it yet"
    CAP_REACHED = "cap_reached", "As much as allowed has run; it goes on later"
    OTHER_OPERATION = "other_operation", "Another operation of the kind is open on the device"
    GRANT_ENDED = "grant_ended", "The grant has ended; a new one sends it on"
    PAUSED_BY_PERSON = "paused_by_person", "Paused by a person"
    WAVE_PAUSED = "wave_paused", "Its wave is paused"
    EMERGENCY_STOP = "emergency_stop", "An emergency stop is in force"
    TAKEN = "taken", "The device has taken the command"
    WORKING = "working", "The device is at it"
    WAITS_FOR_REPORT = "waits_for_report", "Waits for the next reports"
    ANSWER_LOST = "answer_lost", "No answer came; the reports decide"
    WAVE_STOPPED = "wave_stopped", "Its wave was stopped"
    DECIDED_AGAINST = "decided_against", "An approver said no"
    NOT_DECIDED = "not_decided", "Nobody decided in time"
    NO_WINDOW = "no_window", "There was no window in time"
    NO_GRANT = "no_grant", "No new grant came in time"
    NOT_FETCHED = "not_fetched", "The device did not take it in time"
    NOT_COVERED = "not_covered", "It is not what was approved"
    GUARDRAIL = "guardrail", "A limit does not let it through"
    UNKNOWN_ACTION = "unknown_action", "The action is not offered, or not any more"
    BAD_PARAMETERS = "bad_parameters", "The parameters do not fit the action"
    VERSION_UNKNOWN = "version_unknown", "The version does not exist for this model"
    PRECONDITION = "precondition", "The device is not as the action needs it"
    DEVICE_LEFT = "device_left", "The device has left the service"
    DEVICE_UNMONITORED = "device_unmonitored", "Nothing is heard of the device"
    DEVICE_ONBOARDING = "device_onboarding", "The device is still being taken in"
    TENANT_CHANGED = "tenant_changed", "The device belongs to somebody else now"
    ROOM_CHANGED = "room_changed", "The device stands in another room now"
    NOT_TRUSTED = "not_trusted", "The device could not verify the command"
    DEVICE_REFUSED = "device_refused", "The device refused the command"


_NOT_AS_IT_WAS: Final = frozenset(
    {
        Reason.NOT_COVERED,
        Reason.GUARDRAIL,
        Reason.UNKNOWN_ACTION,
        Reason.BAD_PARAMETERS,
        Reason.VERSION_UNKNOWN,
        Reason.PRECONDITION,
        Reason.DEVICE_LEFT,
        Reason.DEVICE_UNMONITORED,
        Reason.DEVICE_ONBOARDING,
        Reason.TENANT_CHANGED,
        Reason.ROOM_CHANGED,
    }
)

# The reasons that may stand with each state: every state has at least one.
REASONS: Final[dict[State, frozenset[Reason]]] = {
    State.PROPOSED: frozenset({Reason.ASKED}),
    State.APPROVED: frozenset({Reason.AGREED}),
    State.SCHEDULED: frozenset(
        {
            Reason.SCHEDULED,
            Reason.DEVICE_IN_MEETING,
            Reason.PENDING_CONNECTION,
            Reason.RETRY_IN_NEXT_WINDOW,
            Reason.CHANNEL_BUSY,
            Reason.CAP_REACHED,
            Reason.OTHER_OPERATION,
        }
    ),
    State.WAITING_FOR_GRANT: frozenset({Reason.GRANT_ENDED}),
    State.PAUSED: frozenset({Reason.PAUSED_BY_PERSON, Reason.WAVE_PAUSED, Reason.EMERGENCY_STOP}),
    State.DISPATCHED: frozenset({Reason.IN_PROGRESS, Reason.PENDING_CONNECTION}),
    State.ACKNOWLEDGED: frozenset({Reason.TAKEN}),
    State.RUNNING: frozenset({Reason.WORKING}),
    State.VERIFYING: frozenset({Reason.WAITS_FOR_REPORT, Reason.ANSWER_LOST}),
    State.SUCCEEDED: frozenset({Reason.SUCCESS, Reason.APP_RESTART_FAILED}),
    State.FAILED: frozenset(
        {
            Reason.VERIFICATION_FAILED,
            Reason.EXISTING_WORK_FOUND,
            Reason.WRITE_FAILED,
            Reason.FETCH_FAILED,
            Reason.FAILED,
            Reason.DEVICE_IN_MEETING,
            Reason.DEVICE_DISCONNECTED,
        }
    ),
    State.CANCELLED: frozenset({Reason.CANCELLED, Reason.WAVE_STOPPED, Reason.EMERGENCY_STOP}),
    State.EXPIRED: frozenset(
        {Reason.NOT_DECIDED, Reason.NO_WINDOW, Reason.NO_GRANT, Reason.NOT_FETCHED}
    ),
    State.REFUSED: _NOT_AS_IT_WAS
    | {Reason.DECIDED_AGAINST, Reason.NOT_TRUSTED, Reason.DEVICE_REFUSED},
}


def fits(state: State, reason: Reason) -> bool:
    """Whether that reason may stand with that state."""
    return reason in REASONS[state]
