"""The table of what is offered: a new line is a decision, and a code that went never comes back."""

from __future__ import annotations

from typing import Final

from diagnostics.remediation.catalogue.action import Action, ActionCode
from diagnostics.remediation.catalogue.offered.restarts import RESTARTS
from diagnostics.remediation.catalogue.offered.updates import UPDATES_OFFERED
from diagnostics.remediation.catalogue.offered.upkeep import UPKEEP
from diagnostics.remediation.catalogue.offered.usb import USB

# Codes that were once offered. Items of theirs are refused; their words stay in the record.
RETIRED: Final[frozenset[str]] = frozenset()

ACTIONS: Final[dict[ActionCode, Action]] = {
    action.code: action for action in (*RESTARTS, *USB, *UPDATES_OFFERED, *UPKEEP)
}


class UnknownAction(LookupError):
    """No such action is offered; the words say whether it was retired."""


def action_of(code: str) -> Action:
    """The action of that code. Raises UnknownAction when it is not offered, or not any more."""
    if code in RETIRED:
        raise UnknownAction(f"{code} is not offered any more.")
    if code not in ACTIONS:
        raise UnknownAction(f"There is no action called {code[:40]!r}.")
    return ACTIONS[ActionCode(code)]
