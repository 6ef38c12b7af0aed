"""Rooms with a device each for waves and policies, stored as the owner; and what befalls items."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from access.models import Grant, Staff, Tenant
from access.references import new_reference, room_key
from access.residency import region
from access.scopes import Scope
from diagnostics.models import (
    Remediation,
    RemediationSettings,
    RemediationVote,
    Wave,
    WaveExclusion,
    WaveRing,
)
from diagnostics.remediation.states import ItemState
from rooms.models import Device, Peripheral, Room, Site, SoftwareVersion
from tests.acts import granted
from tests.diagnostics.waves import OWNER, ring, wave_of

MODEL, OLD, NEW = "Logitech Rally Bar", "10.2.1", "10.3.82"
UPDATE = Scope.REMEDIATE_UPDATE


def fleet(tenant: Tenant, count: int, **fields: Any) -> list[Device]:
    """So many rooms of one new site, each with a monitored device that has just reported."""
    now = datetime.now(UTC)
    names = {"ring": "General", "zone": "UTC", **fields}
    with region(tenant.region):
        site = Site.objects.using(OWNER).create(
            tenant_id=tenant.pk,
            name=f"Site {uuid.uuid4().hex[:8]}",
            building="A",
            city="Town",
            country="DE",
            time_zone=names.pop("zone"),
        )
        wanted = names.pop("ring")
        references = [new_reference("RM") for _ in range(count)]
        rooms = Room.objects.using(OWNER).bulk_create(
            Room(
                tenant_id=tenant.pk,
                id=room_key(tenant.pk, reference),
                reference=reference,
                name=reference,
                name_sort=reference.lower(),
                site=site,
                capacity=8,
                room_type="medium",
                ring=wanted,
            )
            for reference in references
        )
        values = {"state": "monitored", "platform": "windows", "last_seen_at": now, **names}
        return Device.objects.using(OWNER).bulk_create(
            Device(
                tenant_id=tenant.pk,
                reference=new_reference("DV"),
                room=room,
                kind="compute",
                manufacturer="Lenovo",
                model="ThinkSmart Core",
                serial=uuid.uuid4().hex[:12],
                time_zone="UTC",
                **values,
            )
            for room in rooms
        )


def runs(devices: Iterable[Device], firmware: str = OLD, model: str = MODEL) -> None:
    """Each of them has a peripheral of the model with that firmware."""
    now = datetime.now(UTC)
    with region("eu"):
        Peripheral.objects.using(OWNER).bulk_create(
            Peripheral(
                tenant_id=device.tenant_id,
                room_id=device.room_id,
                device=device,
                kind="camera",
                name=model,
                vendor_id="046d",
                product_id="089b",
                instance=device.reference,
                firmware=firmware,
                port="USB 1",
                link="connected",
                since=now,
            )
            for device in devices
        )


def runs_app(devices: Iterable[Device], version: str) -> None:
    """Each of them runs that version of the meeting app."""
    now = datetime.now(UTC)
    with region("eu"):
        SoftwareVersion.objects.using(OWNER).bulk_create(
            SoftwareVersion(
                tenant_id=device.tenant_id,
                room_id=device.room_id,
                device=device,
                component="Meeting app",
                installed=version,
                observed_at=now,
            )
            for device in devices
        )


def holds(by: Staff, tenant: Tenant, voters: Iterable[Staff], scope: Scope = UPDATE) -> Grant:
    """A live grant for the whole tenant."""
    return granted(by, tenant, voters, scope)


def firmware_wave(by: Staff, tenant: Tenant, grant: Grant | None, **fields: Any) -> Wave:
    """A draft that brings new firmware to every device of the tenant, without waiting for a day."""
    begins = fields.pop("not_before", None)
    wave = wave_of(
        by,
        tenant,
        **{
            "title": "New firmware",
            "action": "update_firmware",
            "parameters": {"model": MODEL, "version": NEW},
            "scope": UPDATE.value,
            "selection": {"platform": ["windows"]},
            "rings": [ring("General")],
            "critical": True,
            "pilot": 0,
            "covered_by": "approval",
            "grant_reference": grant.reference if grant else "GR-00000000",
            **fields,
        },
    )
    if begins is not None:
        change(wave, not_before=begins)
    return wave


def agreed(wave: Wave, *voters: Staff, **fields: Any) -> Wave:
    """The votes for its plan, and the approval, written as the owner; it runs unless told."""
    stands = again(wave)
    with region("eu"):
        for voter in voters:
            RemediationVote.objects.using(OWNER).create(
                tenant_id=wave.tenant_id,
                subject="wave",
                subject_id=wave.pk,
                digest=stands.digest,
                voter_id=voter.pk,
                voter_person=voter.person_id,
                voter_label=voter.name,
                approves=True,
                step_up_method="totp",
                voted_at=datetime.now(UTC),
            )
    now = datetime.now(UTC)
    change(
        wave,
        **{
            "state": "running",
            "approval_ends_at": now + timedelta(days=90),
            "next_at": now - timedelta(minutes=1),
            **fields,
        },
    )
    return again(wave)


def again(wave: Wave) -> Wave:
    """The wave as it stands now."""
    with region("eu"):
        return Wave.objects.using(OWNER).get(pk=wave.pk)


def change(wave: Wave, **fields: Any) -> None:
    """Change a wave's row behind the guard; looked at next unless told otherwise."""
    due = {"next_at": datetime.now(UTC) - timedelta(minutes=1)}
    with region("eu"):
        Wave.objects.using(OWNER).filter(pk=wave.pk).update(**(due | fields))


def items_of(wave: Wave, **fields: Any) -> list[Remediation]:
    """Its items as they stand now, in the order of the plan."""
    with region("eu"):
        rows = Remediation.objects.using(OWNER).filter(wave=wave, **fields)
        return list(rows.order_by("place", "requested_at", "id"))


def states_of(wave: Wave, **fields: Any) -> list[str]:
    """The states of its items."""
    return [item.state for item in items_of(wave, **fields)]


def rings_of(wave: Wave) -> list[WaveRing]:
    """Its rings as they stand now."""
    with region("eu"):
        return list(WaveRing.objects.using(OWNER).filter(wave=wave).order_by("number"))


def left_out(wave: Wave) -> dict[str, str]:
    """The code by reference of each device that takes no part."""
    with region("eu"):
        rows = WaveExclusion.objects.using(OWNER).filter(wave=wave)
        return dict(rows.values_list("device_reference", "code"))


# What the words of each state are, for rows that no worker moved there.
REASON = {
    ItemState.SCHEDULED: "scheduled",
    ItemState.DISPATCHED: "in_progress",
    ItemState.VERIFYING: "waits_for_report",
    ItemState.SUCCEEDED: "success",
    ItemState.FAILED: "verification_failed",
    ItemState.EXPIRED: "not_fetched",
    ItemState.WAITING_FOR_GRANT: "grant_ended",
}
SENT = {
    ItemState.DISPATCHED,
    ItemState.VERIFYING,
    ItemState.SUCCEEDED,
    ItemState.FAILED,
    ItemState.EXPIRED,
}


def becomes(items: Iterable[Remediation], state: ItemState, **fields: Any) -> None:
    """Put items where the channel, the device and the reports would have brought them."""
    sent = {"sent_at": Now()} if state in SENT else {}
    keys = [item.pk for item in items]
    with region("eu"):
        Remediation.objects.using(OWNER).filter(pk__in=keys).update(
            **{"state": state, "reason_code": REASON[state], "state_at": Now(), **sent, **fields}
        )


def later_by(items: Iterable[Remediation], **past: Any) -> None:
    """Move the windows of items; a negative length lies in the past."""
    keys, by = [item.pk for item in items], timedelta(**past)
    with region("eu"):
        Remediation.objects.using(OWNER).filter(pk__in=keys).update(
            window_begins_at=F("window_begins_at") + by, window_ends_at=F("window_ends_at") + by
        )


def events_of(superuser: Any, reference: str) -> list[str]:
    """What the record has of a reference, oldest first."""
    rows = superuser["eu"].execute(
        "select type from access_auditevent where subject_reference = %s order by recorded_at, id",
        [reference],
    )
    return [kind for (kind,) in rows.fetchall()]


def detail_of(superuser: Any, reference: str, kind: str) -> dict[str, Any]:
    """The detail of the one event of that kind."""
    ((detail,),) = (
        superuser["eu"]
        .execute(
            "select detail from access_auditevent where subject_reference = %s and type = %s",
            [reference, kind],
        )
        .fetchall()
    )
    return dict(detail)


def agreed_settings(tenant: Tenant, document: dict[str, Any]) -> None:
    """Settings of the tenant that are in force."""
    now = datetime.now(UTC)
    with region(tenant.region):
        RemediationSettings.objects.using(OWNER).create(
            tenant_id=tenant.pk,
            reference=new_reference("RS"),
            tenant_reference=tenant.reference,
            version=1,
            reason="Agreed with the customer",
            state="in_force",
            state_at=now,
            digest="d" * 64,
            proposed_by_id=uuid.uuid4(),
            proposed_by_person=uuid.uuid4(),
            proposed_by_label="Asha",
            grant_reference="GR-00000000",
            proposed_at=now,
            document=document,
        )
