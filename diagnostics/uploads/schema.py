"""What a device sends about an order, and what it is answered."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, Field, StringConstraints

from rooms.reports.schema import Closed

MOST_BYTES: Final = 4096
# A chunk is held in memory whole, once as it came and once sealed.
CHUNK_BYTES: Final = 1024 * 1024

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,40}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^COL-[0-9A-Z]{4,12}$")]


class Saying(StrEnum):
    """What a device may say of an order; uploading and checking follow from the upload itself."""

    WAITING = "waiting"
    COLLECTING = "collecting"
    REFUSED = "refused"
    FAILED = "failed"


class Progress(Closed):
    """How far a device is with an order. Codes are the agent's own, such as IN_MEETING."""

    state: Saying
    percent: Annotated[int, Field(ge=0, le=100)] = 0
    code: Code = ""


class Announced(Closed):
    """The bundle that a device is about to send."""

    collection: Reference
    bytes: Annotated[int, Field(ge=1, le=2**40)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Begun(BaseModel):
    """The upload: its name, where to go on, and how large a chunk may be."""

    upload: str
    offset: int = Field(ge=0)
    chunk_bytes: int = Field(ge=1)


class Place(BaseModel):
    """How many bytes of the bundle are stored: the offset of the next chunk."""

    upload: str
    offset: int = Field(ge=0)


class Said(BaseModel):
    """The word is kept."""

    collection: str
