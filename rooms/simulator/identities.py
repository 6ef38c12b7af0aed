"""What a simulation keeps: when it began, and as whom each machine enrolled.

A folder of its own, readable for its owner only. Lines are appended and flushed, so that an end
at any moment loses no identity; the last line of a machine counts.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from rooms.simulator.course import Course


class OtherSimulation(ValueError):
    """The folder belongs to a simulation with another seed."""


@dataclass(frozen=True)
class Identity:
    """As whom a machine is known: its reference, its key's name, and how it got them."""

    name: str
    reference: str
    key_id: str
    enrolled_with: str


def mark_of(enrolment_key: str) -> str:
    """By which an enrolment key is known again; the key itself is not kept."""
    return hashlib.sha256(enrolment_key.encode()).hexdigest()[:16]


@dataclass
class Kept:
    """The folder while a simulation runs; `open` makes it."""

    folder: Path
    course: Course
    identities: dict[str, Identity]

    @classmethod
    def open(cls, folder: Path, seed: int, began: datetime, speed: float) -> Kept:
        """The folder's simulation, or a new one that begins now. Raises OtherSimulation."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        world = folder / "world.json"
        if world.exists():
            known = json.loads(world.read_text())
            if known["seed"] != seed:
                raise OtherSimulation(f"{folder} holds the machines of seed {known['seed']}.")
            began = datetime.fromisoformat(known["began"])
        else:
            _write(world, {"seed": seed, "began": began.isoformat()})
        return cls(folder, Course(began, speed), _read(folder / "identities.jsonl"))

    def remember(self, identity: Identity) -> None:
        """Keep a machine's identity, at once."""
        self.identities[identity.name] = identity
        _append(self.folder / "identities.jsonl", asdict(identity))


def _append(path: Path, line: dict[str, str]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        file.write(json.dumps(line) + "\n")


def _read(path: Path) -> dict[str, Identity]:
    """All identities. A last line that was cut off is none, and goes: the next begins there."""
    if not path.exists():
        return {}
    whole, newline, cut = path.read_text().rpartition("\n")
    if cut:
        os.truncate(path, len((whole + newline).encode()))
    lines = [Identity(**json.loads(line)) for line in whole.splitlines()]
    return {identity.name: identity for identity in lines}


def _write(path: Path, content: dict[str, object]) -> None:
    """All of it or nothing."""
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)
    aside.rename(path)
