"""The answer of a rule: allowed, or denied with a reason and a remedy. A denial is falsy."""

from __future__ import annotations

from dataclasses import dataclass


class Refused(Exception):
    """A rule said no. The page shows the reason and what would make it yes."""

    def __init__(self, denied: Denied) -> None:
        super().__init__(denied.reason)
        self.denied = denied


class WrongState(Exception):
    """Somebody was faster, or the thing changed: 409, with what it is now."""


class Unavailable(RuntimeError):
    """Something outside that the page needs does not answer (503). The text quotes no data."""


@dataclass(frozen=True)
class Allowed:
    """Yes."""

    def __bool__(self) -> bool:
        return True

    def enforce(self) -> None:
        """Nothing to refuse."""


@dataclass(frozen=True)
class Denied:
    """No, because of `reason`; `remedy` says what would make it yes, `code` names it in the record.

    A stale denial is not about the person but about the moment: it becomes WrongState (409).
    """

    reason: str
    remedy: str = ""
    code: str = "refused"
    stale: bool = False

    def __bool__(self) -> bool:
        return False

    def enforce(self) -> None:
        """Raise what the views turn into a page: WrongState for a stale denial, else Refused."""
        if self.stale:
            raise WrongState(self.reason)
        raise Refused(self)


Verdict = Allowed | Denied


def first_denial(*verdicts: Verdict) -> Verdict:
    """The first denial, or Allowed when there is none."""
    return next((verdict for verdict in verdicts if not verdict), Allowed())
