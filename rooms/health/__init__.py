"""From what rooms say to how they are: pure, with no database and no clock.

`life` follows one signal, `room` weighs a room's signals, `day` counts its bad minutes. `records`
does all of it from event records; its names stand here too until nothing loads records any more.
"""

from rooms.health.records import (
    FINE,
    SIGNAL_OF,
    SILENT,
    WHY,
    Course,
    Finding,
    Key,
    Spell,
    Told,
    Verdict,
    deciding_spells,
    find,
    follow,
    judge,
    told_by,
)

__all__ = [
    "FINE",
    "SIGNAL_OF",
    "SILENT",
    "WHY",
    "Course",
    "Finding",
    "Key",
    "Spell",
    "Told",
    "Verdict",
    "deciding_spells",
    "find",
    "follow",
    "judge",
    "told_by",
]
