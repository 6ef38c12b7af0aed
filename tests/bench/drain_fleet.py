"""Rooms whose devices report, for the bench of the drain: made by the owner, behind the lock."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import psycopg

from tests.rooms.device_api import bodies

TENANTS = 20

MAKE = [
    "create temp table t as select gen_random_uuid() id, n from generate_series(1, %(tenants)s) n",
    "insert into rooms_tenantprofile (id, tenant_id, reference, name, contact_name, contact_email,"
    " settings) select gen_random_uuid(), id, 'TN-' || n, 'Tenant ' || n, 'C', 'c@x.example', '{}'"
    " from t",
    "insert into rooms_site (id, tenant_id, name, building, city, country, time_zone)"
    " select id, id, 'Site', 'B', 'Town', 'DE', 'Europe/Berlin' from t",
    "create temp table r as select gen_random_uuid() id, gen_random_uuid() device, t.id tenant_id,"
    " k from generate_series(1, %(rooms)s) k join t on t.n = 1 + k %% %(tenants)s",
    "insert into rooms_room (id, tenant_id, reference, name, name_sort, site_id, floor, capacity,"
    " room_type, ring) select id, tenant_id, 'RM-' || k, 'Room ' || k, k::text, tenant_id,"
    " (k %% 400)::text, 8, 'medium', 'General' from r",
    "insert into rooms_device (id, tenant_id, reference, room_id, kind, platform, manufacturer,"
    " model, serial, os_name, os_build, state, time_zone, enrolled_at)"
    " select device, tenant_id, 'DV-' || lpad(k::text, 8, '0'), id, 'compute', 'windows',"
    " 'Lenovo', 'Core', 'S' || k, '', '', 'monitored', 'Europe/Berlin', now() from r",
    "insert into rooms_deviceidentity (id, tenant_id, tenant_reference, device_id, room_id,"
    " ek_digest, ak_public, trust, enrolled_at, revoked_why)"
    " select gen_random_uuid(), tenant_id, 'TN-BENCH', device, id, 'ek' || k, '', 'registered',"
    " now(), '' from r",
    "insert into rooms_devicekey (id, tenant_id, name, device_id, room_id, public, made_at,"
    " revoked_why) select gen_random_uuid(), tenant_id, 'eu.DK-' || lpad(k::text, 8, '0'), device,"
    " id, %(point)s, now(), '' from r",
    "drop table t, r",
]


def make(line: psycopg.Connection, rooms: int, point: bytes) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Rooms with a device each, all with one key: the tenant and device of each."""
    with line.transaction():
        line.execute("set local session_replication_role = replica")
        for statement in MAKE:
            values = {"rooms": rooms, "tenants": TENANTS, "point": point}
            psycopg.ClientCursor(line).execute(statement, values)
    line.execute("analyze")
    return line.execute("select tenant_id, id from rooms_device order by reference").fetchall()


def body(at: datetime, **changes: Any) -> str:
    """A report of about 3 KB."""
    return json.dumps(bodies.report(at, **changes), separators=(",", ":"))


def receive(
    line: psycopg.Connection,
    devices: list[tuple[uuid.UUID, uuid.UUID]],
    at: datetime,
    changed: int = 0,
) -> None:
    """A report of every device, as if accepted then; the first `changed` have lost a camera."""
    camera = [bodies.peripheral(5, connected=False), *(bodies.peripheral(n) for n in range(1, 5))]
    with (
        line.transaction(),
        line.cursor() as cursor,
        cursor.copy(
            "copy rooms_reportinbox (tenant_id, device_id, report_id, received_at, observed_at,"
            " body) from stdin"
        ) as copy,
    ):
        for number, (tenant, device) in enumerate(devices):
            changes = {"peripherals": camera} if number < changed else {}
            moment = at + timedelta(microseconds=number)
            copy.write_row((tenant, device, uuid.uuid4(), moment, moment, body(moment, **changes)))
