"""The drills as the page shows them: run once a process, for the sample never changes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache

from access.audit import sample
from access.verify.drills import Drill, run_drills


@dataclass(frozen=True)
class Session:
    """What was drilled, and how long it took."""

    drills: list[Drill]
    records: int
    took_ms: int


@cache
def drilled() -> Session:
    """The verifier held against every way to tamper with the sample."""
    begun = time.monotonic()
    drills = run_drills(sample.bundle_bytes())
    took_ms = round((time.monotonic() - begun) * 1000)
    return Session(drills, len(sample.story().leaves), took_ms)
