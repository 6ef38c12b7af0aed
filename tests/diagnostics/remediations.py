"""What the tests of ordered remediations share: a device that has reported, and items as rows."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from access.models import Staff, Tenant
from access.references import new_reference
from access.residency import region
from access.scopes import Scope
from diagnostics.models import CoveredBy, Remediation, RemediationStep, RemediationVote
from diagnostics.remediation.catalogue import ACTIONS, ActionCode
from diagnostics.remediation.reasons import REASONS
from diagnostics.remediation.states import ItemState, Mover
from rooms.models import Device, DeviceReport, RoomHealth
from tests.rooms.signals.reports import report

OWNER = "eu_owner"
HEALTH, INVENTORY = Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW
RESTART, USB, UPDATE = Scope.REMEDIATE_RESTART, Scope.REMEDIATE_USB, Scope.REMEDIATE_UPDATE
ORDERING = (HEALTH, INVENTORY, USB, RESTART)


def reported(device: Device, *, in_use: bool | None = False, **changes: Any) -> Device:
    """The device has reported a moment ago what the well room reports, with changes."""
    now = datetime.now(UTC)
    body = report({"observed_at": now, "device_clock": now} | changes).model_dump(mode="json")
    with region("eu"):
        DeviceReport.objects.using(OWNER).create(
            tenant_id=device.tenant_id,
            device_id=device.pk,
            report_id=uuid.uuid4(),
            received_at=now,
            observed_at=now,
            digest=sha256(b"body").digest(),
            body=body,
        )
        Device.objects.using(OWNER).filter(pk=device.pk).update(last_seen_at=now)
        RoomHealth.objects.using(OWNER).filter(room_id=device.room_id).update(in_use=in_use)
    return device


def item_of(
    device: Device,
    tenant: Tenant,
    by: Staff | None = None,
    *,
    action: ActionCode = ActionCode.RESTART_APP,
    state: ItemState = ItemState.SCHEDULED,
    **fields: Any,
) -> Remediation:
    """An item of the device as it would stand in that state, written as the owner."""
    now = datetime.now(UTC)
    line = ACTIONS[action]
    values: dict[str, Any] = {
        "reference": new_reference("RJ"),
        "tenant_reference": tenant.reference,
        "room_id": device.room_id,
        "room_reference": device.room.reference,
        "device_id": device.pk,
        "device_reference": device.reference,
        "action": action,
        "kind": line.kind,
        "scope": line.scope,
        "covered_by": CoveredBy.GRANT,
        "reason": "The console is dark",
        "purpose": "mitigate",
        "requested_by_id": by.pk if by else uuid.uuid4(),
        "requested_by_person": by.person_id if by else uuid.uuid4(),
        "requested_by_label": by.name if by else "Somebody",
        "grant_reference": "GR-00000001",
        "zone": "Europe/Berlin",
        "window_begins_at": now + timedelta(hours=1),
        "window_ends_at": now + timedelta(hours=6),
        "digest": "d" * 64,
        "state": state,
        "reason_code": max(REASONS[state]),
        "state_at": now,
        "requested_at": now,
        "mover": Mover.REQUESTER,
        "moved_by_label": by.name if by else "Somebody",
        "next_at": now,
    }
    with region("eu"):
        return Remediation.objects.using(OWNER).create(tenant_id=tenant.pk, **values | fields)


def items() -> list[Remediation]:
    """Every item, in the order in which they were asked for."""
    with region("eu"):
        return list(Remediation.objects.using(OWNER).order_by("requested_at", "id"))


def again(item: Remediation) -> Remediation:
    """The item as it stands now."""
    with region("eu"):
        return Remediation.objects.using(OWNER).get(pk=item.pk)


def steps_of(item: Remediation) -> list[tuple[str, str, str]]:
    """State, mover and sentence of its run log, oldest first."""
    with region("eu"):
        rows = RemediationStep.objects.using(OWNER).filter(item_id=item.pk).order_by("id")
        return [(row.state, row.mover, row.sentence) for row in rows]


def votes_on(item: Remediation) -> list[tuple[str, bool]]:
    """Who voted how."""
    with region("eu"):
        rows = RemediationVote.objects.using(OWNER).filter(subject_id=item.pk)
        return [(row.voter_label, row.approves) for row in rows.order_by("voted_at")]
