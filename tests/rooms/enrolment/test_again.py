"""The same device again after re-imaging, and others in its place."""

from __future__ import annotations

import psycopg

from access.models import Tenant
from rooms.models import Room
from rooms.tpm.soft import SoftTpm
from tests.factories import furnish
from tests.fleet.small import SmallTenant
from tests.rooms.enrolment.agents import (
    Agent,
    Rows,
    again,
    code,
    issue_key,
    register,
    why_refused,
)


def test_re_imaged_device_gets_a_new_key_and_loses_the_old_one(
    agent: Agent, tenant: Tenant, room: Room, rows: Rows
) -> None:
    agent.enrol()
    fresh = again(agent, tenant, room)
    old = fresh.tpm.rotate()
    assert fresh.enrol()["device"] == agent.device
    assert fresh.key_id != agent.key_id
    keys = dict(rows("select name, revoked_why from rooms_devicekey"))
    assert keys == {agent.key_id: "renewed", fresh.key_id: ""}
    lost = SoftTpm(fresh.tpm.ek, fresh.tpm.ak, old, b"")
    answer = fresh.signed("leave", None, key_id=agent.key_id, sign=lost.sign)
    assert code(answer) == (403, "device_revoked")
    assert fresh.signed("leave", None).status_code == 202


def test_device_that_left_may_come_back_to_onboarding(
    agent: Agent, tenant: Tenant, room: Room, rows: Rows
) -> None:
    agent.enrol()
    agent.signed("leave", None)
    fresh = again(agent, tenant, room)
    assert fresh.enrol()["device"] == agent.device
    found = rows("select state from rooms_device where reference = %s", [agent.device])
    assert found == [("onboarding",)]


def test_another_tpm_never_takes_a_known_serial_over(
    agent: Agent, tenant: Tenant, room: Room, rows: Rows
) -> None:
    agent.enrol()
    thief = Agent(issue_key(tenant, room), serial=agent.serial)
    register(tenant, room, thief.tpm.ek_id)
    assert code(thief.complete(thief.challenge())) == (409, "serial_taken")
    assert why_refused(rows) == ["serial_taken"]
    assert agent.signed("leave", None).status_code == 202


def test_tpm_of_one_customer_is_never_anothers(
    agent: Agent, other_tenant: Tenant, rows: Rows
) -> None:
    agent.enrol()
    rooms = furnish(other_tenant).rooms
    moved = Agent(issue_key(other_tenant, rooms[0]), agent.tpm)
    register(other_tenant, rooms[0], agent.tpm.ek_id)
    assert code(moved.complete(moved.challenge())) == (403, "enrolment_refused")
    assert why_refused(rows) == ["other_tenant"]


def test_tpm_that_was_carried_to_another_room_is_refused_there(
    agent: Agent, tenant: Tenant, small: SmallTenant, rows: Rows
) -> None:
    """The device would stay in its old room, and the key of the new one would be used up."""
    agent.enrol()
    elsewhere = small.rooms[1]
    moved = Agent(issue_key(tenant, elsewhere), agent.tpm, serial=agent.serial)
    registered_anew = "update rooms_trustedendorsement set room_id = %s returning 1"
    rows(registered_anew, [elsewhere.pk])
    assert code(moved.complete(moved.challenge())) == (403, "enrolment_refused")
    assert why_refused(rows) == ["other_room"]
    assert agent.signed("leave", None).status_code == 202


def test_device_that_staff_unenrolled_is_told_so(
    agent: Agent, superuser: dict[str, psycopg.Connection]
) -> None:
    agent.enrol()
    superuser["eu"].execute("update rooms_device set state = 'unenrolled'")
    superuser["eu"].execute("update rooms_devicekey set revoked_at = lock.now()")
    assert code(agent.signed("leave", None)) == (403, "not_enrolled")


def test_room_of_a_device_that_leaves_is_judged_again_at_once(
    agent: Agent, room: Room, rows: Rows
) -> None:
    """Its incidents would stand for an hour otherwise, until the room is due by itself."""
    agent.enrol()
    later = "update rooms_roomhealth set next_evaluation_at = lock.now() + interval '1 hour'"
    rows(f"{later} returning 1")
    agent.signed("leave", None)
    due = "select room_id from rooms_roomhealth where next_evaluation_at <= lock.now()"
    assert rows(due) == [(room.pk,)]


def test_revoked_tpm_stays_out(
    agent: Agent,
    tenant: Tenant,
    room: Room,
    rows: Rows,
    superuser: dict[str, psycopg.Connection],
) -> None:
    agent.enrol()
    superuser["eu"].execute("update rooms_deviceidentity set revoked_at = lock.now()")
    assert code(agent.signed("leave", None)) == (403, "device_revoked")
    fresh = again(agent, tenant, room)
    assert code(fresh.complete(fresh.challenge())) == (403, "enrolment_refused")
    assert why_refused(rows) == ["revoked"]
