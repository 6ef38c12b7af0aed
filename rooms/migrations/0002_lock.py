"""Every table of the app, under the scope that opens it."""

from django.db import migrations

from access.lock.operations import LockTable
from access.scopes import Scope

INVENTORY = Scope.INVENTORY_VIEW.value
ACCOUNT = Scope.ACCOUNT_VIEW.value
HEALTH = Scope.HEALTH_VIEW.value

# What holds no tenant data still takes a person: no signed context, no rows.
SIGNED_IN = """
alter table {table} enable row level security, force row level security;
create policy owner_keeps on {table} to rooms_owner using (true) with check (true);
create policy signed_in on {table} for select to rooms_web
    using ((select lock.actor()) is not null);
grant select on {table} to rooms_web;
"""


def open_to_the_signed_in(table):
    """Let whoever is signed in read a table of counts or references."""
    return migrations.RunSQL(SIGNED_IN.format(table=table), hints={"plane": "region"})


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
        open_to_the_signed_in("rooms_fleetcount"),
        open_to_the_signed_in("rooms_triageitem"),
    ]
