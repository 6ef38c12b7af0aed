"""Health signals: the catalogue, the functions that read them from a report, and their limits.

Microsoft's page "Health signals" of 2025-03-25, restated, and a few signals of our own. Pure: no
database and no clock. `read.read_all` reads a whole report.
"""

from rooms.signals.catalogue import (
    ANDROID,
    OURS,
    SIGNALS,
    WINDOWS,
    DeviceType,
    Signal,
    SignalCategory,
    Watch,
)

__all__ = [
    "ANDROID",
    "OURS",
    "SIGNALS",
    "WINDOWS",
    "DeviceType",
    "Signal",
    "SignalCategory",
    "Watch",
]
