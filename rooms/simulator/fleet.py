"""The fleet before it speaks: each machine's TPM, and how staging registers and admits it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rooms.fleet.places import PlannedRoom, planned_fleet
from rooms.simulator.machines import Machine, machines_of
from rooms.tpm.soft import SoftTpm


class UnreadableKeys(ValueError):
    """The file of enrolment keys is not one; the text says which line, never what it says."""


@dataclass(frozen=True)
class Endorsement:
    """What staging knows of a machine beforehand: its room, and the hash of its TPM's key."""

    name: str
    room: PlannedRoom
    serial: str
    digest: str


def tpm_of(machine: Machine) -> SoftTpm:
    """The machine's TPM, the same by seed and name.

    Whoever knows the seed has its keys, so such machines belong into no region with real tenants.
    """
    return SoftTpm.new(f"rooms simulator/{machine.seed}/{machine.name}")


def endorsements(rooms: int, seed: int) -> Iterator[Endorsement]:
    """What to register so that the machines of this fleet may enrol, in the order of the fleet."""
    for machine in machines_of(planned_fleet(rooms), seed):
        yield Endorsement(machine.name, machine.room, machine.serial, tpm_of(machine).ek_id)


class KeyFile:
    """The file of enrolment keys, read again when it has changed. Raises as `read_keys`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0
        self._keys: dict[str, str] = {}

    def find(self, name: str) -> str | None:
        """The key that was issued for a machine, if one was."""
        changed = self._path.stat().st_mtime_ns
        if changed != self._read_at:
            self._keys, self._read_at = read_keys(self._path), changed
        return self._keys.get(name)


def read_keys(path: Path) -> dict[str, str]:
    """Enrolment keys by machine: a name and a key on each line. Raises UnreadableKeys, OSError."""
    keys = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        words = line.split()
        if words and len(words) != 2:
            raise UnreadableKeys(f"Line {number} of {path} is not a machine's name and its key.")
        if words:
            keys[words[0]] = words[1]
    return keys


def write_keys(path: Path, keys: Iterable[tuple[str, str]]) -> None:
    """Write such a file whole, readable for its owner only."""
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name} {key}\n" for name, key in keys)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(path)
