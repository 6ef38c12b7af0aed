"""Under the lock, at some volume, what pages ask is answered from an index, not by reading all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from access import residency
from access.models import Staff, Tenant
from rooms.models import Device, Peripheral, Room, RoomHealth, RoomToken, SignalState
from tests.architecture import canaries
from tests.architecture.attack import Attacker
from tests.architecture.canaries import Planted
from tests.architecture.conftest import Hand

# 20 tenants of 1,000 rooms, hers among them, made in the database itself.
MORE = [
    "create temp table t as select gen_random_uuid() id from generate_series(1, 19)"
    " union all select '{tenant}'",
    "create temp table r as select gen_random_uuid() id, t.id tenant_id, n"
    " from t, generate_series(1, 1000) n",
    "insert into rooms_room (id, tenant_id, reference, name, name_sort, site_id, floor, capacity,"
    " room_type, ring) select id, tenant_id, 'RM-' || (20000 + n), 'Room ' || n,"
    " 'room ' || n, '{site}', '', 8, 'medium', 'General' from r order by tenant_id",
    "insert into rooms_roomtoken (id, tenant_id, token, room_id)"
    " select gen_random_uuid(), tenant_id, n::text, id from r order by tenant_id",
    "insert into rooms_device (id, tenant_id, reference, room_id, kind, platform, manufacturer,"
    " model, serial, os_name, os_build, state, time_zone) select gen_random_uuid(), tenant_id,"
    " 'DV-' || (20000 + n), id, 'compute', 'windows', '', '', '', '', '', 'monitored', 'UTC'"
    " from r order by tenant_id",
    "insert into rooms_peripheral (id, tenant_id, room_id, device_id, kind, name, vendor_id,"
    " product_id, instance, firmware, port, position, link, since) select gen_random_uuid(),"
    " tenant_id, id, id, 'camera', '', '', '', n::text, '', '', 0, 'connected', now()"
    " from r order by tenant_id",
    "insert into rooms_roomhealth (id, tenant_id, room_id, status, attention, worst_signal,"
    " worst_severity, faults, warnings, since) select gen_random_uuid(), tenant_id, id, 'healthy',"
    " n % 10, '', '', 0, 0, now() from r order by tenant_id",
    "insert into rooms_signalstate (id, tenant_id, room_id, device_id, code, instance, category,"
    " severity, state, sentence, since) select gen_random_uuid(), tenant_id, id, id, 'hdmi', '',"
    " '', 'critical', 'healthy', '', now() from r order by tenant_id",
    "drop table t, r",
    "analyze rooms_room, rooms_roomtoken, rooms_device, rooms_peripheral, rooms_roomhealth,"
    " rooms_signalstate",
]


@pytest.fixture
def volume(asha_in: Hand, tenant: Tenant, ours: Planted, superuser: dict) -> Hand:
    """Some 20,000 rooms of 20 tenants."""
    with superuser["eu"].transaction():
        superuser["eu"].execute("set local session_replication_role = replica")
        for statement in MORE:
            superuser["eu"].execute(statement.format(tenant=tenant.pk, site=ours.site))
    return asha_in


def questions(room: Any) -> Iterator[tuple[str, Any]]:
    """What pages ask, as the ORM writes it; none of them names a tenant."""
    tokens = RoomToken.objects.beginning("42").values("room_id")
    by_health = RoomHealth.objects.worst_first()
    yield "list", Room.objects.order_by("name_sort", "id")[:50]
    yield "next page", Room.objects.filter(name_sort__gt="room 4").order_by("name_sort", "id")[:50]
    yield "worst first", by_health[:50]
    yield "worst first, with rooms", by_health.select_related("room")[:50]
    yield "one status", RoomHealth.objects.filter(status="unhealthy").order_by("attention")[:50]
    yield "detail", Room.objects.filter(pk=room)
    yield "by reference", Room.objects.filter(reference="RM-20500")
    yield "devices", Device.objects.filter(room_id=room)
    yield "one device", Device.objects.filter(reference="DV-20500")
    yield "peripherals", Peripheral.objects.filter(room_id=room)
    yield "signals", SignalState.objects.filter(room_id=room)
    yield "search", Room.objects.filter(pk__in=tokens).order_by("name_sort", "id")[:50]


def plan(line: psycopg.Connection, statement: str, values: tuple[Any, ...]) -> dict[str, Any]:
    """The plan of a statement, run once."""
    found = line.execute(f"explain (analyze, format json) {statement}", values).fetchone()[0]
    return (found if isinstance(found, list) else json.loads(found))[0]["Plan"]


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's nodes, from the top."""
    yield node
    for child in node.get("Plans", []):
        yield from nodes(child)


def sequential(node: dict[str, Any]) -> list[str]:
    """The tables that a plan reads from beginning to end."""
    return [n["Relation Name"] for n in nodes(node) if n["Node Type"] == "Seq Scan"]


def test_pages_are_answered_from_indexes(volume: Hand, ours: Planted) -> None:
    with volume.web.under(volume.token) as line:
        for name, rows in questions(ours.rooms[0]):
            with residency.region("eu"):
                statement, values = rows.query.sql_with_params()
            found = plan(line, statement, values)
            assert sequential(found) == [], f"{name}: {statement}"
            if "Actual Rows" in found:
                assert found["Actual Rows"] > 0 or name == "one status", name


def test_counting_reads_the_tenants_part_only(volume: Hand) -> None:
    with volume.web.under(volume.token) as line:
        for table in ("rooms_room", "rooms_roomhealth", "rooms_device"):
            found = plan(line, f"select count(*) from {table}", ())
            assert sequential(found) == [], table
            read = [n for n in nodes(found) if n.get("Relation Name") == table]
            assert sum(n["Actual Rows"] for n in read) <= 1002


def test_lock_is_asked_once_a_statement_and_not_once_a_row(volume: Hand) -> None:
    """Its functions stand in InitPlans of their own, each of them run once."""
    with volume.web.under(volume.token) as line:
        statement = "explain (analyze, verbose, format json) select * from rooms_room"
        found = line.execute(statement).fetchone()[0][0]["Plan"]
    asked = [n for n in nodes(found) if "lock." in " ".join(n.get("Output", []))]
    asked = [n for n in asked if "_for(" in " ".join(n["Output"])]
    assert {node["Parent Relationship"] for node in asked} == {"InitPlan"}
    # The tenant once, the rooms once; the list of rooms not at all, for the grant names none.
    assert sorted(node["Actual Loops"] for node in asked) == [0, 1, 1]
    conditions = [str(n.get(key, "")) for n in nodes(found) for key in ("Filter", "Index Cond")]
    assert not any("lock.tenant_for" in one or "lock.rooms_for" in one for one in conditions)


def test_grant_for_one_room_reads_that_room(
    web: Attacker, asha: Staff, tenant: Tenant, ours: Planted, superuser: dict
) -> None:
    """A narrow grant adds a filter and no sequential scan."""
    with superuser["eu"].transaction():
        superuser["eu"].execute("set local session_replication_role = replica")
        for statement in MORE:
            superuser["eu"].execute(statement.format(tenant=tenant.pk, site=ours.site))
    canaries.grant_row(asha, tenant, rooms=ours.rooms[:1])
    event = canaries.event_row(superuser["eu"], asha, tenant)
    token = canaries.token_of(asha, tenant, web.pid, event, room=ours.rooms[0])
    with web.under(token) as line:
        found = plan(line, "select * from rooms_device", ())
        assert sequential(found) == []
        assert found["Actual Rows"] == 1
