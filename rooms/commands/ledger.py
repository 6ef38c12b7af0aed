"""What a device remembers of commands, so that none runs twice: not even when it restarts midway.

`begin` is written down before the work begins. A command that comes again is answered from here.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from rooms.commands.envelope import Command, moment

# A little longer than a command may be late by a clock that is put right.
KEPT: Final = timedelta(hours=1)


class Earlier(NamedTuple):
    """The command came before. No outcome: it was begun, and interrupted before it ended."""

    outcome: str
    detail_code: str

    @property
    def interrupted(self) -> bool:
        """Whether nobody knows how it ended. It is not begun again."""
        return not self.outcome


@dataclass
class Ledger:
    """All commands of one device that could still come again. Keep `to_json` on disk."""

    entries: dict[str, dict[str, str]] = field(default_factory=dict)

    def begin(self, command: Command) -> Earlier | None:
        """Note that the command begins; None: it is new, and may run once this is on disk."""
        known = self.entries.get(str(command.id))
        if known is not None:
            return Earlier(known["outcome"], known["detail_code"])
        self.entries[str(command.id)] = {
            "until": moment(command.expires_at + KEPT),
            "outcome": "",
            "detail_code": "",
        }
        return None

    def end(self, command_id: uuid.UUID, outcome: str, detail_code: str = "") -> None:
        """Note how it ended. Raises KeyError for one that was never begun."""
        self.entries[str(command_id)] |= {"outcome": outcome, "detail_code": detail_code}

    def forget(self, at: datetime) -> None:
        """Drop what has expired for good: it would be refused if it came again."""
        self.entries = {
            name: entry
            for name, entry in self.entries.items()
            if datetime.fromisoformat(entry["until"]) > at
        }

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {name: dict(entry) for name, entry in self.entries.items()}

    @classmethod
    def from_json(cls, told: Mapping[str, Mapping[str, str]]) -> Ledger:
        """From what was kept."""
        return cls({name: dict(entry) for name, entry in told.items()})
