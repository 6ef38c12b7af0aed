"""What an agent keeps of its commands: which came already, and what they changed. On disk at once.

One small file a machine that was ever sent a command, for its owner only, written whole.
"""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rooms.commands import Command, Earlier, Ledger
from rooms.simulator.deeds import Deed


@dataclass
class Memory:
    """The ledger of one machine and its deeds. What a method changed is on the disk after it."""

    path: Path
    ledger: Ledger = field(default_factory=Ledger)
    deeds: list[Deed] = field(default_factory=list)

    @classmethod
    def open(cls, path: Path) -> Memory:
        """What was kept, or nothing yet."""
        if not path.exists():
            return cls(path)
        told = json.loads(path.read_text())
        deeds = [Deed.from_json(one) for one in told["deeds"]]
        return cls(path, Ledger.from_json(told["ledger"]), deeds)

    def begin(self, command: Command, at: datetime) -> Earlier | None:
        """None: it is new, and may run now. `at` is service time."""
        self.ledger.forget(at)
        earlier = self.ledger.begin(command)
        if earlier is None:
            self._save()
        return earlier

    def end(self, command: uuid.UUID, outcome: str, code: str, deed: Deed | None = None) -> None:
        """How it ended, and what it changed: both or neither.

        One that took so long that it can come no more is not in the ledger any longer.
        """
        if str(command) in self.ledger.entries:
            self.ledger.end(command, outcome, code)
        if deed is not None:
            self.deeds.append(deed)
        self._save()

    def add(self, deed: Deed) -> None:
        """What befell the machine besides."""
        self.deeds.append(deed)
        self._save()

    def _save(self) -> None:
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        told = {
            "ledger": self.ledger.to_json(),
            "deeds": [deed.to_json() for deed in self.deeds],
        }
        aside = self.path.with_suffix(".new")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(told, file)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(self.path)
