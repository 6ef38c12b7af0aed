"""What may be done with a deletion case, by whom, at that moment. The database judges again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from access.scopes import SCOPES, Scope
from access.verdict import Allowed, Denied, Verdict
from diagnostics.case_states import CaseState
from diagnostics.models import Case, CaseVote

# Each of these groups gives one approval, of people who are not the same.
GROUPS: Final = SCOPES[Scope.DATA_ERASE].from_groups
STALE: Final = Denied("The case has moved on.", "Look again.", "stale", stale=True)


def group_to_stand_for(groups: Sequence[str], votes: Sequence[CaseVote]) -> str:
    """The group that a vote of somebody in these groups would count for; "" for none."""
    taken = {vote.for_group for vote in votes if vote.approves}
    return next((group for group in GROUPS if group in groups and group not in taken), "")


def may_vote_on_case(
    case: Case, votes: Sequence[CaseVote], person: uuid.UUID, groups: Sequence[str], decides: bool
) -> Verdict:
    """An approver of a group that has not agreed yet, who neither opened it nor voted."""
    if case.state != CaseState.OPENED:
        return STALE
    if not decides:
        return Denied("Approvers of the tenant decide on cases.", "", "not_decider")
    if case.opened_by_person == person:
        return Denied("You opened this case.", "Two others approve it.", "own")
    if any(vote.voter_person == person for vote in votes):
        return Denied("You have voted on it.", "Somebody else votes next.", "voted")
    if not group_to_stand_for(groups, votes):
        wanted = " and ".join(GROUPS)
        return Denied(
            f"A case takes one approval each of {wanted}.",
            "Somebody of the group that is missing votes.",
            "group",
        )
    return Allowed()


def is_approved(votes: Sequence[CaseVote]) -> bool:
    """Whether each group has agreed and nobody refused."""
    agreed = {vote.for_group for vote in votes if vote.approves}
    return set(GROUPS) <= agreed and all(vote.approves for vote in votes)


def may_withdraw_case(case: Case, person: uuid.UUID, decides: bool) -> Verdict:
    """Whoever opened it, or an approver, until it runs."""
    if case.state not in (CaseState.OPENED, CaseState.APPROVED):
        return STALE
    if case.opened_by_person != person and not decides:
        return Denied("Whoever opened a case withdraws it, or an approver.", "", "not_yours")
    return Allowed()
