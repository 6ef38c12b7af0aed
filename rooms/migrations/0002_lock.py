"""Every table of the app, under the scope that opens it."""

from django.db import migrations

from access.lock.operations import LockTable
from access.scopes import Scope

INVENTORY = Scope.INVENTORY_VIEW.value
ACCOUNT = Scope.ACCOUNT_VIEW.value
HEALTH = Scope.HEALTH_VIEW.value

# What holds no tenant data still takes a person: no signed context, no rows.
COUNTS = "(select lock.actor()) is not null"
# The triage list names tenants by reference, so it shows those that the person may ask for.
TRIAGE = "tenant_id = any((select lock.tenants('may_ask'))::uuid[])"

OPEN = """
alter table {table} enable row level security, force row level security;
create policy owner_keeps on {table} to rooms_owner using (true) with check (true);
create policy signed_in on {table} for select to rooms_web using ({rows});
grant select on {table} to rooms_web;
"""


def open_without_a_grant(table, rows):
    """Let whoever is signed in read these rows of a table of counts or references."""
    return migrations.RunSQL(OPEN.format(table=table, rows=rows), hints={"plane": "region"})


class Migration(migrations.Migration):
    """A parent's table comes before those that point at it, for its key must lead already."""

    dependencies = [("rooms", "0001_initial"), ("access", "0002_lock")]

    operations = [
        LockTable("TenantProfile", read=INVENTORY),
        LockTable("Site", read=INVENTORY, through="rooms_room.site_id"),
        LockTable("Room", read=INVENTORY, room="id"),
        LockTable("RoomToken", read=INVENTORY, room="room_id"),
        LockTable("Device", read=INVENTORY, room="room_id"),
        LockTable("Peripheral", read=INVENTORY, room="room_id"),
        LockTable("SoftwareVersion", read=INVENTORY, room="room_id"),
        LockTable("RoomAccount", read=ACCOUNT, room="room_id"),
        LockTable("DeviceAddress", read=ACCOUNT, room="room_id"),
        LockTable("RoomPosition", read=ACCOUNT, room="room_id"),
        LockTable("RoomHealth", read=HEALTH, room="room_id"),
        LockTable("SignalState", read=HEALTH, room="room_id"),
        LockTable("RoomDay", read=HEALTH, room="room_id"),
        LockTable("RoomEventHour", read=HEALTH, room="room_id"),
        open_without_a_grant("rooms_fleetcount", COUNTS),
        open_without_a_grant("rooms_triageitem", TRIAGE),
    ]
