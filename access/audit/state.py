"""How each log is doing: what waits, since when, and what the last check found. No content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connections

# An event has its place within a second and a signature within two; after this, something stands.
LATE_SECONDS: Final = 10.0


@dataclass(frozen=True)
class LogState:
    """Sizes and seconds of one log, as the database tells every page."""

    staged: int
    oldest_seconds: float
    size: int
    signed: int
    unsigned_seconds: float
    checked_seconds: float | None
    problem: str

    @property
    def alarm(self) -> str:
        """What is wrong, as a sentence; empty when nothing is."""
        if self.problem:
            return self.problem
        if self.oldest_seconds > LATE_SECONDS:
            return (
                f"The sequencer stands still: {self.staged} events wait for their place,"
                f" the oldest for {self.oldest_seconds:.0f} seconds."
            )
        if self.unsigned_seconds > LATE_SECONDS:
            return (
                f"The signer stands still: {self.size - self.signed} events are not signed,"
                f" the oldest for {self.unsigned_seconds:.0f} seconds."
            )
        return ""

    @property
    def sentence(self) -> str:
        """What is right, as a sentence."""
        if not self.size:
            return "Empty."
        checked = "" if self.checked_seconds is None else " The last check found nothing wrong."
        return f"Signed up to event {self.signed} of {self.size}.{checked}"


def read(alias: str) -> LogState:
    """The state of a database's log. Any process role of pages may ask."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "select staged, oldest_seconds, size, signed, unsigned_seconds, checked_seconds,"
            " problem from lock.record_state()"
        )
        return LogState(*cursor.fetchone())
