"""Running processes."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field
from pydantic.dataclasses import dataclass

from diagnostics.bundles.queries.words import CLOSED, Count, Word


@dataclass(frozen=True, config=CLOSED)
class Process:
    """One running process, without its command line."""

    pid: Annotated[int, Field(ge=0, le=2**32)]
    name: Word
    session: Annotated[int, Field(ge=0, le=2**32)]
    started_at: AwareDatetime | None
    cpu_seconds: Annotated[float, Field(ge=0, le=1e9)]
    memory_bytes: Count
    handles: Count
    responding: bool


@dataclass(frozen=True, config=CLOSED)
class Processes:
    """All running processes."""

    made_at: AwareDatetime
    processes: Annotated[tuple[Process, ...], Field(max_length=2048)]
