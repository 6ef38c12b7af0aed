"""A customer's rooms, and items of the queue in any state, written as the owner of the region."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections
from psycopg.types.json import Jsonb

from access.models import Staff, Tenant
from access.references import new_reference, room_key
from access.residency import region
from diagnostics.models import (
    AutomationPolicy,
    Remediation,
    RemediationFinding,
    RemediationStep,
    Wave,
)
from diagnostics.remediation.catalogue import ACTIONS, ActionCode, read_parameters
from diagnostics.remediation.queue.facts import ordered_of
from rooms.models import Device, DeviceCommand, Incident, IncidentEntry, Room, RoomHealth, Site
from rooms.models.places import TenantProfile
from tests.conftest import HeldClock
from tests.diagnostics.remediation.rooms_now import TOLD
from tests.rooms.signals.reports import report as whole_report

OWNER = "eu_owner"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Every published window is open at three at night; the rooms stand in a zone without changes.
ZONE = "Etc/UTC"


def tonight() -> datetime:
    """Three at night, on the day after today: partitions stand for it."""
    return (datetime.now(UTC) + DAY).replace(hour=3, minute=0, second=0, microsecond=0)


@dataclass
class Place:
    """A tenant with one site; `at` is the time that its clock stands at."""

    tenant: Tenant
    clock: HeldClock
    at: datetime = field(default_factory=tonight)
    site: Site | None = None

    def build(self) -> Place:
        """Hold the clock, and make the profile and a site."""
        self.clock.hold(self.at)
        with region("eu"):
            TenantProfile.objects.using(OWNER).create(
                tenant_id=self.tenant.pk,
                reference=self.tenant.reference,
                name="Contoso",
                contact_name="Kim",
                contact_email="kim@contoso.test",
            )
            self.site = Site.objects.using(OWNER).create(
                tenant_id=self.tenant.pk,
                name="Head office",
                building="A",
                city="Bonn",
                country="DE",
                time_zone=ZONE,
            )
        return self

    def wait(self, by: timedelta) -> datetime:
        """Move the clock on."""
        self.at += by
        self.clock.hold(self.at)
        return self.at

    def sql(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement as the owner of the region; its rows."""
        with connections[OWNER].cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def device(self, **fields: Any) -> Device:
        """A monitored computer in a free room of its own, which reported just now."""
        return self.devices(1, **fields)[0]

    def devices(self, count: int, *, reports: bool = True, **fields: Any) -> list[Device]:
        """So many rooms with a computer each."""
        with region("eu"):
            made = self._devices(count, fields)
        if reports:
            for device in made:
                self.report(device)
        return made

    def _devices(self, count: int, fields: dict[str, Any]) -> list[Device]:
        rooms = [self._room() for _ in range(count)]
        made = [
            Device(
                tenant_id=self.tenant.pk,
                reference=new_reference("DV"),
                room=room,
                time_zone=ZONE,
                last_seen_at=self.at,
                **{
                    "kind": "compute",
                    "platform": "windows",
                    "manufacturer": "Lenovo",
                    "model": "ThinkSmart Core",
                    "serial": uuid.uuid4().hex[:12],
                    "state": "monitored",
                }
                | fields,
            )
            for room in rooms
        ]
        health = [
            RoomHealth(
                tenant_id=self.tenant.pk,
                room=room,
                status="healthy",
                attention=5,
                since=self.at,
                in_use=False,
            )
            for room in rooms
        ]
        Room.objects.using(OWNER).bulk_create(rooms)
        Device.objects.using(OWNER).bulk_create(made)
        RoomHealth.objects.using(OWNER).bulk_create(health)
        return made

    def _room(self) -> Room:
        reference = new_reference("RM")
        return Room(
            id=room_key(self.tenant.pk, reference),
            tenant_id=self.tenant.pk,
            reference=reference,
            name=reference,
            name_sort=reference,
            site=self.site,
            capacity=8,
            room_type="standard",
        )

    def report(
        self, device: Device, *, in_use: bool | None = False, body: bool = True, **changes: Any
    ) -> None:
        """The device reports now, and the report is drained; without `body` it said nothing new."""
        told = whole_report(
            {"report_id": uuid.uuid4(), "observed_at": self.at, "device_clock": self.at} | changes
        )
        self.sql(
            "insert into rooms_devicereport (tenant_id, device_id, report_id, received_at,"
            " observed_at, digest, body) values (%s, %s, %s, %s, %s, %s, %s)",
            [
                device.tenant_id, device.pk, told.report_id, self.at, self.at, b"d" * 32,
                Jsonb(told.model_dump(mode="json")) if body else None,
            ],
        )  # fmt: skip
        self.sql(
            "update rooms_device set last_seen_at = %s, last_observed_at = %s, last_digest = %s"
            " where id = %s",
            [self.at, self.at, b"d" * 32, device.pk],
        )
        self.sql(
            "update rooms_roomhealth set in_use = %s where room_id = %s", [in_use, device.room_id]
        )

    def item(self, device: Device, action: str = "reset_usb", **fields: Any) -> Remediation:
        """An item of the device; approved under a grant unless told otherwise."""
        return self.items([device], action, **fields)[0]

    def items(
        self, devices: list[Device], action: str = "reset_usb", **fields: Any
    ) -> list[Remediation]:
        """An item of each device. `by`: who ordered it; `agreed`: exactly this was approved."""
        with region("eu"):
            return self._items(devices, action, **fields)

    def _items(
        self,
        devices: list[Device],
        action: str,
        *,
        by: Staff | None = None,
        agreed: bool = False,
        **fields: Any,
    ) -> list[Remediation]:
        begins = fields.pop("begins", self.at - HOUR)
        ends = fields.pop("ends", self.at + HOUR)
        next_at = fields.pop("next_at", self.at)
        known = ACTIONS.get(ActionCode(action)) if action in ActionCode.values else None
        made = []
        for device in devices:
            item = Remediation(
                tenant_id=device.tenant_id,
                reference=new_reference("RJ"),
                tenant_reference=self.tenant.reference,
                room_id=device.room_id,
                room_reference=device.room.reference,
                device_id=device.pk,
                device_reference=device.reference,
                action=action,
                window_begins_at=begins,
                window_ends_at=ends,
                state_at=self.at,
                requested_at=self.at,
                next_at=next_at,
                requested_by_label="Asha",
                zone=ZONE,
                **{
                    "kind": known.kind if known else "restart",
                    "parameters": TOLD.get(ActionCode(action), {}) if known else {},
                    "scope": known.scope if known else "remediate.restart",
                    "covered_by": "approval" if agreed else "grant",
                    "reason": "The camera is gone",
                    "purpose": "mitigate",
                    "requested_by_id": by.pk if by else self.tenant.pk,
                    "requested_by_person": by.person_id if by else self.tenant.pk,
                    "grant_reference": "GR-00000001",
                    "state": "approved",
                    "reason_code": "agreed",
                    "mover": "requester",
                }
                | fields,
            )
            if agreed and known:
                told = read_parameters(known.parameters, item.parameters)
                item.digest = item.approved_digest = ordered_of(item, told).digest
                item.approval_ends_at = item.window_ends_at + DAY
            made.append(item)
        return Remediation.objects.using(OWNER).bulk_create(made)

    def policy(self, **fields: Any) -> AutomationPolicy:
        """A policy in force."""
        with region("eu"):
            return AutomationPolicy.objects.using(OWNER).create(
                tenant_id=self.tenant.pk,
                **{
                    "reference": new_reference("RP"),
                    "tenant_reference": self.tenant.reference,
                    "version": 1,
                    "reason": "Loose cables",
                    "state": "in_force",
                    "state_at": self.at,
                    "digest": "p" * 64,
                    "proposed_by_id": self.tenant.pk,
                    "proposed_by_person": self.tenant.pk,
                    "proposed_by_label": "Asha",
                    "grant_reference": "GR-00000001",
                    "proposed_at": self.at,
                    "signal": "camera_room",
                    "action": "reset_usb",
                    "parameters": TOLD[ActionCode.RESET_USB],
                    "most_per_day": 10,
                }
                | fields,
            )

    def stop(self, level: str = "everything", target: str = "", **fields: Any) -> str:
        """An emergency stop of the queue; its reference."""
        reference = new_reference("ES")
        self.sql(
            "insert into diagnostics_emergencystop (id, reference, level, stopped_tenant_id,"
            " target, reason, placed_by_id, placed_by_person, placed_by_label, placed_at,"
            " release_reason, release_asked_by_label, released_by_label)"
            " values (gen_random_uuid(), %s, %s, %s, %s, 'Smoke', %s, %s, 'Bo', %s, '', '', '')",
            [
                reference, level, self.tenant.pk if level == "tenant" else None,
                self.tenant.reference if level == "tenant" else target,
                self.tenant.pk, self.tenant.pk, self.at,
            ],
        )  # fmt: skip
        return reference

    def release(self) -> None:
        """Every stop is released."""
        self.sql(
            "update diagnostics_emergencystop set released_at = %s, released_by_person = %s",
            [self.at, uuid.uuid4()],
        )

    def said(self, item: Remediation, **facts: Any) -> None:
        """What the device surface has noted of the item's command: its columns."""
        columns = ", ".join(f"{name} = %s" for name in facts)
        self.sql(
            f"update rooms_devicecommand set {columns} where id = %s",
            [*facts.values(), self.now(item).command_id],
        )

    def answer(self, item: Remediation, outcome: str = "done", detail_code: str = "") -> None:
        """The device has taken the command, and answers."""
        facts = {"delivered_at": self.at, "accepted_at": self.at, "running_at": self.at}
        self.said(item, **facts, answered_at=self.at, outcome=outcome, detail_code=detail_code)

    # -- What stands now ---------------------------------------------------------------------------

    def now(self, item: Remediation) -> Remediation:
        """The item as it stands."""
        with region("eu"):
            return Remediation.objects.using(OWNER).get(pk=item.pk)

    def stands(self, item: Remediation) -> tuple[str, str]:
        """Its state, and why."""
        now = self.now(item)
        return now.state, now.reason_code

    def states(self) -> dict[str, int]:
        """How many items stand in each state."""
        rows = self.sql("select state, count(*) from diagnostics_remediation group by 1")
        return dict(rows)

    def commands(self, item: Remediation | None = None) -> list[DeviceCommand]:
        """All commands, or those of the item's device, oldest first."""
        with region("eu"):
            found = DeviceCommand.objects.using(OWNER).order_by("made_at", "id")
            return list(found.filter(device_id=item.device_id) if item else found)

    def steps(self, item: Remediation) -> list[tuple[str, str]]:
        """Its run log: where it went, and why."""
        with region("eu"):
            rows = RemediationStep.objects.using(OWNER).filter(item_id=item.pk).order_by("id")
            return list(rows.values_list("state", "reason_code"))

    def finding(self, item: Remediation, attempt: int = 1) -> RemediationFinding:
        """What was measured."""
        with region("eu"):
            return RemediationFinding.objects.using(OWNER).get(item_id=item.pk, attempt=attempt)

    def events(self, kind: str = "remediation.") -> list[tuple[str, dict[str, Any]]]:
        """The record, oldest first: types that begin so, with their details."""
        rows = self.sql(
            "select type, detail::text from access_auditevent where type like %s"
            " order by recorded_at, id",
            [f"{kind}%"],
        )
        return [(kind, json.loads(detail)) for kind, detail in rows]

    def notices(self) -> list[tuple[str, str]]:
        """Code and reference of every notice that waits."""
        return self.sql(
            "select code, reference from diagnostics_remediationnotice order by made_at, id"
        )

    def incidents(self) -> list[Incident]:
        """All incidents."""
        with region("eu"):
            return list(Incident.objects.using(OWNER).order_by("opened_at", "id"))

    def entries(self, incident: Incident) -> list[str]:
        """The texts of its timeline."""
        with region("eu"):
            rows = IncidentEntry.objects.using(OWNER).filter(incident_id=incident.pk)
            return list(rows.order_by("at", "id").values_list("text", flat=True))

    def wave_moves(self, wave: Wave, state: str) -> None:
        """The wave goes on, as its owner writes it."""
        with region("eu"):
            Wave.objects.using(OWNER).filter(pk=wave.pk).update(state=state)
