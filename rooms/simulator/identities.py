"""What a simulation keeps: when it began, as whom each machine enrolled, and whom it obeys.

A folder of its own, readable for its owner only. Lines are appended and flushed, so that an end
at any moment loses no identity; the last line of a machine counts.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from rooms.commands import TrustedKeys
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
    trusted: dict[str, TrustedKeys] = field(default_factory=dict)

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
        known = [Identity(**line) for line in _lines(folder / "identities.jsonl")]
        keys = {
            line["name"]: TrustedKeys.from_json(line) for line in _lines(folder / "trusted.jsonl")
        }
        return cls(folder, Course(began, speed), {one.name: one for one in known}, keys)

    def remember(self, identity: Identity) -> None:
        """Keep a machine's identity, at once."""
        self.identities[identity.name] = identity
        _append(self.folder / "identities.jsonl", asdict(identity))

    def trust(self, name: str, keys: TrustedKeys) -> None:
        """Keep whose commands a machine obeys from now on."""
        self.trusted[name] = keys
        _append(self.folder / "trusted.jsonl", {"name": name, **keys.to_json()})


def _append(path: Path, line: dict[str, Any]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        file.write(json.dumps(line) + "\n")


def _lines(path: Path) -> list[dict[str, Any]]:
    """All lines. A last one that was cut off is none, and goes: the next begins there."""
    if not path.exists():
        return []
    whole, newline, cut = path.read_text().rpartition("\n")
    if cut:
        os.truncate(path, len((whole + newline).encode()))
    return [json.loads(line) for line in whole.splitlines()]


def _write(path: Path, content: dict[str, object]) -> None:
    """All of it or nothing."""
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)
    aside.rename(path)
