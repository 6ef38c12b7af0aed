"""When the last device of a room leaves, grants for that room end with it."""

from __future__ import annotations

import psycopg
import pytest

from tests.acts import approved, granted
from tests.factories import computer_of
from tests.rooms.pages import INVENTORY


@pytest.fixture
def room(small):
    return small.rooms[0]


@pytest.fixture
def leaves(client, tenant, room):
    """Asha unenrols the room's computer, under her grant for the whole tenant."""

    def go() -> None:
        device = computer_of(tenant, room.pk)
        path = f"/t/{tenant.reference}/devices/{device.reference}/unenrol/"
        assert client.post(path, {"reason": "The room was given up"}).status_code == 303

    return go


def state_of(rows, grant) -> str:
    return rows("select state from access_grant where id = %s", [grant.pk])[0][0]


def test_grant_for_the_room_ends_at_once_and_on_record(
    sign_in, eli, bo, tenant, room, rows, leaves
):
    grant = granted(eli, tenant, [bo], INVENTORY, rooms=[room.reference])
    path = f"/t/{tenant.reference}/rooms/{room.reference}/"
    browser = sign_in(eli)
    assert room.name in browser.get(path).content.decode()
    leaves()
    assert state_of(rows, grant) == "ended"
    assert room.name not in browser.get(path).content.decode()
    events = rows(
        "select actor_label, detail ->> 'closed_at' is not null from access_auditevent"
        " where type = 'grant.ended' and subject_reference = %s",
        [grant.reference],
    )
    assert events == [("Rooms Ops", True)]


def test_grant_that_was_not_started_lapses(eli, bo, tenant, room, rows, leaves):
    grant = approved(eli, tenant, [bo], INVENTORY, rooms=[room.reference])
    leaves()
    assert state_of(rows, grant) == "lapsed"


def test_grants_for_another_room_or_the_tenant_go_on(eli, bo, tenant, small, rows, leaves, grant):
    both = [small.rooms[0].reference, small.rooms[1].reference]
    other = granted(eli, tenant, [bo], INVENTORY, rooms=both)
    leaves()
    assert state_of(rows, other) == "active"
    assert state_of(rows, grant) == "active"


def test_worker_ends_no_grant_of_a_room_in_service(eli, bo, tenant, room, rows, superuser):
    grant = granted(eli, tenant, [bo], INVENTORY, rooms=[room.reference])
    line = superuser["eu"]
    refused = pytest.raises(psycopg.DatabaseError, match="has not ended yet")
    with refused, line.transaction():
        line.execute("set local session authorization rooms_worker")
        line.execute("update access_grant set state = 'ended' where id = %s", [grant.pk])
    assert state_of(rows, grant) == "active"
