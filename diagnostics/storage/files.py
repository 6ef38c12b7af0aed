"""Bundles on this machine's disk."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from diagnostics.storage.base import NAME, Found, NotStored, StorageFault

READ_BYTES: Final = 1024 * 1024


class RegionFiles(FileSystemStorage):
    """A folder of the region, which only its owner can read."""

    def __init__(self, location: str) -> None:
        super().__init__(
            location=location, file_permissions_mode=0o600, directory_permissions_mode=0o700
        )

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: one that is taken is an error, and not a reason for another."""
        return name

    def _save(self, name: str, content: File[bytes]) -> str:
        """Write aside, down to the disk, and put it in place unless something stands there."""
        path = Path(self.path(name))
        with _faults():
            root = Path(self.location)
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (path.parent.parent, path.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
        aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            with _faults(), os.fdopen(os.open(aside, flags, 0o600), "wb") as file:
                for part in content.chunks():
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            with _faults():
                os.link(aside, path)
        finally:
            aside.unlink(missing_ok=True)
            _keep_names(path.parent)
        return name

    def pieces(self, name: str, offset: int) -> Iterator[bytes]:
        """The bytes from there on, a megabyte at a time."""
        with _faults(), Path(self.path(name)).open("rb") as file:
            file.seek(offset)
            while piece := file.read(READ_BYTES):
                yield piece

    def size(self, name: str) -> int:
        """In bytes."""
        with _faults():
            return super().size(name)

    def delete(self, name: str) -> None:
        """Remove it, if it is there."""
        with _faults():
            super().delete(name)

    def everything(self) -> Iterator[Found]:
        """All files of ours."""
        root = Path(self.location)
        for path in sorted(root.glob("*/*/*")):
            name = path.relative_to(root).as_posix()
            if NAME.fullmatch(name):
                facts = path.stat()
                yield Found(name, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))


def _keep_names(folder: Path) -> None:
    """Have the disk remember what the folder holds, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _faults() -> Iterator[None]:
    """Turn the errors of a disk into ours, which quote no path."""
    try:
        yield
    except FileNotFoundError:
        raise NotStored("Nothing is stored there.") from None
    except FileExistsError:
        raise StorageFault("Something is stored there already.") from None
    except OSError as error:
        raise StorageFault(f"The disk of the storage says: {error.strerror}.") from None
