"""Files that are whole or not there, and a memory that is compared before it is changed."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from access.audit.checkpoints import Checkpoint


class MemoryFault(RuntimeError):
    """The memory cannot be read, or is not what it was a moment ago."""


def write_whole(path: Path, text: str) -> None:
    """Write a file of ours alone (0600) aside, down to the disk, and put it in place."""
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@dataclass(frozen=True)
class Memory:
    """The last checkpoint of each log that somebody signed, in a file of their own."""

    path: Path

    def last(self, origin: str) -> Checkpoint | None:
        """What was signed last; None when nothing ever was. Raises MemoryFault."""
        return self._read().get(origin)

    def replace(self, seen: Checkpoint | None, new: Checkpoint) -> None:
        """Remember `new` in place of `seen`, or MemoryFault when it is no longer `seen`.

        It is on the disk when this returns; only then may a signature be given out.
        """
        with self._alone():
            known = self._read()
            if known.get(new.origin) != seen:
                raise MemoryFault(f"Another process signed for {new.origin} meanwhile.")
            known[new.origin] = new
            kept = {
                one.origin: {"size": one.size, "root": one.root.hex()} for one in known.values()
            }
            write_whole(self.path, json.dumps(kept, indent=1, sort_keys=True) + "\n")

    def _read(self) -> dict[str, Checkpoint]:
        if not self.path.exists():
            return {}
        try:
            kept = json.loads(self.path.read_text())
            return {
                name: Checkpoint(name, int(one["size"]), bytes.fromhex(one["root"]))
                for name, one in kept.items()
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # An unreadable memory is not an empty one: nothing is signed until somebody looks.
            raise MemoryFault(f"{self.path} cannot be read.") from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.path.with_name(f"{self.path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
