"""What a sealed log line holds, and its JSON: the same shape for whoever writes and reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from pydantic_core import to_json


@dataclass(frozen=True)
class LineContent:
    """A line after the guard: its message, what it was made of, and how it came."""

    text: str
    fields: dict[str, str] = field(default_factory=dict)
    raw: str = ""

    def to_bytes(self) -> bytes:
        """As it is sealed."""
        members = {"text": self.text, "fields": self.fields, "raw": self.raw}
        return to_json(members)

    @classmethod
    def from_bytes(cls, stored: bytes) -> LineContent:
        """As it was sealed."""
        members = json.loads(stored)
        return cls(members["text"], members["fields"], members["raw"])
