"""What tests of waves, versions and stops share: a wave as the worker leaves it, and its items."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from access import audit, relations
from access.lock import context
from access.models import Staff, Tenant
from access.references import new_reference
from access.residency import region
from access.scopes import Relation, Scope
from diagnostics.models import Remediation, Wave, WaveExclusion, WaveRing
from rooms.models import Device
from tests.diagnostics.collections import OWNER

HEALTH, INVENTORY = Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW
RESTART, WORK = Scope.REMEDIATE_RESTART, Scope.INCIDENT_WORK
DIGEST = "a" * 64


@contextmanager
def standing(
    by: Staff, tenant: Tenant, *more: str, record: bool = True
) -> Iterator[context.Context]:
    """Enter as the pages of the queue do: with a record, and the person's relations claimed."""
    held = relations.of(by)
    claims = [f"{r.value}:{tenant.pk}" for r in Relation if held.has(r, tenant.pk)]
    event = audit.view_id(tenant.region, by, "test", "view.test", ("tenant", ""), [], [])
    with context.opened(
        tenant.region, by=by, session="test", tenant=tenant, claims=[*claims, *more], event_id=event
    ) as opened:
        if record:
            audit.record_view(
                event, "view.test", outcome="opened", subject=("tenant", ""), scopes=[], grants=[]
            )
        yield opened


def wave_of(by: Staff, tenant: Tenant, **fields: Any) -> Wave:
    """A wave of restarts as the owner of the region writes it; a draft unless told otherwise."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "reference": new_reference("RW"),
        "title": "Restart the meeting app",
        "action": "restart_app",
        "parameters": {},
        "scope": RESTART.value,
        "selection": {"ring": ["General"]},
        "rings": [ring(name) for name in ("Staging", "General")],
        "per_hour": 100,
        "pilot": 1,
        "covered_by": "grant",
        "reason": "The app hangs since the update",
        "purpose": "mitigate",
        "grant_reference": "GR-00000000",
        "state": "draft",
        "mover": "requester",
        **fields,
    }
    with region(tenant.region):
        return Wave.objects.using(OWNER).create(
            tenant_id=tenant.pk,
            tenant_reference=tenant.reference,
            requested_by_id=by.pk,
            requested_by_person=by.person_id,
            requested_by_label=by.name,
            requested_at=now,
            not_before=now,
            state_at=now,
            next_at=now,
            **values,
        )


def ring(name: str, **days: Any) -> dict[str, Any]:
    """A ring as a draft keeps it."""
    plain = {"order": None, "deferment_days": 0, "rollout_days": 0, "test_days": 0, "most": None}
    return {"name": name, **plain, **days}


def planned(by: Staff, tenant: Tenant, devices: list[Device], **fields: Any) -> Wave:
    """A wave with its plan: a ring for each device, one left out, and items that wait."""
    now = datetime.now(UTC).replace(microsecond=0)
    wave = wave_of(
        by,
        tenant,
        **{
            "state": "planned",
            "digest": DIGEST,
            "planned_at": now,
            "devices": len(devices),
            "left_out": 1,
            "mover": "system",
            **fields,
        },
    )
    names = [one["name"] for one in wave.rings]
    with region(tenant.region):
        members = {name: devices[number :: len(names)] for number, name in enumerate(names)}
        rings_for(wave, {name: len(found) for name, found in members.items()})
        for number, (name, found) in enumerate(members.items()):
            for place, device in enumerate(found):
                item_of(wave, device, ring=name, place=number * 100 + place, pilot=place == 0)
        WaveExclusion.objects.using(OWNER).create(
            tenant_id=tenant.pk,
            wave=wave,
            device_reference="DV-0000AAAA",
            room_reference="RM-0000AAAA",
            ring="General",
            code="device_unmonitored",
            reason="Nothing is heard of the device.",
            remedy="It must report again.",
        )
    return wave


def rings_for(wave: Wave, sizes: dict[str, int]) -> None:
    """The rings of a plan, in the open region."""
    now = datetime.now(UTC).replace(microsecond=0)
    for number, (name, size) in enumerate(sizes.items()):
        begins = now + timedelta(days=1 + number)
        WaveRing.objects.using(OWNER).create(
            tenant_id=wave.tenant_id,
            wave=wave,
            number=number,
            name=name,
            devices=size,
            begins_at=begins,
            last_begins_at=begins,
            judged_from=begins + timedelta(hours=2),
        )


def item_of(wave: Wave, device: Device, **fields: Any) -> Remediation:
    """An item of a wave as the worker plans it, in the open region."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "state": "proposed",
        "reason_code": "asked",
        "mover": "system",
        "window_begins_at": now + timedelta(days=1),
        "window_ends_at": now + timedelta(days=1, hours=3),
        **fields,
    }
    return Remediation.objects.using(OWNER).create(
        id=uuid.uuid4(),
        tenant_id=wave.tenant_id,
        tenant_reference=wave.tenant_reference,
        reference=new_reference("RJ"),
        room_id=device.room_id,
        room_reference=device.room.reference,
        device=device,
        device_reference=device.reference,
        action=wave.action,
        kind="restart",
        parameters=wave.parameters,
        scope=wave.scope,
        covered_by=wave.covered_by,
        reason=wave.reason,
        purpose=wave.purpose,
        requested_by_id=wave.requested_by_id,
        requested_by_person=wave.requested_by_person,
        requested_by_label=wave.requested_by_label,
        grant_reference=wave.grant_reference,
        wave=wave,
        zone="Europe/Berlin",
        requested_at=now,
        state_at=now,
        next_at=now,
        **values,
    )


def now_of(wave: Wave) -> Wave:
    """The wave as it stands now."""
    with region("eu"):
        return Wave.objects.using(OWNER).get(pk=wave.pk)
