"""What a check of standing access found: one sentence each, and whether it is as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a finding stands. What could not be tried is neither good nor bad, and says why."""

    GOOD = "good"
    BAD = "bad"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True)
class Finding:
    """One thing that was asked or tried: where, what, and what came of it."""

    where: str
    name: str
    state: State
    sentence: str

    @classmethod
    def of(cls, where: str, name: str, wrong: list[str], good: str) -> Finding:
        """Bad when anything is wrong, and then it says what; at most ten names."""
        if not wrong:
            return cls(where, name, State.GOOD, good)
        more = f" and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        return cls(where, name, State.BAD, f"{', '.join(wrong[:10])}{more}.")

    def as_json(self) -> dict[str, str]:
        """As it is stored."""
        return {
            "where": self.where,
            "name": self.name,
            "state": self.state.value,
            "sentence": self.sentence,
        }
