"""The life of a signal, said as plainly as possible: slow, with its whole history in a list.

Everything is worked out anew from the history at each question, which is why it is to be trusted
and why nothing but a test may use it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rooms.signals import Watch

HALF = 0.5  # catalogue minutes that a report may be early


@dataclass
class PlainLife:
    """One signal, told what happens to it."""

    watch: Watch
    minute: timedelta
    # (moment, what happened): healthy, unhealthy, unknown, lost, mended
    history: list[tuple[datetime, str]] = field(default_factory=list)
    evaluated: list[datetime] = field(default_factory=list)
    hurry: bool = False
    # the states that the newest incident went through; a new incident begins a new list
    incident: list[str] = field(default_factory=list)
    # whether the newest incident was closed as a false alarm during the present fault
    quiet: bool = False

    def minutes(self, count: float) -> timedelta:
        """So many minutes of the catalogue."""
        return count * self.minute

    @property
    def bad_since(self) -> datetime | None:
        """The first unhealthy reading after the last healthy one, or after somebody mended it."""
        first = None
        for at, what in self.history:
            if what in ("healthy", "mended"):
                first = None
            elif what == "unhealthy" and first is None:
                first = at
        return first

    @property
    def good_since(self) -> datetime | None:
        """The first of the healthy readings that the history ends with."""
        first = None
        for at, what in self.history:
            if what != "healthy":
                first = None
            elif first is None:
                first = at
        return first

    @property
    def standing(self) -> str:
        """active, resolved, closed, or nothing."""
        return self.incident[-1] if self.incident else ""

    @property
    def shown(self) -> str:
        """The state that people see."""
        last = self.history[-1][1] if self.history else "unknown"
        if last == "healthy":
            return "healthy"
        if last != "unhealthy" or self.bad_since is None:
            return "unknown"
        ripe = self.bad_since + self.minutes(self.watch.watch)
        ripened = self.history[-1][0] >= ripe
        return "unhealthy" if self.standing == "active" or ripened else "watching"

    @property
    def due(self) -> datetime | None:
        """When a report may be evaluated again; None: with the next one."""
        if not self.evaluated or self.hurry:
            return None
        last = self.evaluated[-1]
        due = last + self.minutes(self.watch.poll)
        if self.bad_since is not None and self.standing != "active":
            ripe = self.bad_since + self.minutes(self.watch.watch)
            if last < ripe < due:
                due = ripe
        return due

    def report(self, at: datetime, value: str, held: bool) -> str:
        """A report says healthy, unhealthy or unknown. Answers what that did, if anything."""
        if self.evaluated and at <= self.evaluated[-1]:
            return ""
        if self.due is not None and at < self.due - self.minutes(HALF):
            return ""
        was_bad = self.bad_since is not None
        self.evaluated.append(at)
        self.history.append((at, value))
        self.hurry = False
        if value == "healthy":
            return self._healthy(at, was_bad)
        if value == "unhealthy":
            return self._unhealthy(at, was_bad, held)
        return ""

    def _healthy(self, at: datetime, was_bad: bool) -> str:
        self.quiet = False
        if self.standing == "active":
            self.incident.append("resolved")
            return "resolved"
        if was_bad:
            return "cleared"
        assert self.good_since is not None
        if self.standing == "resolved" and at - self.good_since >= self.minutes(7 * 24 * 60):
            self.incident.append("closed")
            return "closed"
        return ""

    def _unhealthy(self, at: datetime, was_bad: bool, held: bool) -> str:
        if self.standing == "active":
            return ""
        assert self.bad_since is not None
        if at - self.bad_since < self.minutes(self.watch.watch):
            return "" if was_bad else "watching"
        if held or self.quiet:
            return ""
        if self.standing == "resolved":
            self.incident.append("active")
            return "reopened"
        self.incident = ["active"]
        return "activated"

    def lose(self, at: datetime) -> None:
        """Nothing arrives any more."""
        self.history.append((at, "lost"))
        self.hurry = True

    def mend(self, at: datetime) -> None:
        """A person resolves the active incident."""
        self.history.append((at, "mended"))
        self.incident.append("resolved")
        self.hurry = True

    def dismiss(self) -> None:
        """A person says that the incident is a false alarm."""
        self.incident.append("closed")
        self.quiet = self.bad_since is not None
