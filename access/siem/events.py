"""One event of a log on its way out: what its leaf says, and where it stands."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class LogEvent:
    """A leaf with its log and position. Names of people are not in it: leaves hold digests."""

    log: str
    position: int
    leaf: dict[str, Any]
    leaf_hash: str

    @classmethod
    def of(cls, log: str, position: int, content: bytes) -> LogEvent:
        """From the leaf's content as it stands in the log."""
        digest = hashlib.sha256(b"\x00" + content).hexdigest()
        return cls(log, position, json.loads(content), digest)

    @property
    def id(self) -> str:
        """The id that stays the same however often the event is sent."""
        return str(self.leaf["id"])

    @property
    def type(self) -> str:
        """What happened: "grant.started"."""
        return str(self.leaf["type"])

    @property
    def outcome(self) -> str:
        """How it went: ok, opened, closed, refused."""
        return str(self.leaf["outcome"])

    @property
    def succeeded(self) -> bool:
        """Whether what was tried was done."""
        return self.outcome in ("ok", "opened")

    @property
    def at(self) -> datetime:
        """When, in UTC."""
        return datetime.fromisoformat(self.leaf["recorded_at"]).astimezone(UTC)

    @property
    def epoch_ms(self) -> int:
        """When, in milliseconds since 1970."""
        return int(self.at.timestamp() * 1000)

    def text(self, name: str) -> str:
        """A field as text; empty where it is null or missing."""
        value = self.leaf.get(name)
        return "" if value is None else str(value)

    def texts(self, name: str) -> list[str]:
        """A list field; empty where it is missing."""
        return [str(value) for value in self.leaf.get(name) or []]
