"""Who may draft, decide, start and stop a wave, at that moment. The database judges again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from access.rules import says_something
from access.verdict import Allowed, Denied, Verdict
from diagnostics.models import RemediationVote, Wave, WaveRing
from diagnostics.remediation.catalogue import ACTIONS, ActionCode
from diagnostics.remediation.catalogue.parameters import ToVersion
from diagnostics.remediation.guardrails import Stop, not_stopped
from diagnostics.remediation.states import Act, Mover, WaveState, may_act

# What a wave can be of: the same parameters fit many devices. A port hangs on one device, and
# logs are ordered as collections.
IN_WAVES: Final = frozenset(ActionCode) - {ActionCode.RESET_USB, ActionCode.COLLECT_LOG}
REASON_MOST: Final = 300
TITLE_MOST: Final = 120
# What needs a word of why; starting and going on speak for themselves.
WITH_REASON: Final = frozenset({Act.PAUSE, Act.STOP, Act.CANCEL, Act.ROLL_BACK})
# How long after the last device of the plan an approval still covers a retry, and the roll-back.
AFTER_THE_PLAN: Final = timedelta(days=2)
ROLL_BACK_LASTS: Final = timedelta(days=14)


def mover_of(wave: Wave, person: uuid.UUID, decides: bool) -> Mover | None:
    """As whom somebody acts on a wave; None: as nobody. Whoever ordered it decides nothing."""
    if wave.requested_by_person == person:
        return Mover.REQUESTER
    return Mover.APPROVER if decides else None


def may_do(act: Act, wave: Wave, person: uuid.UUID, decides: bool) -> Verdict:
    """Whether this person may do that to the wave as it stands."""
    mover = mover_of(wave, person, decides)
    if mover is None:
        return Denied(
            f"“{act.label}” is for whoever ordered the wave, or an approver of the tenant.",
            "Ask one of them.",
            "not_yours",
        )
    if act == Act.ROLL_BACK and not goes_back(wave):
        return Denied("What this wave does has no way back.", "Mend it by hand.", "no_way_back")
    return may_act(act, WaveState(wave.state), mover)


def goes_back(wave: Wave) -> bool:
    """Whether its devices can be given back what they ran: an update can, nothing else."""
    return issubclass(ACTIONS[ActionCode(wave.action)].parameters, ToVersion)


def may_start(wave: Wave, person: uuid.UUID, decides: bool, stops: Iterable[Stop]) -> Verdict:
    """Whether it may go on now: a stop that is in force holds it."""
    act = Act.START if wave.state == WaveState.APPROVED else Act.RESUME
    verdict = may_do(act, wave, person, decides)
    if not verdict:
        return verdict
    return not_stopped(stops, wave.tenant_reference, wave.action)


def may_vote(
    wave: Wave, votes: Iterable[RemediationVote], person: uuid.UUID, decides: bool
) -> Verdict:
    """Another approver of the tenant votes, once, on a plan that waits."""
    if not decides:
        return Denied("Approvers of the tenant decide on a wave.", "", "not_decider")
    if wave.requested_by_person == person:
        return Denied("You ordered this wave.", "Another approver decides.", "own")
    verdict = may_do(Act.APPROVE, wave, person, decides)
    if not verdict:
        return verdict
    if any(vote.voter_person == person and vote.digest == wave.digest for vote in votes):
        return Denied("You have voted on this plan.", "Somebody else votes next.", "voted")
    return Allowed()


def agreed(wave: Wave, votes: Iterable[RemediationVote]) -> int | None:
    """How many distinct people agreed to exactly this plan; None after a no."""
    counted = [
        vote
        for vote in votes
        if vote.digest == wave.digest and vote.voter_person != wave.requested_by_person
    ]
    if any(not vote.approves for vote in counted):
        return None
    return len({vote.voter_person for vote in counted})


def approval_ends(rings: Sequence[WaveRing], at: datetime) -> datetime:
    """Until when votes cover a plan: what it takes, and the retries after it."""
    return max([at, *(ring.judged_from for ring in rings)]) + AFTER_THE_PLAN


def may_give_reason(act: Act, reason: str) -> Verdict:
    """A stop, a pause and what undoes something say why."""
    if len(reason) > REASON_MOST:
        return Denied("The reason is too long.", f"Use {REASON_MOST} characters.", "reason")
    if act in WITH_REASON and not says_something(reason):
        return Denied("No reason is given.", "A few words are enough.", "reason")
    return Allowed()


def acts_open(wave: Wave, person: uuid.UUID, decides: bool) -> list[Act]:
    """What this person may do to it now, in the order of the buttons; voting has its own form."""
    return [act for act in Act if act != Act.APPROVE and may_do(act, wave, person, decides)]
