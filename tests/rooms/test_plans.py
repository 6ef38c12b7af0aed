"""Under the lock the list pages still walk their indexes: nothing scans the tables of everybody."""

from __future__ import annotations

import psycopg
import pytest
from django.db.models import QuerySet

from access.models import Staff, Tenant
from access.scopes import Scope
from rooms.models import Device, Room, RoomHealth, SignalState
from tests.acts import granted
from tests.factories import furnish
from tests.rooms.reading import reading

TENANTS, ROOMS = 60, 500
FILL = f"""
set session_replication_role = replica;
create temp table seed as
    select t.id as tenant, gen_random_uuid() as id, n, md5(random()::text) as word
    from (select gen_random_uuid() as id from generate_series(1, {TENANTS})
          union all select %(tenant)s::uuid) t, generate_series(1, {ROOMS}) n;
insert into rooms_room
    (tenant_id, id, reference, name, name_sort, site_id, floor, capacity, room_type, ring)
    select tenant, id, 'RM-' || upper(left(word, 8)) || n, word, word,
           '00000000-0000-0000-0000-000000000001', '1', 6, 'small', 'General' from seed;
insert into rooms_roomtoken (tenant_id, id, token, room_id)
    select tenant, gen_random_uuid(), left(word, 12), id from seed;
insert into rooms_roomhealth
    (tenant_id, id, room_id, status, attention, worst_signal, worst_severity, faults, warnings,
     since)
    select tenant, gen_random_uuid(), id, case when n %% 10 = 0 then 'unhealthy' else 'healthy' end,
           case when n %% 10 = 0 then 1 else 9 end, '', '', 0, 0,
           now() - random() * interval '9 days' from seed;
insert into rooms_signalstate
    (tenant_id, id, room_id, device_id, code, instance, category, severity, state, sentence, since)
    select tenant, gen_random_uuid(), id, id, 'network', '', 'connectivity', 'warning', 'healthy',
           '', now() from seed;
drop table seed;
set session_replication_role = origin;
analyze rooms_room; analyze rooms_roomtoken; analyze rooms_roomhealth; analyze rooms_signalstate;
"""


@pytest.fixture
def crowded(tenant: Tenant, superuser: dict[str, psycopg.Connection]) -> Tenant:
    """The tenant among many others, in tables large enough that a scan would be a mistake."""
    for statement in FILL.strip().split(";\n"):
        parameters = {"tenant": tenant.pk} if "%(" in statement else None
        superuser["eu"].execute(
            statement if parameters else statement.replace("%%", "%"), parameters
        )
    return tenant


def plan(rows: QuerySet) -> str:
    return rows.explain()


def test_lists_walk_their_indexes(crowded: Tenant, asha: Staff, bo: Staff):
    small = furnish(crowded, rooms=1)
    room = small.rooms[0]
    grant = granted(asha, crowded, [bo], Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW)
    with reading(asha, crowded, grant):
        health = RoomHealth.objects.worst_first()
        expected = {
            plan(health[:50]): "health_worst_first",
            plan(health.filter(status="unhealthy")[:50]): "health_by_status",
            plan(Room.objects.order_by("name_sort", "id")[:50]): "room_by_name",
            plan(Room.objects.filter(reference=room.reference)): "room_reference",
            plan(Room.objects.matching("cnry").order_by("name_sort", "id")[:50]): "room_token",
            plan(SignalState.objects.filter(room_id=room.pk)): "signal_by_room",
            plan(Device.objects.filter(room_id=room.pk)): "rooms_device",
        }
        for text, index in expected.items():
            assert index in text, text
            for table in ("rooms_room", "rooms_roomhealth", "rooms_roomtoken", "rooms_signalstate"):
                assert f"Seq Scan on {table}" not in text, text
