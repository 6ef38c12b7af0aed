"""Whether a collection may be ordered or withdrawn. Pure: facts in, verdict out."""

from __future__ import annotations

from collections.abc import Collection as Many
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from access.purposes import JUSTIFIES, Purpose
from access.rules import says_something
from access.scopes import Category
from access.verdict import Allowed, Denied, Verdict, first_denial
from diagnostics.kinds import CHANNELS, PartKind
from diagnostics.states import CollectionState, Mover, may_move_collection
from rooms.states import DeviceState

# Ours: long enough for a fault that comes once a week, short enough to be read.
LONGEST_WINDOW: Final = timedelta(days=7)
# Ours: what one person can look through; more devices are a wave of the remediation queue.
MOST_DEVICES: Final = 20
REASON_MOST: Final = 300


@dataclass(frozen=True, order=True)
class Part:
    """One thing to collect; the channel is of an event log only."""

    kind: str
    channel: str = ""


def may_collect(
    *,
    purpose: str,
    reason: str,
    parts: Many[Part],
    begins_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> Verdict:
    """Whether this may be ordered at all, from whatever device."""
    return first_denial(
        _justified(purpose),
        _reasoned(reason),
        _known(parts),
        _window(begins_at, ends_at, now),
    )


def may_collect_from(state: str, open_collection: str = "") -> Verdict:
    """Whether a device can be asked now: it is monitored, and nothing is being collected."""
    if state != DeviceState.MONITORED:
        return Denied(
            "The device is not monitored, so nothing is collected from it.",
            "Enroll it first.",
            "not_monitored",
        )
    if open_collection:
        return Denied(
            f"{open_collection} is still under way on this device.",
            "Wait for it, or withdraw it.",
            "under_way",
            stale=True,
        )
    return Allowed()


def may_withdraw(state: str) -> Verdict:
    """An order can be taken back until the bundle is there."""
    if may_move_collection(state, CollectionState.EXPIRED, Mover.OPERATOR):
        return Allowed()
    label = CollectionState(state).label.lower() if state in CollectionState.values else state
    return Denied(f"The collection is already {label}.", "", "state", stale=True)


def _justified(purpose: str) -> Verdict:
    known = purpose in Purpose.values
    if known and Category.AD_HOC in JUSTIFIES[Purpose(purpose)]:
        return Allowed()
    names = [one.label for one in Purpose if Category.AD_HOC in JUSTIFIES[one]]
    return Denied(
        "The purpose of this grant is no reason to collect diagnostic data.",
        f"Ask again under “{names[0]}”.",
        "purpose",
    )


def _reasoned(reason: str) -> Verdict:
    if not says_something(reason):
        return Denied("No reason is given.", "Say what you look for.", "reason")
    if len(reason) > REASON_MOST:
        return Denied("The reason is too long.", f"Use {REASON_MOST} characters.", "reason")
    return Allowed()


def _known(parts: Many[Part]) -> Verdict:
    if not parts:
        return Denied("Nothing is chosen.", "Choose at least one thing to collect.", "empty")
    for part in parts:
        if part.kind not in PartKind.values:
            return Denied("That cannot be collected.", "Choose from the list.", "kind")
        if (part.kind == PartKind.EVENT_LOG) != (part.channel in CHANNELS):
            return Denied("That event log cannot be collected.", "Choose from the list.", "channel")
    return Allowed()


def _window(begins_at: datetime, ends_at: datetime, now: datetime) -> Verdict:
    if begins_at >= ends_at:
        return Denied("The window ends before it begins.", "Turn the times round.", "window")
    if begins_at > now:
        return Denied("The window has not begun yet.", "Choose a time in the past.", "window")
    if ends_at - begins_at > LONGEST_WINDOW:
        return Denied("The window is too long.", "Choose at most 7 days.", "window")
    return Allowed()
