"""When a device may be worked on: the room's own night, free of meetings, freezes and holidays.

Times are judged minute by minute on the room's clock: an hour that a night has twice counts
twice, an hour that it does not have is no window. Nothing here reads a clock.
"""

from diagnostics.remediation.windows.calendars import (
    NO_CALENDAR,
    Freeze,
    TenantCalendar,
    Weekly,
)
from diagnostics.remediation.windows.clock import UnknownZone, zone_of
from diagnostics.remediation.windows.intervals import Interval
from diagnostics.remediation.windows.opening import Opening, may_now, next_window
from diagnostics.remediation.windows.rules import ANY, CLEANUP, NIGHT, RULES, UPDATES, WindowRule

__all__ = [
    "ANY",
    "CLEANUP",
    "NIGHT",
    "NO_CALENDAR",
    "RULES",
    "UPDATES",
    "Freeze",
    "Interval",
    "Opening",
    "TenantCalendar",
    "UnknownZone",
    "Weekly",
    "WindowRule",
    "may_now",
    "next_window",
    "zone_of",
]
