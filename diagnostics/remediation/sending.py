"""The moment of sending: every guardrail asked once more, and what becomes of the item if one
says no.

Pure. The caller holds the item's row and the counters, reads the facts, asks, and does as it is
told in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from access.verdict import Denied, Verdict
from diagnostics.remediation.catalogue.action import Action
from diagnostics.remediation.catalogue.parameters import Parameters
from diagnostics.remediation.catalogue.releases import PUBLIC, KnownReleases
from diagnostics.remediation.device import DeviceNow
from diagnostics.remediation.guardrails.approval import Approved, Ordered, covers
from diagnostics.remediation.guardrails.gates import may_send
from diagnostics.remediation.guardrails.limits import Limits
from diagnostics.remediation.guardrails.pace import (
    Counts,
    OpenOperation,
    may_repeat,
    none_open,
    within_caps,
)
from diagnostics.remediation.guardrails.stops import Stop, not_stopped
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.states import ItemState
from diagnostics.remediation.windows.calendars import NO_CALENDAR, TenantCalendar
from diagnostics.remediation.windows.intervals import Interval
from diagnostics.remediation.windows.opening import may_now


class Step(NamedTuple):
    """Where the item goes, why, and in words what stood in the way (empty: nothing)."""

    state: ItemState
    reason: Reason
    sentence: str = ""
    remedy: str = ""


SEND: Final = Step(ItemState.DISPATCHED, Reason.IN_PROGRESS)

_WAITS: Final = ItemState.SCHEDULED
_NO: Final = ItemState.REFUSED
# What becomes of a scheduled item, by the code of the first denial. What passes by itself waits;
# what does not is refused, and a person orders it anew.
OUTCOMES: Final[dict[str, tuple[ItemState, Reason]]] = {
    "stopped": (ItemState.PAUSED, Reason.EMERGENCY_STOP),
    "no_grant": (ItemState.WAITING_FOR_GRANT, Reason.GRANT_ENDED),
    "approval_ended": (ItemState.WAITING_FOR_GRANT, Reason.GRANT_ENDED),
    "window_over": (ItemState.EXPIRED, Reason.NO_WINDOW),
    "device_in_meeting": (_WAITS, Reason.DEVICE_IN_MEETING),
    "device_unmonitored": (_WAITS, Reason.PENDING_CONNECTION),
    "no_report": (_WAITS, Reason.PENDING_CONNECTION),
    "outside_window": (_WAITS, Reason.SCHEDULED),
    "freeze": (_WAITS, Reason.SCHEDULED),
    "open_operation": (_WAITS, Reason.OTHER_OPERATION),
    "cap_device": (_WAITS, Reason.CAP_REACHED),
    "cap_room": (_WAITS, Reason.CAP_REACHED),
    "cap_tenant": (_WAITS, Reason.CAP_REACHED),
    "cap_region": (_WAITS, Reason.CAP_REACHED),
    "device_left": (_NO, Reason.DEVICE_LEFT),
    "device_onboarding": (_NO, Reason.DEVICE_ONBOARDING),
    "tenant_changed": (_NO, Reason.TENANT_CHANGED),
    "room_changed": (_NO, Reason.ROOM_CHANGED),
    "other_tenant": (_NO, Reason.NOT_COVERED),
    "other_room": (_NO, Reason.NOT_COVERED),
    "other_device": (_NO, Reason.NOT_COVERED),
    "other_action": (_NO, Reason.NOT_COVERED),
    "other_parameters": (_NO, Reason.NOT_COVERED),
    "other_window": (_NO, Reason.NOT_COVERED),
    "version_unknown": (_NO, Reason.VERSION_UNKNOWN),
    "parameters": (_NO, Reason.BAD_PARAMETERS),
    "platform": (_NO, Reason.PRECONDITION),
    "usb_place_unknown": (_NO, Reason.PRECONDITION),
    "usb_not_listed": (_NO, Reason.PRECONDITION),
    "nothing_to_do": (_NO, Reason.PRECONDITION),
    "nothing_to_update": (_NO, Reason.PRECONDITION),
    "model_not_connected": (_NO, Reason.PRECONDITION),
    "updates_blocked": (_NO, Reason.PRECONDITION),
    "no_space": (_NO, Reason.PRECONDITION),
    "untold": (_NO, Reason.PRECONDITION),
    "repeat": (_NO, Reason.GUARDRAIL),
    "votes": (_NO, Reason.GUARDRAIL),
    "zone_unknown": (_NO, Reason.GUARDRAIL),
}

NO_GRANT: Final = Denied(
    "The grant under which it was ordered has ended.", "A new grant sends it on.", "no_grant"
)
WINDOW_OVER: Final = Denied("The approved window is over.", "Order it anew.", "window_over")


@dataclass(frozen=True)
class Moment:
    """Everything that is asked about an item when its turn has come.

    `device` is None when the device is not there any more. `grant_lives` is asked of the database
    in the same transaction; `approved` is the exact approval of a scheduled item, which needs no
    grant. `ran_at` is when this action was sent to the device lately.
    """

    ordered: Ordered
    action: Action
    told: Parameters
    device: DeviceNow | None
    at: datetime
    counts: Counts
    limits: Limits
    grant_lives: bool
    approved: Approved | None = None
    urgent: bool = False
    open_on_device: tuple[OpenOperation, ...] = ()
    ran_at: tuple[datetime, ...] = ()
    busy: tuple[Interval, ...] = ()
    stops: tuple[Stop, ...] = ()
    calendar: TenantCalendar = NO_CALENDAR
    releases: KnownReleases = field(default=PUBLIC, repr=False)


def before_sending(moment: Moment) -> Step:
    """SEND, or where the item goes instead. The gravest denial decides, and it alone is told."""
    for verdict in _questions(moment):
        if isinstance(verdict, Denied):
            state, reason = OUTCOMES[verdict.code]
            return Step(state, reason, verdict.reason, verdict.remedy)
    return SEND


def _questions(moment: Moment) -> Iterable[Verdict]:
    """In this order: stops, the right to do it, the device itself, limits, and last the time."""
    ordered, action = moment.ordered, moment.action
    yield not_stopped(moment.stops, ordered.tenant, ordered.action)
    if moment.approved is not None:
        if moment.at >= moment.approved.what.window.end:
            yield WINDOW_OVER
        yield covers(moment.approved, ordered, moment.at)
    elif not moment.grant_lives:
        yield NO_GRANT
    yield may_send(ordered, action, moment.told, moment.device, moment.releases)
    yield may_repeat(action, moment.ran_at, moment.at)
    yield none_open(action, moment.open_on_device)
    yield within_caps(moment.counts, moment.limits)
    if moment.device is not None:
        yield may_now(
            moment.device.zone,
            action.window,
            moment.at,
            moment.busy if action.interrupts else (),
            moment.calendar,
            needs=action.needs,
            urgent=moment.urgent,
        )
