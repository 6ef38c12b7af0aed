"""POST /device/v1/leave: the agent is removed, and nothing of the device works any more."""

from __future__ import annotations

import json

import psycopg
from django.db import connections

from access.models import Tenant
from tests.rooms.device_api.conftest import Stored
from tests.rooms.device_api.devices import Box, enrolled, order, problem

LEAVE = "/device/v1/leave"


def test_leaving_ends_the_device_its_keys_and_its_commands(
    box: Box, superuser: dict[str, psycopg.Connection]
) -> None:
    order(box)
    response = box.send("POST", LEAVE)
    assert response.status_code == 202
    assert json.loads(response.content) == {"state": "unenrolled"}
    ask = superuser["eu"].execute
    assert ask("select state from rooms_device where id = %s", [box.device.id]).fetchone() == (
        "unenrolled",
    )
    assert ask("select revoked_why from rooms_devicekey").fetchall() == [("left",)]
    assert ask("select expires_at <= now() from rooms_devicecommand").fetchall() == [(True,)]


def test_leaving_is_recorded(box: Box, superuser: dict[str, psycopg.Connection]) -> None:
    box.send("POST", LEAVE)
    rows = superuser["eu"].execute(
        "select type, outcome, subject_reference from access_auditevent where type like 'device.%'"
    )
    assert rows.fetchall() == [("device.left", "ok", box.device.reference)]


def test_device_that_left_cannot_report(box: Box, stored: Stored) -> None:
    box.send("POST", LEAVE)
    assert problem(box.report())["code"] == "not_enrolled"
    assert problem(box.send("POST", LEAVE))["code"] == "not_enrolled"
    assert stored() == []


def test_leaving_needs_the_devices_own_signature(tenant: Tenant, box: Box) -> None:
    other = enrolled(tenant)
    other.key_name = box.key_name
    assert problem(other.send("POST", LEAVE))["code"] == "signature_invalid"
    assert problem(box.send("POST", LEAVE, headers={}))["code"] == "signature_missing"
    assert box.report().status_code == 202


def test_leaving_with_content_is_refused(box: Box) -> None:
    assert problem(box.send("POST", LEAVE, b"{}"))["code"] == "too_large"


def test_process_is_the_device_role(surface: None) -> None:
    """So that these tests say something about what the process may do."""
    with connections["eu"].cursor() as cursor:
        cursor.execute("select current_user")
        assert cursor.fetchone() == ("rooms_device",)
