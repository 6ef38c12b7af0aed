"""How much and how often: one open operation of a kind, caps, votes and repeats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from access.scopes import SCOPES
from access.verdict import Allowed, Denied, Verdict
from diagnostics.remediation.catalogue.action import Action, OperationKind
from diagnostics.remediation.guardrails.limits import Limits

VOTES_FOR_MANY: Final = 2


@dataclass(frozen=True)
class OpenOperation:
    """An item that has not ended on a device, or an operation that another channel reports."""

    kind: OperationKind
    reference: str
    title: str


def none_open(action: Action, open_on_device: Iterable[OpenOperation]) -> Verdict:
    """A device has one open operation of a kind. The denial is 409 and names the other one."""
    for other in open_on_device:
        if other.kind == action.kind:
            return Denied(
                f"{other.reference} is open on this device: {other.title}.",
                f"Wait until it has ended, or cancel {other.reference}.",
                "open_operation",
                stale=True,
            )
    return Allowed()


@dataclass(frozen=True)
class Counts:
    """What was sent already: to the device and room, and to everybody of its tenant and region.

    Counted over the last 24 hours or the last hour, the one to be sent not included.
    """

    device_day: int
    room_hour: int
    tenant_hour: int
    region_hour: int


def within_caps(counts: Counts, limits: Limits) -> Verdict:
    """Whether one more may be sent now. The first cap that is reached is named."""
    for sent, most, what, code in (
        (counts.device_day, limits.device_per_day, "on this device in 24 hours", "cap_device"),
        (counts.room_hour, limits.room_per_hour, "in this room in an hour", "cap_room"),
        (counts.tenant_hour, limits.tenant_per_hour, "in this tenant in an hour", "cap_tenant"),
        (counts.region_hour, limits.region_per_hour, "in this region in an hour", "cap_region"),
    ):
        if sent >= most:
            return Denied(
                f"At most {most:,} actions {what}.", "It goes on by itself later.", code, stale=True
            )
    return Allowed()


def votes_needed(action: Action, devices: int, limits: Limits) -> int:
    """How many distinct people must agree: those of the scope, and two for many devices."""
    needed = SCOPES[action.scope].votes
    return max(needed, VOTES_FOR_MANY) if devices > limits.devices_with_one_vote else needed


def enough_votes(action: Action, devices: int, votes: int, limits: Limits) -> Verdict:
    """Whether so many distinct votes release the action on so many devices."""
    missing = votes_needed(action, devices, limits) - votes
    if missing <= 0:
        return Allowed()
    many = devices > limits.devices_with_one_vote
    return Denied(
        f"{devices:,} devices need two votes." if many else "A vote is missing.",
        f"{missing} more {'person' if missing == 1 else 'people'} must agree.",
        "votes",
    )


def may_repeat(action: Action, ran_at: Iterable[datetime], at: datetime) -> Verdict:
    """Whether the action may run once more on a device where it was sent at those times.

    What was sent counts, whatever came of it: an answer that was lost may have run.
    """
    limit = action.repeat
    recent = sorted(moment for moment in ran_at if at - moment < limit.within)
    if len(recent) < limit.times:
        return Allowed()
    free_at = recent[-limit.times] + limit.within
    days = limit.within.days
    each = "a day" if days == 1 else f"{days} days"
    times = "once" if limit.times == 1 else f"{limit.times} times"
    return Denied(
        f"{action.title}: at most {times} in {each} on one device.",
        f"Possible again from {free_at:%d %b %Y %H:%M} UTC.",
        "repeat",
    )
