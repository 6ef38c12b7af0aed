"""Installed and waiting updates, and the services they need."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field
from pydantic.dataclasses import dataclass

from diagnostics.bundles.queries.words import CLOSED, Kb, Text, Word


class StartMode(StrEnum):
    """How a service starts."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    DISABLED = "disabled"


@dataclass(frozen=True, config=CLOSED)
class Update:
    """One update. `installed_at` is None while it waits."""

    kb: Kb
    title: Text
    installed_at: AwareDatetime | None
    restart_needed: bool = False


@dataclass(frozen=True, config=CLOSED)
class Service:
    """One service that updates need."""

    name: Word
    start: StartMode
    running: bool


@dataclass(frozen=True, config=CLOSED)
class Updates:
    """What is installed, what waits, and whether updates can come at all."""

    made_at: AwareDatetime
    installed: Annotated[tuple[Update, ...], Field(max_length=1024)]
    pending: Annotated[tuple[Update, ...], Field(max_length=256)]
    services: Annotated[tuple[Service, ...], Field(max_length=64)]
    wsus_server: Text | None
    last_search_at: AwareDatetime | None
    last_install_at: AwareDatetime | None
