"""Where the time comes from."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field
from pydantic.dataclasses import dataclass

from diagnostics.bundles.queries.words import CLOSED, Word, ZoneName


@dataclass(frozen=True, config=CLOSED)
class TimeService:
    """Where the time comes from, and how far off it is. `offset_seconds`: ahead is positive."""

    made_at: AwareDatetime
    source: Word
    running: bool
    stratum: Annotated[int, Field(ge=0, le=16)]
    offset_seconds: Annotated[float, Field(ge=-1e10, le=1e10)] | None
    last_sync_at: AwareDatetime | None
    time_zone: ZoneName

    @property
    def zone(self) -> ZoneInfo:
        """The device's time zone."""
        return ZoneInfo(self.time_zone)
