"""After sending: what silence, answers and reports make of an item."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from access.verdict import Verdict
from diagnostics.remediation.catalogue.action import TimeOuts
from diagnostics.remediation.catalogue.verification import Finding, Outcome
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.sending import Step
from diagnostics.remediation.states import ItemState

# Failed verification is tried once more in the next window; published for settings jobs.
MOST_ATTEMPTS: Final = 2


class Answer(StrEnum):
    """What a device says of a command; as rooms.device_api.commands.Outcome."""

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


# The agent's codes for its failures, and what they mean here; any other is a plain failure.
FAILURES: Final[dict[str, Reason]] = {
    "EXISTING_WORK_FOUND": Reason.EXISTING_WORK_FOUND,
    "WRITE_FAILED": Reason.WRITE_FAILED,
    "FETCH_FAILED": Reason.FETCH_FAILED,
    "IN_MEETING": Reason.DEVICE_IN_MEETING,
    "DISCONNECTED": Reason.DEVICE_DISCONNECTED,
}
# Refusals of a command that the device could not verify (rooms.commands.Why).
UNTRUSTED: Final = frozenset(
    {
        "MALFORMED", "UNKNOWN_KEY", "KEY_NOT_VALID", "BAD_SIGNATURE", "OTHER_REGION",
        "OTHER_DEVICE", "NOT_YET", "EXPIRED", "TOO_LONG",
    }
)  # fmt: skip


def after_answer(now: ItemState, answer: Answer, detail_code: str) -> Step | None:
    """Where a device's answer leads; None: nowhere, for the item has ended or was never sent.

    "Done" is a claim: it leads to verifying. A late answer is kept in the record and moves
    nothing.
    """
    if now not in (ItemState.DISPATCHED, ItemState.ACKNOWLEDGED, ItemState.RUNNING):
        return None
    if answer is Answer.DONE:
        return Step(ItemState.VERIFYING, Reason.WAITS_FOR_REPORT)
    if answer is Answer.REFUSED and now is not ItemState.RUNNING:
        untrusted = detail_code in UNTRUSTED
        return Step(ItemState.REFUSED, Reason.NOT_TRUSTED if untrusted else Reason.DEVICE_REFUSED)
    return Step(ItemState.FAILED, FAILURES.get(detail_code, Reason.FAILED))


def after_silence(
    now: ItemState, since: datetime, time_outs: TimeOuts, at: datetime
) -> Step | None:
    """Where a time-out leads, or None while there is time. `since`: when it came to this state.

    A command that nobody took expires. One that was taken may have run, so the reports decide.
    """
    waited = at - since
    if now is ItemState.DISPATCHED and waited >= time_outs.deliver:
        return Step(ItemState.EXPIRED, Reason.NOT_FETCHED)
    taken = now in (ItemState.ACKNOWLEDGED, ItemState.RUNNING)
    if taken and waited >= time_outs.answer:
        return Step(ItemState.VERIFYING, Reason.ANSWER_LOST)
    return None


def after_reports(
    finding: Finding,
    *,
    since: datetime,
    wait: timedelta,
    attempt: int,
    may_repeat: Verdict,
    at: datetime,
) -> Step | None:
    """What the reports make of an item that is being verified, or None while there is time.

    `since` is when verifying began and `wait` its time-out, `attempt` counts from 1, `may_repeat`
    says whether the action may run once more at all.
    """
    if finding.outcome is Outcome.FIXED:
        return Step(ItemState.SUCCEEDED, Reason.SUCCESS, finding.sentence)
    if at - since < wait:
        return None
    if attempt < MOST_ATTEMPTS and may_repeat:
        return Step(ItemState.SCHEDULED, Reason.RETRY_IN_NEXT_WINDOW, finding.sentence)
    return Step(ItemState.FAILED, Reason.VERIFICATION_FAILED, finding.sentence)
