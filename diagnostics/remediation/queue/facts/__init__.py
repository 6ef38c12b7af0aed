"""What the queue judges by, read for many items at once: a fixed number of statements a batch.

Serves the worker, and a page that shows what would stand in the way. A page sees what its grants
open: its counts of the tenant and region may be too low, and sending asks again anyway.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from diagnostics.models import Remediation
from diagnostics.remediation.catalogue import ACTIONS, Action, ActionCode
from diagnostics.remediation.catalogue.parameters import Parameters, read_parameters
from diagnostics.remediation.device import DeviceNow
from diagnostics.remediation.guardrails import Approved, Ordered
from diagnostics.remediation.guardrails.stops import Stop
from diagnostics.remediation.queue.facts.devices import Key, devices_now
from diagnostics.remediation.queue.facts.history import (
    OpenItem,
    Ran,
    Rights,
    Sent,
    open_operations,
    ran_lately,
    rights_of,
    sent_lately,
    stops_in_force,
)
from diagnostics.remediation.sending import Moment
from diagnostics.remediation.tenant_rules import NO_RULES, TenantRules, rules_of
from diagnostics.remediation.windows import Interval
from rooms.drain.line import Line

__all__ = [
    "Facts",
    "Key",
    "OpenItem",
    "Rights",
    "Sent",
    "devices_now",
    "gather",
    "open_operations",
    "ordered_of",
    "parameters_of",
    "ran_lately",
    "rights_of",
    "sent_lately",
    "stops_in_force",
]


@dataclass(frozen=True)
class Facts:
    """Everything that a batch of items is judged by, as it was read at `at`."""

    at: datetime
    region: str
    devices: dict[Key, DeviceNow]
    rules: dict[uuid.UUID, TenantRules]
    stops: tuple[Stop, ...]
    open: dict[Key, list[OpenItem]]
    ran: Ran
    sent: Sent

    def rules_for(self, tenant: uuid.UUID) -> TenantRules:
        """What holds for a tenant."""
        return self.rules.get(tenant, NO_RULES)

    def open_beside(self, item: Remediation) -> list[OpenItem]:
        """What has not ended on the item's device, itself left out."""
        there = self.open.get((item.tenant_id, item.device_id), [])
        own = {item.reference, item.operation}  # a collection is named by its item
        return [one for one in there if one.operation.reference not in own]

    def moment(
        self,
        item: Remediation,
        action: Action,
        told: Parameters,
        *,
        grant_lives: bool,
        approved: Approved | None = None,
    ) -> Moment:
        """What `before_sending` is asked, for an item of the batch; it need not be stored yet.

        No calendar of meetings is known here: a room is busy while the meeting app says so.
        """
        key = (item.tenant_id, item.device_id)
        rules = self.rules_for(item.tenant_id)
        return Moment(
            ordered=ordered_of(item, told),
            action=action,
            told=told,
            device=self.devices.get(key),
            at=self.at,
            counts=self.sent.counts(item),
            limits=rules.limits,
            grant_lives=grant_lives,
            approved=approved,
            urgent=item.urgent,
            open_on_device=tuple(one.operation for one in self.open_beside(item)),
            ran_at=self.ran.get((key, item.action), ()),
            stops=self.stops,
            calendar=rules.calendar,
        )


def ordered_of(item: Remediation, told: Parameters) -> Ordered:
    """Exactly what an item asks for."""
    return Ordered.of(
        tenant=item.tenant_reference,
        room=item.room_reference,
        device=item.device_reference,
        action=item.action,
        parameters=told,
        window=Interval.of(item.window_begins_at, item.window_ends_at),
    )


def parameters_of(item: Remediation, action: Action) -> Parameters:
    """The item's parameters, checked by its action's schema. Raises BadParameters."""
    return read_parameters(action.parameters, item.parameters)


def gather(
    region: str, items: Sequence[Remediation], *, asked: Iterable[Remediation] | None = None
) -> Facts:
    """All facts for up to 500 items of the open region, stored or not, in ten statements.

    Inside the transaction in hand. `asked` are those whose preconditions matter now (None: all);
    reports take time to read, so no other report is.
    """
    line = Line(region)
    now = line.now()
    keys = [(item.tenant_id, item.device_id) for item in items]
    reading = {
        (item.tenant_id, item.device_id)
        for item in (items if asked is None else asked)
        if item.action in ACTIONS and ACTIONS[ActionCode(item.action)].preconditions
    }
    return Facts(
        at=now,
        region=region,
        devices=devices_now(line, keys, reports=reading),
        rules=rules_of({item.tenant_id for item in items}),
        stops=stops_in_force(line, {(one.tenant_id, one.tenant_reference) for one in items}),
        open=open_operations(line, keys),
        ran=ran_lately(line, keys, {item.action for item in items}, now),
        sent=sent_lately(line, keys, now),
    )
