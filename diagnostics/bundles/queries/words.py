"""The small parts of which the answers to queries are made."""

from __future__ import annotations

from typing import Annotated, Final
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

CLOSED: Final = ConfigDict(extra="forbid")

Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Word = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00-\x1f\x7f@]*$")]
UsbId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{4}$")]
Instance = Annotated[str, StringConstraints(max_length=200, pattern=r"^[\x21-\x7e ]+$")]
Mac = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2}:){5}[0-9a-f]{2}$")]
Kb = Annotated[str, StringConstraints(pattern=r"^KB[0-9]{6,8}$")]
Count = Annotated[int, Field(ge=0, le=2**50)]
Percent = Annotated[float, Field(ge=0, le=100)]
Minutes = Annotated[int, Field(ge=0, le=100_000)]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("no such time zone")
    return name


ZoneName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]
