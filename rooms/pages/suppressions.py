"""The suppressions of a room as lines: those that last, and the latest of those that ended.

The context of these pages names one room, so the table holds that room's rows only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from rooms.models import Suppression
from rooms.pages.looks import signal_title

LATEST: Final = 20


def suppression_lines(now: datetime) -> list[dict[str, Any]]:
    """Newest first, each with whether it lasts."""
    return [
        {
            "one": one,
            "what": signal_title(one.code) if one.code else "Every signal of the room",
            "lasts": one.ended_at is None and now < one.ends_at,
        }
        for one in Suppression.objects.order_by("-begins_at", "-id")[:LATEST]
    ]
