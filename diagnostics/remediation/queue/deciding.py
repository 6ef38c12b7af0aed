"""What becomes of one item whose turn has come, before it is sent: pure, from facts in hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from access.verdict import Denied
from diagnostics.models import CoveredBy, Remediation
from diagnostics.remediation.catalogue import (
    Action,
    BadParameters,
    UnknownAction,
    action_of,
)
from diagnostics.remediation.catalogue.parameters import Parameters
from diagnostics.remediation.guardrails import Approved, not_stopped
from diagnostics.remediation.queue.facts import Facts, Rights, ordered_of, parameters_of
from diagnostics.remediation.queue.moves import WaveNow, refused
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.sending import SEND, Step, before_sending
from diagnostics.remediation.states import ItemState, WaveState
from diagnostics.remediation.windows import Interval, next_window
from rooms.drain.moving import minute

# How long an item waits for what may never come.
GRANT_WAITS: Final = timedelta(days=7)
PATIENCE: Final = timedelta(days=60)  # published for an update over all rings
# In catalogue minutes, when it is looked at again; whatever is not named: after one.
LOOK_AGAIN: Final[dict[Reason, float]] = {
    Reason.PENDING_CONNECTION: 2,
    Reason.CAP_REACHED: 5,
    Reason.GRANT_ENDED: 0.5,
    Reason.EMERGENCY_STOP: 0.5,
    Reason.WAVE_PAUSED: 0.5,
}
AT_WORK: Final = frozenset({ItemState.DISPATCHED, ItemState.ACKNOWLEDGED, ItemState.RUNNING})
GOING: Final = frozenset({WaveState.RUNNING, WaveState.ROLLING_BACK})
OVER: Final = frozenset({WaveState.STOPPED, WaveState.CANCELLED, WaveState.DONE})
NO_POLICY: Final = "The policy is not in force any more."


class Decision(NamedTuple):
    """Where it goes, when it is looked at again, and the window it then has.

    `send` is set when it may leave now, with its action and parameters.
    """

    step: Step
    next_at: datetime
    window: Interval | None = None
    send: tuple[Action, Parameters] | None = None


def decide(item: Remediation, facts: Facts, rights: Rights, wave: WaveNow | None) -> Decision:
    """The item's next step. An item is asked about in the order in which it was taken."""
    at, state = facts.at, ItemState(item.state)
    if state is ItemState.PROPOSED:
        if at < item.window_ends_at:
            return Decision(Step(state, Reason(item.reason_code)), item.window_ends_at)
        late = "Nobody decided before its window was over."
        return Decision(Step(ItemState.EXPIRED, Reason.NOT_DECIDED, late), at)
    try:
        action = action_of(item.action)
        told = parameters_of(item, action)
    except UnknownAction as unknown:
        return Decision(refused(Reason.UNKNOWN_ACTION, str(unknown)), at)
    except BadParameters as bad:
        return Decision(refused(Reason.BAD_PARAMETERS, str(bad)), at)
    held = _held_by_wave(state, wave)
    if held is not None:
        return _until_later(held, at)
    if state is ItemState.APPROVED:
        return _schedule(item, action, facts, wave)
    if state is ItemState.PAUSED:
        return _resume(item, facts)
    if state is ItemState.WAITING_FOR_GRANT:
        return _with_new_grant(item, facts, rights)
    return _send_or_wait(item, action, told, facts, rights, wave)


def _until_later(step: Step, at: datetime) -> Decision:
    return Decision(step, at + LOOK_AGAIN.get(step.reason, 1) * minute())


def _held_by_wave(state: ItemState, wave: WaveNow | None) -> Step | None:
    """What the item's wave makes of it; None: nothing stands in the way."""
    if wave is None or wave.state in GOING:
        return None
    if wave.state in OVER:
        return Step(ItemState.CANCELLED, Reason.WAVE_STOPPED, f"{wave.reference} was stopped.")
    if state in (ItemState.SCHEDULED, ItemState.WAITING_FOR_GRANT, ItemState.PAUSED):
        return Step(ItemState.PAUSED, Reason.WAVE_PAUSED, f"{wave.reference} does not run.")
    return Step(state, Reason.AGREED)


def _keeps_window(item: Remediation) -> bool:
    """Whether the window itself was agreed on: another one would be another order."""
    return item.covered_by == CoveredBy.APPROVAL and item.wave_id is None


def _schedule(item: Remediation, action: Action, facts: Facts, wave: WaveNow | None) -> Decision:
    """Find the window that it goes in; an urgent one goes as soon as the room is free."""
    at = facts.at
    waits = Step(ItemState.SCHEDULED, Reason.SCHEDULED)
    if _keeps_window(item):
        if at >= item.window_ends_at:
            over = "Its window was over before it could be sent."
            return Decision(Step(ItemState.EXPIRED, Reason.NO_WINDOW, over), at)
        return Decision(waits, max(at, item.window_begins_at))
    if item.urgent:
        now = waits._replace(sentence="As soon as the room is free.")
        return Decision(now, at, Interval(at, at + timedelta(days=1)))
    return _in_window(item, action, facts, waits, max(at, item.window_begins_at))


def _in_window(
    item: Remediation, action: Action, facts: Facts, step: Step, after: datetime
) -> Decision:
    """In the next window after that, or expired when there is none in time."""
    opening = next_window(
        item.zone,
        action.window,
        after,
        calendar=facts.rules_for(item.tenant_id).calendar,
        needs=action.needs,
    )
    if opening.interval is None:
        return Decision(Step(ItemState.EXPIRED, Reason.NO_WINDOW, opening.reason), facts.at)
    words = step.sentence or opening.reason
    return Decision(step._replace(sentence=words), opening.interval.begin, opening.interval)


def _resume(item: Remediation, facts: Facts) -> Decision:
    """It was paused by a stop or a wave that may be over; a person's pause is a person's to end."""
    stopped = not_stopped(facts.stops, item.tenant_reference, item.action)
    if isinstance(stopped, Denied):
        return _until_later(Step(ItemState.PAUSED, Reason.EMERGENCY_STOP, stopped.reason), facts.at)
    return Decision(Step(ItemState.SCHEDULED, Reason.SCHEDULED, "What held it is over."), facts.at)


def _with_new_grant(item: Remediation, facts: Facts, rights: Rights) -> Decision:
    if rights.covered or (item.covered_by == CoveredBy.GRANT and rights.grant_lives):
        again = Step(ItemState.SCHEDULED, Reason.SCHEDULED, "A new grant covers it.")
        return Decision(again, facts.at)
    if facts.at - item.state_at >= GRANT_WAITS:
        late = f"No new grant came in {GRANT_WAITS.days} days."
        return Decision(Step(ItemState.EXPIRED, Reason.NO_GRANT, late), facts.at)
    return _until_later(Step(ItemState.WAITING_FOR_GRANT, Reason.GRANT_ENDED), facts.at)


def _send_or_wait(
    item: Remediation,
    action: Action,
    told: Parameters,
    facts: Facts,
    rights: Rights,
    wave: WaveNow | None,
) -> Decision:
    """Ask everything once more; "yes" is worth nothing unless the database says so too."""
    at = facts.at
    try:
        approved = _approval(item, told, wave)
    except LookupError as not_this:
        return Decision(refused(Reason.NOT_COVERED, str(not_this)), at)
    by_policy = item.covered_by == CoveredBy.POLICY
    lives = rights.covered if by_policy else rights.grant_lives
    moment = facts.moment(item, action, told, grant_lives=lives, approved=approved)
    step = before_sending(moment)
    if by_policy and step.state is ItemState.WAITING_FOR_GRANT:
        return Decision(refused(Reason.NOT_COVERED, NO_POLICY), at)
    if step is SEND:
        if not rights.covered:
            words = "What was agreed on does not cover sending it."
            return Decision(refused(Reason.NOT_COVERED, words), at)
        other = _at_work(item, facts)
        if other is None:
            return Decision(step, at, send=(action, told))
        step = Step(ItemState.SCHEDULED, Reason.OTHER_OPERATION, other)
    if step.state is not ItemState.SCHEDULED:
        return _until_later(step, at)
    return _wait(item, action, facts, step)


def _wait(item: Remediation, action: Action, facts: Facts, step: Step) -> Decision:
    """Later: in its next window, or when what stood in the way may be gone."""
    if facts.at - item.requested_at >= PATIENCE:
        return Decision(Step(ItemState.EXPIRED, Reason.NO_WINDOW, step.sentence), facts.at)
    if step.reason is not Reason.SCHEDULED:
        return _until_later(step, facts.at)
    if _keeps_window(item):
        soon = facts.at + minute()
        return Decision(step, max(soon, item.window_begins_at))
    return _in_window(item, action, facts, step, facts.at + timedelta(seconds=1))


def _approval(item: Remediation, told: Parameters, wave: WaveNow | None) -> Approved | None:
    """The approval that covers it, if that is what does. Raises LookupError when it is not this.

    A second attempt has a window of its own; all else is kept by the database as it was agreed on.
    """
    if item.covered_by != CoveredBy.APPROVAL:
        return None
    ordered = ordered_of(item, told)
    ends_at = wave.approval_ends_at if wave else item.approval_ends_at
    if ends_at is None:
        raise LookupError("Nobody has agreed to it.")
    if wave is None and (
        item.approved_digest != item.digest
        or (item.attempt == 1 and ordered.digest != item.approved_digest)
    ):
        raise LookupError("It is not what was agreed on.")
    return Approved(ordered, ends_at)


def _at_work(item: Remediation, facts: Facts) -> str | None:
    """Another operation that the device may be at: of any kind, for none bears a restart."""
    for one in facts.open_beside(item):
        if one.state in AT_WORK:
            return f"{one.operation.reference} is under way: {one.operation.title}."
    return None
