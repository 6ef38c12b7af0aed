"""Exact approval: this device, this action, these parameters, this window, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from access.verdict import Allowed, Denied, Verdict
from diagnostics.remediation.catalogue.parameters import Parameters, canonical
from diagnostics.remediation.windows.intervals import Interval


@dataclass(frozen=True)
class Ordered:
    """What is to be sent. `parameters` is their canonical spelling."""

    tenant: str
    room: str
    device: str
    action: str
    parameters: bytes
    window: Interval

    @classmethod
    def of(
        cls,
        *,
        tenant: str,
        room: str,
        device: str,
        action: str,
        parameters: Parameters,
        window: Interval,
    ) -> Ordered:
        """With the parameters in their one spelling."""
        return cls(tenant, room, device, action, canonical(parameters), window)

    @property
    def digest(self) -> str:
        """A name for exactly this, as an approval records it: SHA-256 in hex."""
        parts = (
            self.tenant.encode(),
            self.room.encode(),
            self.device.encode(),
            self.action.encode(),
            self.parameters,
            self.window.begin.isoformat().encode(),
            self.window.end.isoformat().encode(),
        )
        # each part with its length, so that no two lists of parts run into the same bytes
        return sha256(b"".join(len(one).to_bytes(4) + one for one in parts)).hexdigest()


@dataclass(frozen=True)
class Approved:
    """What was agreed on, and until when that holds."""

    what: Ordered
    ends_at: datetime


_AGAIN: Final = "Ask for a new approval."


def covers(approved: Approved, item: Ordered, at: datetime) -> Verdict:
    """Whether the approval covers sending exactly this item at that moment."""
    agreed = approved.what
    for same, what, code in (
        (agreed.tenant == item.tenant, "tenant", "other_tenant"),
        (agreed.room == item.room, "room", "other_room"),
        (agreed.device == item.device, "device", "other_device"),
        (agreed.action == item.action, "action", "other_action"),
        (agreed.parameters == item.parameters, "parameters", "other_parameters"),
        (agreed.window == item.window, "window", "other_window"),
    ):
        if not same:
            return Denied(f"Another {what} was approved.", _AGAIN, code)
    if at not in agreed.window:
        return Denied("The approved window is not now.", _AGAIN, "outside_window", stale=True)
    if at >= approved.ends_at:
        return Denied("The approval has ended.", _AGAIN, "approval_ended")
    return Allowed()
