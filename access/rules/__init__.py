"""Who may do what about requests, votes, grants and stops, now. Pure: facts in, verdict out.

The same verdict draws the button and refuses the post. Authorisation comes before state, so
that somebody who may not act does not learn where a thing stands.
"""

from access.rules.asking import (
    can_be_decided,
    group_names,
    groups_are_met,
    is_justified,
    is_short_enough,
    may_ask_for,
    may_still_hold,
    may_submit,
    says_something,
)
from access.rules.deciding import (
    is_open,
    may_answer,
    may_approve,
    may_change,
    may_decide,
    may_withdraw,
    quorum,
)
from access.rules.policies import leaves_a_way_back, may_decide_policy
from access.rules.reviewing import may_change_relation, may_review
from access.rules.stopping import STOPPED, may_press_stop, may_release
from access.rules.using import may_return, may_revoke, may_start

__all__ = [
    "STOPPED",
    "can_be_decided",
    "group_names",
    "groups_are_met",
    "is_justified",
    "is_open",
    "is_short_enough",
    "leaves_a_way_back",
    "may_answer",
    "may_approve",
    "may_ask_for",
    "may_change",
    "may_change_relation",
    "may_decide",
    "may_decide_policy",
    "may_press_stop",
    "may_release",
    "may_return",
    "may_review",
    "may_revoke",
    "may_start",
    "may_still_hold",
    "may_submit",
    "may_withdraw",
    "quorum",
    "says_something",
]
