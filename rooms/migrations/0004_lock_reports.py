"""The new tables under the scopes that open them, what the worker may do, and the device's door."""

from pathlib import Path

from django.db import migrations

from access.lock.operations import LockTable, MayUpdate, WorkerMay
from access.scopes import Scope

INVENTORY = Scope.INVENTORY_VIEW.value
ACCOUNT = Scope.ACCOUNT_VIEW.value
HEALTH = Scope.HEALTH_VIEW.value
WORK = Scope.INCIDENT_WORK.value
LIFECYCLE = Scope.LIFECYCLE_MANAGE.value

SQL = Path(__file__).parents[1] / "sql"

# Counts of what was refused name nobody; spent nonces are nobody's to read.
COUNTS = """
alter table rooms_devicerefusal enable row level security, force row level security;
create policy owner_keeps on rooms_devicerefusal to rooms_owner using (true) with check (true);
create policy signed_in on rooms_devicerefusal for select to rooms_web
    using ((select lock.actor()) is not null);
grant select on rooms_devicerefusal to rooms_web;
alter table rooms_devicenonce enable row level security, force row level security;
create policy owner_keeps on rooms_devicenonce to rooms_owner using (true) with check (true);
"""


def sql_of(name):
    """One of our SQL files, run in the regions."""
    return migrations.RunSQL((SQL / name).read_text(), hints={"plane": "region"})


class Migration(migrations.Migration):
    """A parent's table comes before those that point at it, for its key must lead already."""

    dependencies = [("rooms", "0003_reports_and_incidents")]

    operations = [
        sql_of("reports.sql"),
        LockTable("EnrolmentKey", read=LIFECYCLE, write=LIFECYCLE, room="room_id"),
        LockTable("TrustedEndorsement", read=LIFECYCLE, write=LIFECYCLE, room="room_id"),
        LockTable("EnrolmentChallenge", read=LIFECYCLE, whole_tenant=True),
        LockTable("DeviceIdentity", read=LIFECYCLE, room="room_id"),
        LockTable("DeviceKey", read=LIFECYCLE, room="room_id"),
        LockTable("DeviceCommand", read=INVENTORY, room="room_id"),
        MayUpdate("DeviceIdentity", LIFECYCLE, "revoked_at, revoked_why"),
        MayUpdate("DeviceKey", LIFECYCLE, "revoked_at, revoked_why"),
        MayUpdate("Device", LIFECYCLE, "state, enrolled_at"),
        LockTable(
            "ReportInbox", read=ACCOUNT, whole_tenant=True, worker="select, update (id), delete"
        ),
        LockTable("DeviceReport", read=ACCOUNT, whole_tenant=True, worker="select, insert"),
        LockTable("Incident",
            read=HEALTH,
            write=WORK,
            room="room_id",
            worker="select, insert, update",
        ),
        LockTable("IncidentEntry", read=HEALTH, write=WORK, room="room_id", worker="select, insert"),
        LockTable("IncidentMessage", read=WORK, write=WORK, room="room_id"),
        LockTable("Suppression", read=HEALTH, write=WORK, room="room_id", worker="select"),
        LockTable("SignalSetting", read=HEALTH, write=WORK, whole_tenant=True, worker="select"),
        LockTable("SignalThresholds", read=HEALTH, write=WORK, whole_tenant=True, worker="select"),
        LockTable(
            "HealthCount", read=HEALTH, whole_tenant=True, worker="select, insert, update, delete"
        ),
        # An act on a room's incidents asks the worker to judge the room again at once.
        MayUpdate("RoomHealth", WORK, "next_evaluation_at"),
        WorkerMay("TenantProfile", "select (id, tenant_id, reference, left_at)"),
        WorkerMay("Site", "select (id, tenant_id, name, building, time_zone)"),
        WorkerMay("Room", "select (id, tenant_id, reference, site_id, floor, ring, room_type)"),
        WorkerMay("Device", "select, update"),
        WorkerMay("Peripheral", "select, insert, update, delete"),
        WorkerMay("SoftwareVersion", "select, insert, update, delete"),
        WorkerMay("DeviceAddress", "select, insert, update"),
        WorkerMay("RoomHealth", "select, insert, update"),
        WorkerMay("SignalState", "select, insert, update, delete"),
        WorkerMay("RoomDay", "select, insert, update"),
        WorkerMay("RoomEventHour", "select, insert, update, delete"),
        WorkerMay("FleetCount", "select, insert, update, delete"),
        WorkerMay("TriageItem", "select, insert, update, delete"),
        migrations.RunSQL(COUNTS, hints={"plane": "region"}),
        sql_of("device.sql"),
    ]
