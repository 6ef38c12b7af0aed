"""The circuit breaker: a wave stops by itself when it fails or harms too often, and says why."""

from __future__ import annotations

from dataclasses import dataclass

from access.verdict import Allowed, Denied, Verdict
from diagnostics.remediation.guardrails.limits import Limits


@dataclass(frozen=True)
class Tally:
    """How a wave, or one ring of it, stands.

    `harmed` counts devices on which an incident opened after the action was sent, whether the
    action succeeded or not. `failed_in_a_row` is the length of the present run of failures, in
    the order in which actions ended. Expired ones are in none: the device was away.
    """

    planned: int
    sent: int
    succeeded: int
    failed: int
    harmed: int
    failed_in_a_row: int = 0

    @property
    def finished(self) -> int:
        """Those of which the outcome is known."""
        return self.succeeded + self.failed


def keeps_going(tally: Tally, limits: Limits) -> Verdict:
    """Whether the wave may send more. A denial is the sentence with which it stops.

    In a ring smaller than the sample, the ring itself is the sample. Harm is judged against what
    was sent, for a harmed device may never finish.
    """
    if tally.failed_in_a_row >= limits.breaker_in_a_row:
        return _stopped(f"{tally.failed_in_a_row} actions in a row failed", "failed_in_a_row")
    sample = min(limits.breaker_sample, max(1, tally.planned))
    if tally.finished >= sample and tally.failed > limits.breaker_failed_share * tally.finished:
        return _stopped(
            f"{tally.failed:,} of {tally.finished:,} actions failed;"
            f" the limit is {limits.breaker_failed_share:.0%}",
            "failed_share",
        )
    if tally.sent >= sample and tally.harmed > limits.breaker_harmed_share * tally.sent:
        return _stopped(
            f"{tally.harmed:,} of {tally.sent:,} devices have new incidents;"
            f" the limit is {limits.breaker_harmed_share:.0%}",
            "harmed_share",
        )
    return Allowed()


def _stopped(why: str, code: str) -> Denied:
    return Denied(f"{why}.", "Roll back, or plan a new wave.", code)
