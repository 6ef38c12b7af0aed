"""Whether a remediation may be ordered, decided on, stopped or tried again. Facts in, verdict out.

The guardrails of diagnostics.remediation judge; here they are put side by side, so that a page can
show each one and an act can ask the same ones.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import models

from access.rules import says_something
from access.verdict import Allowed, Denied, Verdict
from diagnostics.models import Remediation, RemediationVote
from diagnostics.remediation.catalogue import PUBLIC, Action, ActionCode, KnownReleases
from diagnostics.remediation.catalogue.parameters import Parameters
from diagnostics.remediation.catalogue.preconditions import NO_REPORT, holds
from diagnostics.remediation.device import DeviceNow
from diagnostics.remediation.guardrails import (
    Counts,
    OpenOperation,
    Stop,
    may_repeat,
    none_open,
    not_stopped,
    within_caps,
)
from diagnostics.remediation.guardrails.gates import is_in_service, runs_on
from diagnostics.remediation.states import Act, ItemState, Mover, may_act
from diagnostics.remediation.tenant_rules import TenantRules
from diagnostics.remediation.windows import Interval, may_now, next_window
from diagnostics.remediation.windows.opening import Opening

# Ours: what one person can look through line by line. More devices are a wave.
MOST_DEVICES: Final = 10
REASON_MOST: Final = 300
# Ours: "now" waits so long for the room to be free; what is wanted later has a window.
NOW_LASTS: Final = timedelta(hours=4)
# The most that the database lets an approval outlast its window, for the one retry after it.
APPROVAL_OUTLASTS: Final = timedelta(days=2)


class When(models.TextChoices):
    """When it is to run, and what covers it then."""

    NOW = "now", "Now"
    WINDOW = "window", "In the next window, under my grant"
    APPROVAL = "approval", "In the next window, with an approval"


@dataclass(frozen=True)
class Target:
    """One device to work on: what is known of it at this moment, and what was sent to it."""

    device_id: uuid.UUID
    room_id: uuid.UUID
    now: DeviceNow
    counts: Counts
    open_operations: tuple[OpenOperation, ...] = ()
    ran_at: Mapping[ActionCode, tuple[datetime, ...]] = field(default_factory=dict)
    busy: tuple[Interval, ...] = ()


@dataclass(frozen=True)
class Check:
    """One line of a preview. What only has to wait does not stand in the way of ordering."""

    name: str
    verdict: Verdict
    waits: bool = False

    @property
    def stops(self) -> Denied | None:
        """The denial that stands in the way of ordering, if there is one."""
        return self.verdict if isinstance(self.verdict, Denied) and not self.waits else None


@dataclass(frozen=True)
class Moment:
    """What is the same for all targets of an order: the time, the customer's rules, the stops."""

    at: datetime
    rules: TenantRules
    stops: tuple[Stop, ...] = ()
    releases: KnownReleases = PUBLIC


def checks_of(
    target: Target, action: Action, told: Parameters | None, when: When, moment: Moment
) -> list[Check]:
    """Everything that is asked before this may be ordered, in the order in which it is shown.

    Without parameters what depends on them is left out. The same is asked again at sending.
    """
    device = target.now
    checks = [
        Check(
            "No emergency stop is in force",
            not_stopped(moment.stops, device.tenant, str(action.code)),
        ),
        Check("The device is monitored and reports", is_in_service(device)),
        Check(f"It exists on {device.platform.label}", runs_on(action, device)),
    ]
    if device.report is None:
        checks += [Check("The device has reported", NO_REPORT)] if action.preconditions else []
    elif told is not None:
        checks += [
            Check(str(need.label), holds(need, device, told, moment.releases))
            for need in action.preconditions
        ]
    kind = str(action.kind.label)
    return [
        *checks,
        Check(
            f"Nothing else of the kind {kind} is open", none_open(action, target.open_operations)
        ),
        Check(
            "It has not run too often",
            may_repeat(action, target.ran_at.get(action.code, ()), moment.at),
        ),
        Check("The limits leave room", within_caps(target.counts, moment.rules.limits), waits=True),
        _time_check(target, action, when, moment),
    ]


def _time_check(target: Target, action: Action, when: When, moment: Moment) -> Check:
    """Whether the room is free now, for what is wanted now; else whether there is a window."""
    if when == When.NOW:
        return Check("The room is free now", free_now(target, action, moment))
    opening = opening_of(target, action, moment)
    found: Verdict = (
        Allowed()
        if opening.interval
        else Denied(opening.reason, "Ask the customer for a window.", "no_window")
    )
    return Check("There is a window", found)


def free_now(target: Target, action: Action, moment: Moment) -> Verdict:
    """Whether it may begin at once: nobody meets, no freeze, and inside a window that is fixed."""
    device = target.now
    if action.interrupts and device.in_use is not False:
        known = device.in_use is not None
        return Denied(
            "The room is in use." if known else "Nobody can tell whether the room is in use.",
            "Choose its next window.",
            "device_in_meeting",
        )
    busy = target.busy if action.interrupts else ()
    verdict = may_now(
        device.zone,
        action.window,
        moment.at,
        busy,
        moment.rules.calendar,
        needs=action.needs,
        urgent=True,
    )
    if isinstance(verdict, Denied):
        # Here it is an answer to a form, to be mended there, and not a page that has changed.
        return Denied(verdict.reason, "Choose its next window.", verdict.code)
    return verdict


def opening_of(target: Target, action: Action, moment: Moment) -> Opening:
    """The room's next window for it, and why it is that one."""
    return next_window(
        target.now.zone,
        action.window,
        moment.at,
        target.busy if action.interrupts else (),
        moment.rules.calendar,
        needs=action.needs,
    )


def window_of(target: Target, action: Action, when: When, moment: Moment) -> Interval | None:
    """From when until when an order made now may run; None where there is no window."""
    if when == When.NOW:
        return Interval(moment.at, moment.at + NOW_LASTS)
    return opening_of(target, action, moment).interval


def may_give_reason(reason: str) -> Verdict:
    """An order says why, in words and not in a novel."""
    if not says_something(reason):
        return Denied("No reason is given.", "Say what it is to mend.", "reason")
    if len(reason) > REASON_MOST:
        return Denied("The reason is too long.", f"Use {REASON_MOST} characters.", "reason")
    return Allowed()


def may_order_on(number: int) -> Verdict:
    """One order is for a handful of devices."""
    if 1 <= number <= MOST_DEVICES:
        return Allowed()
    if not number:
        return Denied("No device is chosen.", "Choose at least one.", "devices")
    return Denied(
        f"{number} devices are too many for one order.",
        f"Choose at most {MOST_DEVICES}, or plan a wave.",
        "devices",
    )


def mover_of(item: Remediation, person: uuid.UUID, decides: bool) -> Mover | None:
    """As whom somebody acts on an item; None: as nobody. Whoever ordered it approves nothing."""
    if item.requested_by_person == person:
        return Mover.REQUESTER
    return Mover.APPROVER if decides else None


def may_do(act: Act, item: Remediation, person: uuid.UUID, decides: bool) -> Verdict:
    """Whether this person may do that to the item as it stands."""
    mover = mover_of(item, person, decides)
    if mover is None:
        return Denied(
            f"“{act.label}” is for whoever ordered it, or an approver of the tenant.",
            "",
            "not_yours",
        )
    if item.wave_id is not None and act in (Act.APPROVE, Act.REFUSE, Act.RETRY):
        return Denied("It is part of a wave.", "Decide on the wave.", "wave")
    return may_act(act, ItemState(item.state), mover)


def may_vote(
    item: Remediation,
    votes: Iterable[RemediationVote],
    person: uuid.UUID,
    decides: bool,
    at: datetime,
) -> Verdict:
    """Another approver decides, once, while its window is not over."""
    if not decides:
        return Denied("Approvers of the tenant decide on it.", "", "not_decider")
    if item.requested_by_person == person:
        return Denied("You ordered this.", "Another approver decides.", "own")
    verdict = may_do(Act.APPROVE, item, person, decides)
    if not verdict:
        return verdict
    if any(vote.voter_person == person for vote in votes):
        return Denied("You have voted on it.", "", "voted")
    if at >= item.window_ends_at:
        return Denied("Its window is over.", "It is to be ordered anew.", "window", stale=True)
    return Allowed()


def acts_open(item: Remediation, person: uuid.UUID, decides: bool) -> Sequence[Act]:
    """What this person may do to it now, in the order of the buttons."""
    return [act for act in Act if may_do(act, item, person, decides)]
