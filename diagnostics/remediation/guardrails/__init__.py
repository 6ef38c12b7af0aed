"""What keeps a remediation from doing harm: limits, gates, stops and the exactness of approvals.

Pure rules that answer Allowed or Denied. The caller counts, and asks again at the moment of
sending: a yes of an hour ago is worth nothing.
"""

from diagnostics.remediation.guardrails.approval import Approved, Ordered, covers
from diagnostics.remediation.guardrails.breaker import Tally, keeps_going
from diagnostics.remediation.guardrails.gates import may_order, may_send
from diagnostics.remediation.guardrails.limits import DEFAULTS, Limits, UnfitLimits, combine
from diagnostics.remediation.guardrails.pace import (
    Counts,
    OpenOperation,
    enough_votes,
    may_repeat,
    none_open,
    votes_needed,
    within_caps,
)
from diagnostics.remediation.guardrails.stops import Stop, StopLevel, not_stopped

__all__ = [
    "DEFAULTS",
    "Approved",
    "Counts",
    "Limits",
    "OpenOperation",
    "Ordered",
    "Stop",
    "StopLevel",
    "Tally",
    "UnfitLimits",
    "combine",
    "covers",
    "enough_votes",
    "keeps_going",
    "may_order",
    "may_repeat",
    "may_send",
    "none_open",
    "not_stopped",
    "votes_needed",
    "within_caps",
]
