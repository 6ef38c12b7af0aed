"""The published windows: from when to when, on the room's own clock, each kind of work may run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Final


@dataclass(frozen=True)
class WindowRule:
    """A stretch of the room's own day; one that ends before it begins runs past midnight.

    `fixed`: a customer's maintenance windows narrow it; otherwise they take its place, for they
    are when the customer wants the work done. Begin and end alike mean the whole day.
    """

    code: str
    title: str
    begin: time
    end: time
    fixed: bool = False

    @property
    def whole_day(self) -> bool:
        """Whether any minute will do."""
        return self.begin == self.end

    @property
    def words(self) -> str:
        """The window as it is shown, such as "00:00 to 05:00"."""
        return "any time" if self.whole_day else f"{self.begin:%H:%M} to {self.end:%H:%M}"


# Published: nightly maintenance 00:00-05:00 room local, updates of Windows from 02:00, the
# clean-up of a full disk between 21:00 and 02:00 only.
NIGHT: Final = WindowRule("night", "Night", time(0), time(5))
UPDATES: Final = WindowRule("updates", "Night, for updates", time(2), time(5))
CLEANUP: Final = WindowRule("cleanup", "Clean-up", time(21), time(2), fixed=True)
ANY: Final = WindowRule("any", "Any time", time(0), time(0))

RULES: Final[dict[str, WindowRule]] = {rule.code: rule for rule in (NIGHT, UPDATES, CLEANUP, ANY)}
