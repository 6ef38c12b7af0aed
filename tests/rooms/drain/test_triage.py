"""What of incidents stands on the triage list, and that people at work are never pushed aside."""

from __future__ import annotations

import psycopg

from rooms.states import IncidentState, RoomStatus
from tests.plugins.cluster import WorkerCluster
from tests.rooms.drain.house import NO_CAMERA, House


def test_warning_opens_an_incident_that_is_not_on_the_triage_list(house: House) -> None:
    box = house.box()
    box.says(windows_update={"service_on": False, "reachable": True})
    house.drain()
    assert house.incidents() == [("windows_update_disabled", IncidentState.ACTIVE)]
    assert house.rows("rooms_triageitem") == []
    assert house.health(box.room) == RoomStatus.HEALTHY
    assert house.rows("rooms_roomhealth", "faults, warnings") == [(0, 1)]


def test_item_has_the_incidents_reference_and_nothing_that_names_the_room(house: House) -> None:
    box = house.box()
    box.says(peripherals=NO_CAMERA)
    house.goes_on(10)
    [(reference, opened)] = house.rows("rooms_incident", "reference, activated_at")
    [item] = house.rows(
        "rooms_triageitem",
        "reference, tenant_id, tenant_reference, signal, severity, severity_rank, opened_at",
    )
    assert item == (
        reference, house.tenant.pk, house.tenant.reference, "camera_room", "important", 1, opened,
    )  # fmt: skip


def test_relapse_is_back_on_the_list_under_the_same_reference(house: House) -> None:
    box = house.box()
    box.says(peripherals=NO_CAMERA)
    house.goes_on(10)
    before = house.rows("rooms_triageitem", "reference")
    box.mends()
    house.goes_on(5)
    assert house.rows("rooms_triageitem") == []
    box.says(peripherals=NO_CAMERA)
    house.goes_on(15)
    assert house.rows("rooms_triageitem", "reference") == before


def test_drain_gives_way_to_a_person_who_works_on_an_incident(
    house: House, cluster: WorkerCluster
) -> None:
    box = house.box()
    box.says(peripherals=NO_CAMERA)
    house.goes_on(10)
    box.mends()
    house.later(minutes=5)
    box.says()
    with psycopg.connect(cluster.superuser("eu")) as person:
        person.execute("select from rooms_incident for update")
        assert house.drain().busy
        # As an action does after it has changed the incident: the drain holds nothing by now.
        person.execute("set lock_timeout = '1s'")
        person.execute("update rooms_roomhealth set next_evaluation_at = lock.now()")
    assert house.drain().judged == 1
    assert house.incidents() == [("camera_room", IncidentState.RESOLVED)]
