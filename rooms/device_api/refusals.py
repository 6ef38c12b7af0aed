"""Count what was refused, by code and hour. What was refused is not kept, nor by whom.

Anybody can make refusals, so they are gathered in this process and written now and then; content
that must never be stored is counted at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import Final

from django.db import InterfaceError, OperationalError

from rooms.device_api import door
from rooms.device_api.problems import Refused

logger = logging.getLogger(__name__)

FLUSH_SECONDS: Final = 5.0
_MOST_AT_ONCE: Final = 1000
# The function counts one; the calls are made there, in one round trip.
_COUNT: Final = "select count(device.count_refusal(%s)) from generate_series(1, %s::integer)"

_lock = threading.Lock()
_gathered: dict[str, Counter[str]] = {}
_written_at: dict[str, float] = {}


def count(region: str, refused: Refused) -> None:
    """One more of this code; for refused content, of this kind of content."""
    code = f"{refused.code}:{refused.kind}" if refused.kind else refused.code
    now = time.monotonic()
    with _lock:
        _gathered.setdefault(region, Counter())[code] += 1
        waits = now - _written_at.get(region, 0.0) < FLUSH_SECONDS
        if waits and not refused.kind:
            return
        counts, _gathered[region] = _gathered[region], Counter()
        _written_at[region] = now
    write(region, counts)


def write(region: str, counts: Counter[str]) -> None:
    """Add the counts to the hour's. A database that is away loses them: counting stops nobody."""
    try:
        for code, times in counts.items():
            door.ask(region, _COUNT, [code, min(times, _MOST_AT_ONCE)])
    except (OperationalError, InterfaceError):
        logger.warning("Refusals could not be counted.")
