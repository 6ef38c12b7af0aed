"""The next window of a device, and whether now is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final, NamedTuple

from access.verdict import Allowed, Denied, Verdict
from diagnostics.remediation.windows.calendars import DAY, NO_CALENDAR, TenantCalendar, open_on
from diagnostics.remediation.windows.clock import UnknownZone, zone_of
from diagnostics.remediation.windows.intervals import Interval, joined, without
from diagnostics.remediation.windows.rules import WindowRule

# Published: an update over all rings takes at most 60 days; what finds no window by then ends.
HORIZON_DAYS: Final = 60
LONGEST: Final = DAY
ANY_LENGTH: Final = timedelta(minutes=1)


class Opening(NamedTuple):
    """The window that was found, and in words why it is that one; no interval: there is none."""

    interval: Interval | None
    reason: str


def next_window(
    zone: str,
    rule: WindowRule,
    after: datetime,
    busy: Iterable[Interval] = (),
    calendar: TenantCalendar = NO_CALENDAR,
    *,
    needs: timedelta = ANY_LENGTH,
    horizon_days: int = HORIZON_DAYS,
) -> Opening:
    """The first stretch of at least `needs` in which the work may run, cut off after a day.

    It begins at `after` at the earliest and lies in the rule's window on the room's clock, outside
    meetings, freezes and holidays. `needs` is at most a day: ValueError.
    """
    if not timedelta() < needs <= LONGEST:
        raise ValueError("Work takes a day at most.")
    meetings = joined(busy)
    frozen = joined(freeze.interval for freeze in calendar.freezes)
    first = after.astimezone(UTC)
    earlier: Interval | None = None
    try:
        for n in range(horizon_days):
            # what begins on the second day is seen whole when that day is the first
            over = datetime.combine(first.date() + (n + 1) * DAY, time(), UTC)
            for one in _runs(zone, rule, calendar, first, n):
                if one.length >= needs and earlier is None:
                    earlier = one
                for free in without([one], [*meetings, *frozen]):
                    if free.length >= needs and free.begin < over:
                        interval = Interval(free.begin, min(free.end, free.begin + LONGEST))
                        return Opening(interval, _why(zone, rule, earlier, interval, calendar))
    except UnknownZone as error:
        return Opening(None, str(error))
    return Opening(None, _why_not(rule, earlier, meetings, frozen, horizon_days, calendar))


def _runs(
    zone: str, rule: WindowRule, calendar: TenantCalendar, after: datetime, n: int
) -> list[Interval]:
    """What is open from the nth UTC day on and not before `after`, seen until the day after it.

    Two days at once, because a window may run past midnight in UTC; work takes no longer.
    """
    day = after.date() + n * DAY
    both = joined((*open_on(zone, rule, calendar, day), *open_on(zone, rule, calendar, day + DAY)))
    return [Interval(max(one.begin, after), one.end) for one in both if one.end > after]


def _shown(rule: WindowRule, calendar: TenantCalendar) -> str:
    if rule.whole_day:
        return "Any time"
    if calendar.maintenance and not rule.fixed:
        return "The customer's maintenance window"
    narrowed = ", inside the customer's maintenance windows" if calendar.maintenance else ""
    return f"{rule.title}: {rule.words} on the room's clock{narrowed}"


def _why(
    zone: str,
    rule: WindowRule,
    earlier: Interval | None,
    found: Interval,
    calendar: TenantCalendar,
) -> str:
    words = f"{_shown(rule, calendar)} ({zone})"
    if earlier is None or earlier.begin >= found.begin:
        return f"{words}."
    between = Interval(earlier.begin, found.begin)
    titles = [
        freeze.title
        for freeze in calendar.freezes
        if freeze.interval.begin < between.end and freeze.interval.end > between.begin
    ]
    held = f"freeze “{titles[0]}”" if titles else "the room is in use"
    local = earlier.begin.astimezone(zone_of(zone))
    return f"{words}; not {local:%d %b %H:%M} already: {held}."


def _why_not(
    rule: WindowRule,
    earlier: Interval | None,
    meetings: Sequence[Interval],
    frozen: Sequence[Interval],
    days: int,
    calendar: TenantCalendar,
) -> str:
    if earlier is None:
        return f"{_shown(rule, calendar)}: there is none long enough in {days} days."
    both = " and ".join(
        name for name, there in (("meetings", meetings), ("freezes", frozen)) if there
    )
    return f"{_shown(rule, calendar)}: {both} leave none long enough in {days} days."


def may_now(
    zone: str,
    rule: WindowRule,
    at: datetime,
    busy: Iterable[Interval] = (),
    calendar: TenantCalendar = NO_CALENDAR,
    *,
    needs: timedelta = ANY_LENGTH,
    urgent: bool = False,
) -> Verdict:
    """Whether work that takes `needs` may begin at that moment; asked again when it is sent.

    `urgent` is somebody's "now": it waits for no night and no holiday, but still for meetings and
    freezes, and never leaves a window that is fixed.
    """
    wanted = Interval(at, at + needs)
    for freeze in calendar.freezes:
        if freeze.interval.begin < wanted.end and freeze.interval.end > wanted.begin:
            return Denied(
                f"A freeze is in force: {freeze.title}.",
                f"It ends {freeze.interval.end:%d %b %Y %H:%M} UTC.",
                "freeze",
                stale=True,
            )
    if (rule.fixed or not urgent) and not (inside := _inside(zone, rule, wanted, calendar)):
        return inside
    for meeting in busy:
        if meeting.begin < wanted.end and meeting.end > wanted.begin:
            return Denied(
                "The room is in use, or will be before it is done.",
                f"It is free from {meeting.end.astimezone(UTC):%H:%M} UTC.",
                "device_in_meeting",
                stale=True,
            )
    return Allowed()


def _inside(zone: str, rule: WindowRule, wanted: Interval, calendar: TenantCalendar) -> Verdict:
    """Whether all of it lies in one window."""
    try:
        runs = _runs(zone, rule, calendar, wanted.begin.astimezone(UTC), 0)
    except UnknownZone as error:
        return Denied(str(error), "Correct the site's time zone.", "zone_unknown")
    if any(one.begin <= wanted.begin and wanted.end <= one.end for one in runs):
        return Allowed()
    return Denied(
        f"Now is not in the window. {_shown(rule, calendar)} ({zone}).",
        "It runs in the next window by itself.",
        "outside_window",
        stale=True,
    )
