"""An item of the queue, as far as the Graph channel needs it."""

from __future__ import annotations

from diagnostics.remediation.graph import Dispatched, GraphChannel
from diagnostics.remediation.graph.operations import RESTART


class Item:
    """A restart of one device: it remembers across attempts what the channel asks it to."""

    def __init__(self, channel: GraphChannel, device: str = "dev-1") -> None:
        self.channel = channel
        self.device = device
        self.known: frozenset[str] | None = None

    def remember(self, known: frozenset[str]) -> None:
        self.known = known

    def send(self) -> Dispatched:
        """One attempt."""
        return self.channel.dispatch(self.device, RESTART, known=self.known, remember=self.remember)
