"""Devices as they are at this moment, with what was sent to them: what previews are judged by."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from access.residency import region_of
from access.verdict import Denied
from diagnostics.remediation.catalogue import ACTIONS, ActionCode
from diagnostics.remediation.guardrails import Counts
from diagnostics.remediation.queue.facts import (
    devices_now,
    open_operations,
    ran_lately,
    sent_lately,
    stops_in_force,
)
from diagnostics.remediation.tenant_rules import rules_of
from diagnostics.rules.remediations import Check, Moment, Target
from rooms.drain.line import Line
from rooms.models import Device

if TYPE_CHECKING:
    from access.gate import Access


def read_moment(access: Access) -> Moment:
    """The time, the customer's rules and the stops in force."""
    tenant, line = access.tenant, Line(region_of(access.tenant))
    return Moment(
        at=line.now(),
        rules=rules_of([tenant.pk])[tenant.pk],
        stops=stops_in_force(line, [(tenant.pk, tenant.reference)]),
    )


def read_targets(
    access: Access,
    devices: Sequence[Device],
    at: datetime,
    *,
    actions: Collection[ActionCode] = tuple(ACTIONS),
    beside: str = "",
) -> list[Target]:
    """These devices with their newest reports and what was sent to them, in eight statements.

    `beside` names the item that is looked at: it does not stand in its own way. Read as far as the
    reader's grants open it: counts of the region are those that the reader may see.
    """
    tenant, line = access.tenant, Line(region_of(access.tenant))
    keys = [(tenant.pk, device.pk) for device in devices]
    found = devices_now(line, keys)
    under_way = open_operations(line, keys)
    sent = sent_lately(line, keys, at)
    ran = ran_lately(line, keys, [code.value for code in actions], at)
    return [
        Target(
            device_id=device.pk,
            room_id=device.room_id,
            now=found[tenant.pk, device.pk],
            counts=Counts(
                sent.device_day[tenant.pk, device.pk],
                sent.room_hour[tenant.pk, device.room_id],
                sent.tenant_hour[tenant.pk],
                sent.region_hour,
            ),
            open_operations=tuple(
                one.operation
                for one in under_way[tenant.pk, device.pk]
                if one.operation.reference != beside
            ),
            ran_at={code: ran.get(((tenant.pk, device.pk), code.value), ()) for code in actions},
        )
        for device in devices
        if (tenant.pk, device.pk) in found
    ]


def check_line(check: Check) -> dict[str, str]:
    """One line of a list of checks: yes, no with what to do, or that it waits."""
    if not isinstance(check.verdict, Denied):
        return {"word": "yes", "text": check.name, "tone": "ok"}
    text = f"{check.name}: {check.verdict.reason} {check.verdict.remedy}".strip()
    return {
        "word": "waits" if check.waits else "no",
        "text": text,
        "tone": "warn" if check.waits else "bad",
    }
