"""The health gate between two rings: may the next one begin?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from access.verdict import Allowed, Denied, Verdict
from diagnostics.remediation.guardrails.breaker import Tally, keeps_going
from diagnostics.remediation.guardrails.limits import Limits


@dataclass(frozen=True)
class RingProgress:
    """How a ring stands. `ended` counts whatever the outcome, expired and cancelled ones too.

    `last_ended_at` is when the last of them ended, None while none has.
    """

    tally: Tally
    ended: int
    last_ended_at: datetime | None


def may_begin_next(ring: RingProgress, test_days: int, limits: Limits, at: datetime) -> Verdict:
    """Whether the ring after this one may begin: it is over, it did well, and it was tested.

    A ring in which nothing succeeded proves nothing, so nothing follows on it; an empty one is
    passed over.
    """
    tally = ring.tally
    if tally.planned == 0:
        return Allowed()
    going = keeps_going(tally, limits)
    if not going:
        return going
    if ring.ended < limits.gate_finished_share * tally.planned or ring.last_ended_at is None:
        return Denied(
            f"{ring.ended:,} of {tally.planned:,} devices of the ring have ended.",
            "The next ring waits.",
            "ring_not_over",
            stale=True,
        )
    if tally.succeeded == 0:
        return Denied("No device of the ring succeeded.", "Plan a new wave.", "nothing_proved")
    waited = at - ring.last_ended_at
    if waited.total_seconds() < test_days * 86_400:
        return Denied(
            f"The ring is tested for {test_days} days.", "The next ring waits.", "test", stale=True
        )
    return Allowed()
