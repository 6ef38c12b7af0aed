"""What was done to a room: rows of canaries in every table of the remediation queue."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from access.models import Staff, Tenant
from access.references import new_reference
from access.residency import region
from diagnostics import models
from rooms.models import Device, DeviceCommand

OWNER: Final = "eu_owner"
# Which scope opens each table to somebody who has no other part in the row.
SCOPE_OF: Final = {
    **dict.fromkeys(
        (
            "diagnostics_remediation",
            "diagnostics_remediationstep",
            "diagnostics_remediationfinding",
            "diagnostics_wave",
            "diagnostics_wavering",
            "diagnostics_waveexclusion",
            "diagnostics_automationpolicy",
            "diagnostics_remediationsettings",
            "diagnostics_remediationvote",
        ),
        "health.view",
    ),
    "rooms_devicecommand": "inventory.view",
}
# Nobody reads these, or everybody who is signed in.
APART: Final = ("diagnostics_remediationnotice", "diagnostics_emergencystop")
# A grant for some rooms opens of these only what is of those rooms.
OF_ROOMS: Final = (
    "diagnostics_remediation",
    "diagnostics_remediationstep",
    "diagnostics_remediationfinding",
    "rooms_devicecommand",
)
# And of these nothing, for they are about all rooms at once.
OF_ALL_ROOMS: Final = ("diagnostics_wave", "diagnostics_wavering", "diagnostics_waveexclusion")


@dataclass(frozen=True)
class Remediated:
    """What stands of one device: an item that waits for a decision, one that ended, a wave."""

    waiting: uuid.UUID
    ended: uuid.UUID
    wave: uuid.UUID
    policy: uuid.UUID
    settings: uuid.UUID


def drawn_item(
    tenant: Tenant, device: Device, by: uuid.UUID, word: str, **fields: Any
) -> models.Remediation:
    """An item of the queue that nobody has written yet."""
    now = datetime.now(UTC)
    plain: dict[str, Any] = {
        "tenant_id": tenant.pk,
        "reference": new_reference("RJ"),
        "tenant_reference": tenant.reference,
        "room_id": device.room_id,
        "room_reference": device.room.reference,
        "device": device,
        "device_reference": device.reference,
        "action": "reset_usb",
        "kind": "usb",
        "parameters": {"port": word},
        "scope": "remediate.usb",
        "covered_by": "approval",
        "reason": word,
        "purpose": "mitigate",
        "requested_by_id": by,
        "requested_by_person": by,
        "requested_by_label": word,
        "grant_reference": "GR-00000001",
        "zone": "UTC",
        "window_begins_at": now,
        "window_ends_at": now + timedelta(hours=4),
        "digest": "d" * 64,
        "state": "proposed",
        "reason_code": "asked",
        "state_at": now,
        "mover": "requester",
        "moved_by_label": word,
        "told": word,
        "next_at": now,
        "requested_at": now,
    }
    with region(tenant.region):
        return models.Remediation(**plain | fields)


def item(
    tenant: Tenant, device: Device, by: uuid.UUID, word: str, **fields: Any
) -> models.Remediation:
    """An item, written as the owner; its step writes itself."""
    made = drawn_item(tenant, device, by, word, **fields)
    with region(tenant.region):
        made.save(using=OWNER, force_insert=True)
    return made


def drawn_wave(tenant: Tenant, by: uuid.UUID, word: str, **fields: Any) -> models.Wave:
    """A planned wave that nobody has written yet."""
    now = datetime.now(UTC)
    plain: dict[str, Any] = {
        "tenant_id": tenant.pk,
        "reference": new_reference("RW"),
        "tenant_reference": tenant.reference,
        "title": word,
        "action": "reset_usb",
        "parameters": {"port": word},
        "scope": "remediate.usb",
        "per_hour": 10,
        "covered_by": "approval",
        "reason": word,
        "purpose": "mitigate",
        "grant_reference": "GR-00000001",
        "requested_by_id": by,
        "requested_by_person": by,
        "requested_by_label": word,
        "requested_at": now,
        "not_before": now,
        "state": "planned",
        "state_at": now,
        "mover": "system",
        "why": word,
        "digest": "e" * 64,
        "planned_at": now,
        "devices": 1,
        "next_at": now,
    }
    with region(tenant.region):
        return models.Wave(**plain | fields)


def wave(tenant: Tenant, by: uuid.UUID, word: str, **fields: Any) -> models.Wave:
    """A wave with a ring and a device that it leaves out, written as the owner."""
    now, key = datetime.now(UTC), {"tenant_id": tenant.pk}
    made = drawn_wave(tenant, by, word, **fields)
    with region(tenant.region):
        made.save(using=OWNER, force_insert=True)
        models.WaveRing.objects.using(OWNER).create(
            **key, wave=made, number=0, name=word, devices=1, begins_at=now, judged_from=now
        )
        models.WaveExclusion.objects.using(OWNER).create(
            **key,
            wave=made,
            device_reference=new_reference("DV"),
            room_reference=new_reference("RM"),
            code="offline",
            reason=word,
        )
    return made


def version(model: type[Any], tenant: Tenant, by: uuid.UUID, word: str, **fields: Any) -> Any:
    """A proposed version of a policy or of settings, written as the owner."""
    now = datetime.now(UTC)
    plain: dict[str, Any] = {
        "tenant_id": tenant.pk,
        "reference": new_reference("RP" if model is models.AutomationPolicy else "RS"),
        "tenant_reference": tenant.reference,
        "version": 1,
        "reason": word,
        "state_at": now,
        "digest": "f" * 64,
        "proposed_by_id": by,
        "proposed_by_person": by,
        "proposed_by_label": word,
        "grant_reference": "GR-00000001",
        "proposed_at": now,
    }
    if model is models.AutomationPolicy:
        plain |= {"signal": word, "action": "reset_usb", "most_per_day": 1}
    else:
        plain |= {"document": {"said": word}}
    with region(tenant.region):
        return model.objects.using(OWNER).create(**plain | fields)


def vote(
    tenant: Tenant, subject: str, key: uuid.UUID, digest: str, by: uuid.UUID, word: str
) -> Any:
    """A vote, written as the owner."""
    with region(tenant.region):
        return models.RemediationVote.objects.using(OWNER).create(
            tenant_id=tenant.pk,
            subject=subject,
            subject_id=key,
            digest=digest,
            voter_id=by,
            voter_person=by,
            voter_label=word,
            approves=True,
            reason=word,
            step_up_method="totp",
            voted_at=datetime.now(UTC),
        )


def stop(by: Staff, level: str = "everything", **fields: Any) -> Any:
    """An emergency stop of the queue in the EU, written as the owner."""
    with region("eu"):
        return models.EmergencyStop.objects.using(OWNER).create(
            reference=new_reference("ES"),
            level=level,
            reason="Something is wrong",
            placed_by_id=by.pk,
            placed_by_person=by.person_id,
            placed_by_label=by.name,
            placed_at=datetime.now(UTC),
            **fields,
        )


def plant(tenant: Tenant, device: Device, word: str) -> Remediated:
    """Every table has a row of the tenant, by somebody who is none of the people of a test."""
    somebody, now = uuid.uuid4(), datetime.now(UTC)
    key: dict[str, Any] = {"tenant_id": tenant.pk}
    waiting = item(tenant, device, somebody, word)
    ended = item(
        tenant, device, somebody, word, state="succeeded", reason_code="success", mover="system"
    )
    planned = wave(tenant, somebody, word)
    policy = version(models.AutomationPolicy, tenant, somebody, word, signal=uuid.uuid4().hex)
    with region(tenant.region):
        number = models.RemediationSettings.objects.using(OWNER).filter(**key).count() + 1
    settings = version(models.RemediationSettings, tenant, somebody, word, version=number)
    vote(tenant, "item", waiting.pk, waiting.digest, somebody, word)
    with region(tenant.region):
        models.RemediationFinding.objects.using(OWNER).create(
            **key, item=ended, room_id=device.room_id, before={"said": word}, sentence=word
        )
        models.RemediationNotice.objects.using(OWNER).create(
            **key,
            staff_id=somebody,
            code="item_ended",
            reference=ended.reference,
            tenant_reference=tenant.reference,
            made_at=now,
        )
        DeviceCommand.objects.using(OWNER).create(
            **key,
            device=device,
            room_id=device.room_id,
            kind="reset_usb",
            parameters={"port": word},
            signed={"said": word},
            made_at=now,
            expires_at=now + timedelta(hours=1),
        )
    return Remediated(waiting.pk, ended.pk, planned.pk, policy.pk, settings.pk)
