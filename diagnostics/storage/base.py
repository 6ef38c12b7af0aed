"""What a storage of bundles can do, and how it says that it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from django.core.files.base import File

from access.verdict import Unavailable

NAME: Final = re.compile(r"(chunks|files)/[0-9a-f]{2}/[0-9a-f]{40}")


class NotStored(LookupError):
    """Nothing is stored under that name."""


class StillThere(RuntimeError):
    """It was removed, and can be read nevertheless."""


class StorageFault(Unavailable):
    """The storage could not be asked, or refused. Trying again later may help."""


class Found(NamedTuple):
    """What is stored, as the storage lists it. `at` is when it was put (UTC)."""

    name: str
    bytes: int
    at: datetime


class RegionStore(Protocol):
    """A Django storage that can also stream and list. What it raises is ours."""

    def save(self, name: str, content: File[bytes]) -> str:
        """Store it; raises StorageFault rather than replace anything."""

    def pieces(self, name: str, offset: int) -> Iterator[bytes]:
        """The bytes from there on."""

    def size(self, name: str) -> int:
        """In bytes."""

    def exists(self, name: str) -> bool:
        """Whether it is there."""

    def delete(self, name: str) -> None:
        """Remove it, if it is there."""

    def everything(self) -> Iterator[Found]:
        """All of it."""
