"""The course of a simulation: when it began, how fast troubles come and go, and a trouble's phase.

Only troubles run faster than life. Meetings, nightly restarts and the times in a report follow
the real clock, because people compare them with the one on the wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Course:
    """When the simulation began, and how many minutes of trouble pass in one minute of life."""

    began: datetime
    speed: float = 1.0

    def minutes(self, moment: datetime) -> float:
        """How many minutes of the course have passed."""
        return (moment - self.began).total_seconds() / 60 * self.speed

    def moment(self, minutes: float) -> datetime:
        """The real time at which so many minutes of the course have passed."""
        return self.began + timedelta(minutes=minutes / self.speed)

    def phase(self, moment: datetime, begins: float, lasts: float) -> Phase:
        """The phase of a trouble that has begun by the moment, at the minute `begins`."""
        minutes = self.minutes(moment) - begins
        return Phase(
            moment=moment,
            minutes=minutes,
            mended=minutes - lasts if minutes >= lasts else None,
            begun_at=self.moment(begins),
            mended_at=self.moment(begins + lasts),
        )


@dataclass(frozen=True)
class Phase:
    """Where a trouble stands at a moment: minutes since it began, and since it was mended.

    `mended` is None while it lasts. `begun_at` and `mended_at` are real times; the second one lies
    ahead while it lasts.
    """

    moment: datetime
    minutes: float
    mended: float | None
    begun_at: datetime
    mended_at: datetime

    @property
    def lasts(self) -> bool:
        """Whether it is not mended yet."""
        return self.mended is None
