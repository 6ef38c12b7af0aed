"""What a failed call to Graph makes of the item that was being sent."""

from __future__ import annotations

from diagnostics.remediation.graph.problems import (
    Away,
    Conflict,
    GraphError,
    NotThere,
    Refused,
    Throttled,
)
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.sending import Step
from diagnostics.remediation.states import ItemState


def after_error(error: GraphError) -> Step | None:
    """Where the item goes; None: it stays sent, and is looked for before anything else is done.

    Back to scheduled only where surely nothing was taken.
    """
    words = str(error)
    if isinstance(error, Away | Throttled):
        return Step(ItemState.SCHEDULED, Reason.CHANNEL_BUSY, words)
    if isinstance(error, Conflict):
        return Step(ItemState.SCHEDULED, Reason.OTHER_OPERATION, words)
    if isinstance(error, NotThere):
        return Step(ItemState.FAILED, Reason.DEVICE_DISCONNECTED, words)
    if isinstance(error, Refused):
        return Step(ItemState.FAILED, Reason.FAILED, words)
    return None
