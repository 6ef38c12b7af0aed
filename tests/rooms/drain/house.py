"""A tenant with rooms whose devices report as real ones do: through the door, at a held time."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from access.models import Tenant
from access.references import new_reference, room_key
from access.residency import region
from rooms.drain.batch import Drained, drain_batch
from rooms.drain.sweep import Swept, sweep
from rooms.models import (
    Device,
    DeviceIdentity,
    DeviceKey,
    Room,
    RoomType,
    Site,
    Suppression,
    TenantProfile,
)
from rooms.states import DeviceState
from tests.conftest import HeldClock

OWNER = "eu_owner"
CAMERA = {
    "kind": "camera", "name": "Room camera", "vendor_id": "046d", "product_id": "0866",
    "instance": "CAM-1", "firmware": "1.2", "port": "USB 1", "connected": True, "usable": True,
}  # fmt: skip
BAR = CAMERA | {
    "kind": "speakerphone",
    "name": "Speakerphone",
    "instance": "SPK-1",
    "port": "USB 2",
}
DISPLAY = {
    "kind": "front_display", "name": "65-inch display", "instance": "DSP-1", "port": "HDMI 1",
    "connected": True,
}  # fmt: skip
NO_CAMERA = [CAMERA | {"connected": False}, BAR, DISPLAY]


def well(at: datetime) -> dict[str, Any]:
    """A report in which every signal that it tells of is healthy."""
    moment = at.isoformat()
    return {
        "report_id": str(uuid.uuid4()),
        "observed_at": moment,
        "device_clock": moment,
        "agent": {"version": "1.2.44.0", "uptime_minutes": 100, "complete": True},
        "system": {
            "manufacturer": "Lenovo", "model": "ThinkSmart Core", "serial": "MJ0FAKE7",
            "bios": "M4AKT37A", "os_name": "Windows 10 IoT Enterprise",
            "os_build": "10.0.19044.1889", "os_activated": True, "time_zone": "Europe/Berlin",
            "uptime_minutes": 100, "restarts_24h": 1, "blue_screens_24h": 0,
            "nightly_restart": True, "bluetooth_on": True, "factory_password": False,
            "cpu_percent": 12.5, "memory_percent": 48.0, "disk_free_bytes": 98_712_444_928,
            "disk_total_bytes": 255_000_000_000, "disk_health": "good",
        },
        "power": {
            "usb_selective_suspend": False, "usb_power_drain": False, "cpu_limit_percent": 100,
            "sleep_after_minutes": 0,
        },
        "windows_update": {
            "service_on": True, "reachable": True, "wsus_set": False, "last_success_at": moment,
            "rolled_back_30d": False, "failing_services": 0, "errors_24h": 0,
        },
        "app": {
            "version": "4.13.132.0", "running": True, "crashes_24h": 0, "in_use": False,
            "internet": "full",
        },
        "sign_in": {"exchange": "well", "teams": "well"},
        "network": {
            "ethernet": True, "wifi": False, "addresses": ["10.20.30.40", "fe80::1", "fd12::7"],
            "mac": "00:1b:21:aa:bb:cc",
        },
        "displays": {"front_configured": 1, "front_found": 1, "console_found": True},
        "configured": {},
        "peripherals": [CAMERA, BAR, DISPLAY],
        "versions": [{"component": "Firmware", "installed": "1.0.1912", "available": "1.0.1912"}],
    }  # fmt: skip


@dataclass
class Box:
    """A device with its key, and when it last said what."""

    house: House
    room: Room
    device: Device
    key: str
    said: dict[str, Any] = field(default_factory=dict)

    def says(self, *, observed: datetime | None = None, **changes: Any) -> str:
        """Send a report: what it said last, with these parts changed. What the door answers."""
        self.said |= changes
        whole = well(observed or self.house.now) | self.said
        return self.sends(json.dumps(whole), uuid.UUID(whole["report_id"]), observed)

    def mends(self) -> None:
        """Say nothing but good again."""
        self.said.clear()

    def sends(
        self, body: str, report: uuid.UUID | None = None, observed: datetime | None = None
    ) -> str:
        """Send any text, as the device surface does once it has checked it."""
        with psycopg.connect(self.house.door, autocommit=True) as line:
            row = line.execute(
                "select result from device.accept_report(%s, %s, 60, %s, %s, %s, 0)",
                [
                    self.key, uuid.uuid4().hex, report or uuid.uuid4(),
                    observed or self.house.now, body,
                ],
            ).fetchone()  # fmt: skip
        return str(row[0])


@dataclass
class House:
    """A tenant's site, with the clock that everything goes by."""

    tenant: Tenant
    clock: HeldClock
    behind: psycopg.Connection
    door: str  # how rooms_device connects
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    boxes: list[Box] = field(default_factory=list)

    def build(self) -> House:
        """The profile and one site; the clock stands still at noon in Berlin, of today."""
        today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        self.at(today.replace(hour=10))
        with region("eu"):
            TenantProfile.objects.using(OWNER).create(
                tenant_id=self.tenant.pk, reference=self.tenant.reference, name="Contoso",
                contact_name="C", contact_email="c@contoso.example",
            )  # fmt: skip
            self.site = Site.objects.using(OWNER).create(
                tenant_id=self.tenant.pk, name="Berlin", building="B1", city="Berlin",
                country="DE", time_zone="Europe/Berlin",
            )  # fmt: skip
        return self

    def at(self, moment: datetime) -> None:
        """Hold the clock at a moment."""
        self.now = moment
        self.clock.hold(moment)

    def later(self, **by: float) -> datetime:
        """Move the clock on: minutes=5 and so on."""
        self.at(self.now + timedelta(**by))
        return self.now

    def box(
        self, state: DeviceState = DeviceState.MONITORED, room: Room | None = None, **fields: Any
    ) -> Box:
        """A device in a room of its own, unless one is given."""
        with region("eu"):
            room = room or self._room(str(fields.pop("floor", "1")))
            device = Device.objects.using(OWNER).create(
                **{
                    "tenant_id": self.tenant.pk, "reference": new_reference("DV"),
                    "room_id": room.pk, "kind": "compute", "platform": "windows",
                    "manufacturer": "Lenovo", "model": "ThinkSmart Core",
                    "serial": uuid.uuid4().hex[:12], "state": state,
                    "time_zone": "Europe/Berlin",
                    "enrolled_at": self.now if state == DeviceState.MONITORED else None,
                } | fields
            )  # fmt: skip
            owned = {"tenant_id": self.tenant.pk, "room_id": room.pk, "device_id": device.pk}
            DeviceIdentity.objects.using(OWNER).create(
                **owned, tenant_reference=self.tenant.reference, ek_digest=uuid.uuid4().hex * 2,
                ak_public=b"", trust="registered", enrolled_at=self.now,
            )  # fmt: skip
            key = DeviceKey.objects.using(OWNER).create(
                **owned, name=f"eu.{new_reference('DV').replace('DV', 'DK')}", public=b"",
                made_at=self.now,
            )  # fmt: skip
        self.boxes.append(Box(self, room, device, key.name))
        return self.boxes[-1]

    def _room(self, floor: str) -> Room:
        reference = new_reference("RM")
        return Room.objects.using(OWNER).create(
            id=room_key(self.tenant.pk, reference), tenant_id=self.tenant.pk, reference=reference,
            name=reference, name_sort=reference, site_id=self.site.pk, floor=floor, capacity=8,
            room_type=RoomType.MEDIUM,
        )  # fmt: skip

    def suppress(self, room: Room, code: str = "", **lasts: float) -> None:
        """Keep a room, or one of its signals, quiet from now on, as a person would."""
        with region("eu"):
            Suppression.objects.using(OWNER).create(
                tenant_id=self.tenant.pk, reference=new_reference("RM").replace("RM", "SP"),
                room_id=room.pk, code=code, reason="Moving", by_id=uuid.uuid4(), by_label="Asha",
                begins_at=self.now, ends_at=self.now + timedelta(**lasts),
            )  # fmt: skip
        self.poke(room)

    def poke(self, room: Room) -> None:
        """Ask for the room to be judged, as every act on it does."""
        self.behind.execute(
            "update rooms_roomhealth set next_evaluation_at = lock.now() where room_id = %s",
            [room.pk],
        )

    def drain(self, **options: Any) -> Drained:
        """What a worker does with what has arrived."""
        return drain_batch("eu", **options)

    def sweep(self) -> Swept:
        """What a worker does by the clock."""
        return sweep("eu")

    def goes_on(self, minutes: int, every: int = 5) -> None:
        """Let time pass, with all devices reporting what they last said, drained at once."""
        for _ in range(0, minutes, every):
            self.later(minutes=every)
            for box in self.boxes:
                box.says()
            self.drain()

    # -- What came of it --------------------------------------------------------------------------

    def rows(self, table: str, columns: str = "*", **where: Any) -> list[tuple[Any, ...]]:
        """Rows of a table, looked at from behind the lock."""
        condition = " and ".join(f"{name} = %({name})s" for name in where) or "true"
        return self.behind.execute(
            f"select {columns} from {table} where {condition} order by 1", where
        ).fetchall()

    def health(self, room: Room) -> str:
        """What the room shows."""
        [(status,)] = self.rows("rooms_roomhealth", "status", room_id=room.pk)
        return str(status)

    def incidents(self, **where: Any) -> list[tuple[str, str]]:
        """Code and state of incidents, in the order of the alphabet."""
        return sorted(self.rows("rooms_incident", "code, state", **where))

    def timeline(self, code: str) -> list[str]:
        """The kinds of entries of the incidents of a code, in order."""
        rows = self.behind.execute(
            "select e.kind from rooms_incidententry e join rooms_incident i on i.id = e.incident_id"
            " where i.code = %s order by e.at, e.kind",
            [code],
        )
        return [kind for (kind,) in rows.fetchall()]

    def signal(self, box: Box, code: str) -> str:
        """The state of a signal of a device; "" when there is none."""
        rows = self.rows("rooms_signalstate", "state", device_id=box.device.pk, code=code)
        return str(rows[0][0]) if rows else ""

    def acts(self, kind: str) -> int:
        """How many acts of a kind are on record."""
        return len(self.rows("access_auditevent", "id", type=kind))
