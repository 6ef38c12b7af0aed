"""Sending an item by Microsoft Graph so that it runs once, even when an answer is lost.

Graph takes no id of ours. So before anything is sent, the operations that the device has already
are written down; after a lost answer, one that is not among them is the one that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from diagnostics.remediation.graph.client import GraphClient
from diagnostics.remediation.graph.operations import Operation, Work
from diagnostics.remediation.graph.problems import Conflict

# How long to leave a lost answer alone: its request may still be on the way.
SETTLE: Final = timedelta(minutes=2)

Remember = Callable[[frozenset[str]], None]


@dataclass(frozen=True)
class Dispatched:
    """The operation that stands for the item. `found`: it was not sent now, but found there."""

    operation: str
    found: bool = False


class GraphChannel:
    """The channel of one tenant. `client` may be shared; nothing is kept between calls."""

    def __init__(self, client: GraphClient) -> None:
        self.client = client

    def dispatch(
        self,
        device: str,
        work: Work,
        *,
        known: Collection[str] | None,
        remember: Remember,
    ) -> Dispatched:
        """Send it, or find what was sent before.

        The first time `known` is None, and `remember` is called with the operations that are
        there: it must have committed them when it returns. Afterwards, whatever became of the
        first call, `known` is what was remembered; wait SETTLE after Unsure. A retry after failed
        verification is a new sending and begins with None. Raises Conflict when somebody else's
        operation is open, and what the client raises.
        """
        there = self._of_type(device, work)
        if known is None:
            _refuse_open(there)
            known = frozenset(one.id for one in there)
            remember(frozenset(known))
        else:
            ours = self._new_and_ours(there, known)
            if ours is not None:
                return Dispatched(ours.id, found=True)
            _refuse_open(there)
        try:
            return Dispatched(self.client.start(device, work))
        except Conflict:
            # something was queued between looking and sending, perhaps by our own other hand
            ours = self._new_and_ours(self._of_type(device, work), known)
            if ours is None:
                raise
            return Dispatched(ours.id, found=True)

    def _of_type(self, device: str, work: Work) -> list[Operation]:
        return [one for one in self.client.operations(device) if one.type == work.type]

    def _new_and_ours(self, there: Iterable[Operation], known: Collection[str]) -> Operation | None:
        """An operation that was not there before and that nobody else asked for.

        Open ones first: if there were two, the one that is over is history.
        """
        client_id = self.client.connection.client_id
        new = [one for one in there if one.id not in known and one.may_be_ours(client_id)]
        return next((one for one in new if one.is_open), new[0] if new else None)


def _refuse_open(there: Iterable[Operation]) -> None:
    if any(one.is_open for one in there):
        raise Conflict("The same operation is open on the device already.", code="open_operation")
