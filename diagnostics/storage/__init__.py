"""Where bundles stand: one storage a region, behind Django's STORAGES ("bundles_eu" and so on).

What is put here is sealed already. Names are made here and cannot be guessed; nothing is ever
overwritten; reading and writing take a few megabytes, however large the file is.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from typing import NamedTuple, cast

from django.core.files.base import File
from django.core.files.storage import storages

from diagnostics.storage.base import (
    NAME,
    Found,
    NotStored,
    RegionStore,
    StillThere,
    StorageFault,
)

__all__ = [
    "Found",
    "NotStored",
    "StillThere",
    "StorageFault",
    "Stored",
    "checked",
    "everything",
    "exists",
    "put",
    "read",
    "remove",
    "size",
]


class Stored(NamedTuple):
    """What was put: under which name, how many bytes, and their SHA-256 in hex."""

    name: str
    bytes: int
    sha256: str


def put(region: str, kind: str, parts: Iterable[bytes]) -> Stored:
    """Store the parts, one after the other, under a fresh name of `kind` ("chunks" or "files").

    When it returns, they are on the disk or with the service. When it raises (StorageFault, or
    what `parts` raises), nothing is left, as far as the storage can be asked.
    """
    token = secrets.token_hex(20)
    name = checked(f"{kind}/{token[:2]}/{token}")
    content = _Parts(parts)
    store = _store(region)
    done = False
    try:
        store.save(name, content)
        done = True
    finally:
        if not done:
            remove(region, name)
    return Stored(name, content.count, content.digest.hexdigest())


def read(region: str, name: str, offset: int = 0) -> Iterator[bytes]:
    """What is stored there, from a byte on, in pieces. Raises NotStored or StorageFault."""
    yield from _store(region).pieces(checked(name), offset)


def size(region: str, name: str) -> int:
    """How many bytes are stored there. Raises NotStored or StorageFault."""
    return _store(region).size(checked(name))


def exists(region: str, name: str) -> bool:
    """Whether something is stored there. Raises StorageFault."""
    return _store(region).exists(checked(name))


def remove(region: str, name: str) -> None:
    """Remove it, and look whether it is gone. Raises StillThere or StorageFault.

    What was not there is gone as well: removing twice is harmless.
    """
    store = _store(region)
    store.delete(checked(name))
    if store.exists(name):
        raise StillThere("What was removed from the storage can still be read.")


def everything(region: str) -> Iterator[Found]:
    """All that is stored in the region, so that what no row names can be found and removed."""
    yield from _store(region).everything()


def checked(name: str) -> str:
    """The name, if it is one of ours: no row can make us walk elsewhere. Else NotStored."""
    if not NAME.fullmatch(name):
        raise NotStored("This is no name of a stored file.")
    return name


class _Parts(File):
    """Parts on their way into a storage: counted, hashed, and read once."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        super().__init__(None, "parts")
        self._parts = parts
        self.count = 0
        self.digest = hashlib.sha256()

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The parts, as they come."""
        for part in self._parts:
            self.count += len(part)
            self.digest.update(part)
            yield part


def _store(region: str) -> RegionStore:
    return cast(RegionStore, storages[f"bundles_{region}"])
