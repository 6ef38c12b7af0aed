"""What a simulation has done and what it was answered, and that in one line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol


class Answered(Protocol):
    """As much of an answer as is counted."""

    @property
    def status(self) -> int:
        """Of HTTP."""

    @property
    def code(self) -> str:
        """Of the problem, if there was one."""


@dataclass
class Tally:
    """Counts since the start. `reported` names the machines that got a report accepted."""

    machines: int
    enrolled: int = 0
    reports: int = 0
    commands: int = 0
    collections: int = 0
    untrusted: int = 0
    away: int = 0
    reported: set[str] = field(default_factory=set)
    powerless: set[str] = field(default_factory=set)
    without_key: set[str] = field(default_factory=set)
    refusals: Counter[str] = field(default_factory=Counter)
    attacks: Counter[str] = field(default_factory=Counter)
    # What an attack got that it should not have: any answer of success.
    broken_in: list[str] = field(default_factory=list)

    def accepted(self, name: str) -> None:
        """One more report of a machine was taken."""
        self.reports += 1
        self.reported.add(name)
        self.powerless.discard(name)

    def dark(self, name: str) -> None:
        """The machine has no power."""
        self.powerless.add(name)

    def refused(self, answer: Answered) -> None:
        """An honest machine was refused something."""
        self.refusals[answer.code or str(answer.status)] += 1

    @property
    def complete(self) -> bool:
        """Whether each machine that may has reported, or cannot for want of power."""
        return len(self.reported | self.powerless | self.without_key) >= self.machines

    def line(self, lasting: str) -> str:
        """All of it in one line."""
        words = [
            f"{len(self.reported)} of {self.machines} devices reported",
            f"{self.enrolled} enrolled now",
            f"{self.reports} reports taken",
        ]
        for count, what in (
            (len(self.powerless), "without power"),
            (len(self.without_key), "without an enrolment key"),
            (self.away, "times nobody answered"),
            (self.commands, "commands answered"),
            (self.collections, "collections ended"),
            (self.untrusted, "commands or keys that could not be verified"),
        ):
            if count:
                words.append(f"{count} {what}")
        if self.refusals:
            words.append(f"refused: {_counts(self.refusals)}")
        if self.attacks:
            words.append(f"attacks answered: {_counts(self.attacks)}")
        if self.broken_in:
            words.append(f"ATTACKS THAT SUCCEEDED: {', '.join(self.broken_in)}")
        return "; ".join(words) + (f" | {lasting}" if lasting else "")


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{code} {count}" for code, count in sorted(counter.items()))
