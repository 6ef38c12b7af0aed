"""GET /device/v1/commands, what a device says of one, and the keys that signed it."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from access.models import Tenant
from access.residency import REGIONS
from rooms.commands import trust_first, verify_command
from tests.rooms.device_api.devices import Box, enrolled, envelope, order, problem
from tests.rooms.signing import lists

COMMANDS = "/device/v1/commands"


def answer_to(command: uuid.UUID) -> str:
    """The address that takes the answer to a command."""
    return f"{COMMANDS}/{command}/answer"


def answering(box: Box, command: uuid.UUID, **said: object) -> tuple[int, dict[str, str]]:
    """Answer a command; the status, and what came back."""
    body = json.dumps({"outcome": "done"} | said).encode()
    response = box.send("POST", answer_to(command), body)
    return response.status_code, json.loads(response.content)


def fetched(box: Box) -> list[str]:
    """The ids of the commands that the device gets now."""
    response = box.send("GET", COMMANDS)
    assert response.status_code == 200
    return [command["id"] for command in json.loads(response.content)["commands"]]


def test_commands_that_wait_are_handed_to_their_device_only(tenant: Tenant, box: Box) -> None:
    command = order(box)
    order(enrolled(tenant))
    assert fetched(box) == [str(command)]


def test_fetching_says_when_to_report(box: Box) -> None:
    assert json.loads(box.send("GET", COMMANDS).content) == {
        "commands": [],
        "next_report_seconds": 300,
        "command_keys_serial": 1,
    }


def test_expired_command_is_not_handed_out(box: Box) -> None:
    order(box, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert fetched(box) == []


def test_answered_command_is_not_handed_out_again(
    box: Box, superuser: dict[str, psycopg.Connection]
) -> None:
    command = order(box)
    fetched(box)
    status, taken = answering(box, command, outcome="failed", detail_code="USB_NOT_FOUND")
    assert status == 202
    assert taken == {"command": str(command), "outcome": "failed"}
    kept = superuser["eu"].execute("select outcome, detail_code from rooms_devicecommand")
    assert kept.fetchall() == [("failed", "USB_NOT_FOUND")]
    assert fetched(box) == []


def test_answer_given_twice_is_taken_and_the_first_one_stands(
    box: Box, superuser: dict[str, psycopg.Connection]
) -> None:
    command = order(box)
    fetched(box)
    assert answering(box, command)[0] == 202
    assert answering(box, command, outcome="failed")[0] == 202
    kept = superuser["eu"].execute("select outcome from rooms_devicecommand")
    assert kept.fetchall() == [("done",)]


def test_answer_to_the_command_of_another_device_is_not_found(tenant: Tenant, box: Box) -> None:
    other = enrolled(tenant)
    command = order(other)
    fetched(other)
    status, document = answering(box, command)
    assert status == 404
    assert document["code"] == "not_found"


def test_answer_to_a_command_that_was_never_handed_out_is_not_found(box: Box) -> None:
    assert answering(box, order(box))[0] == 404
    assert answering(box, uuid.uuid4())[0] == 404


@pytest.mark.parametrize(
    "said",
    [
        {"outcome": "perhaps"},
        {"outcome": "done", "detail_code": "two words"},
        {"outcome": "done", "detail_code": "x" * 41},
        {"outcome": "done", "note": "all well"},
    ],
)
def test_answer_outside_the_schema_is_refused(box: Box, said: dict[str, str]) -> None:
    command = order(box)
    fetched(box)
    status, document = answering(box, command, **said)
    assert status == 422
    assert document["code"] in ("field_unknown", "field_invalid")


def test_fetch_that_is_replayed_is_refused(box: Box) -> None:
    headers = box.headers("GET", COMMANDS, None)
    assert box.send("GET", COMMANDS, headers=headers).status_code == 200
    assert problem(box.send("GET", COMMANDS, headers=headers))["code"] == "replayed"


def test_answer_that_is_replayed_is_refused(box: Box) -> None:
    command = order(box)
    fetched(box)
    body = b'{"outcome":"done"}'
    headers = box.headers("POST", answer_to(command), body)
    assert box.send("POST", answer_to(command), body, headers).status_code == 202
    response = box.send("POST", answer_to(command), body, headers)
    assert problem(response)["code"] == "replayed"


def test_fetch_with_content_is_refused(box: Box) -> None:
    assert problem(box.send("GET", COMMANDS, b"{}"))["code"] == "too_large"


def test_unsigned_fetch_is_refused(box: Box) -> None:
    order(box)
    assert problem(box.send("GET", COMMANDS, headers={}))["code"] == "signature_missing"


@pytest.mark.parametrize("state", ["revoked", "unenrolled"])
def test_device_that_may_not_report_gets_no_commands(
    box: Box, superuser: dict[str, psycopg.Connection], state: str
) -> None:
    order(box)
    superuser["eu"].execute(
        {
            "revoked": "update rooms_devicekey set revoked_at = now()",
            "unenrolled": "update rooms_device set state = 'unenrolled'",
        }[state]
    )
    assert box.send("GET", COMMANDS).status_code == 403


# -- Signed, and in time --------------------------------------------------------------------------


def test_command_arrives_as_it_was_signed(box: Box) -> None:
    command = order(box)
    (sent,) = json.loads(box.send("GET", COMMANDS).content)["commands"]
    listed = json.loads(box.send("GET", "/device/v1/command-keys").content)
    at = datetime.now(UTC)
    trusted = trust_first("eu", listed, at)
    assert verify_command(sent, device=box.device.reference, trusted=trusted, at=at).id == command


def test_unsigned_command_is_not_handed_out(box: Box) -> None:
    order(box, signed=None)
    assert fetched(box) == []
    assert json.loads(box.report().content)["commands"] == []


def over(box: Box, **fields: object) -> uuid.UUID:
    """A command that lasts for days, with a signature whose day has passed."""
    command, begun = uuid.uuid4(), datetime.now(UTC) - timedelta(days=1, minutes=5)
    signed = envelope(box, command, issued_at=begun, expires_at=begun + timedelta(days=1))
    return order(box, signed=signed, expires_at=datetime.now(UTC) + timedelta(days=1), **fields)


def test_command_whose_day_has_passed_goes_back_to_be_signed(
    box: Box, superuser: dict[str, psycopg.Connection]
) -> None:
    over(box)
    assert fetched(box) == []
    found = superuser["eu"].execute("select signed, delivered_at from rooms_devicecommand")
    assert found.fetchall() == [(None, None)]


def test_command_that_was_fetched_is_never_signed_anew(
    box: Box, superuser: dict[str, psycopg.Connection]
) -> None:
    over(box, delivered_at=datetime.now(UTC) - timedelta(hours=25))
    assert fetched(box) == []
    found = superuser["eu"].execute("select signed is null from rooms_devicecommand")
    assert found.fetchall() == [(False,)]


# -- How far it is --------------------------------------------------------------------------------


def telling(box: Box, command: uuid.UUID, state: str) -> tuple[int, dict[str, str]]:
    """Say how far a command is; the status, and what came back."""
    body = json.dumps({"state": state}).encode()
    response = box.send("POST", f"{COMMANDS}/{command}/progress", body)
    return response.status_code, json.loads(response.content)


def times(superuser: dict[str, psycopg.Connection]) -> tuple[bool, bool]:
    """Whether it stands that the one command was accepted, and that it runs."""
    (found,) = superuser["eu"].execute(
        "select accepted_at is not null, running_at is not null from rooms_devicecommand"
    )
    return bool(found[0]), bool(found[1])


def test_progress_is_kept(box: Box, superuser: dict[str, psycopg.Connection]) -> None:
    command = order(box)
    fetched(box)
    assert telling(box, command, "accepted") == (
        202,
        {"command": str(command), "state": "accepted"},
    )
    assert times(superuser) == (True, False)
    assert telling(box, command, "running")[0] == 202
    assert times(superuser) == (True, True)


def test_progress_told_again_is_taken_and_the_first_time_stands(
    box: Box, superuser: dict[str, psycopg.Connection]
) -> None:
    command = order(box)
    fetched(box)
    telling(box, command, "running")
    sql = "select accepted_at, running_at from rooms_devicecommand"
    before = superuser["eu"].execute(sql).fetchall()
    assert telling(box, command, "running")[0] == 202
    assert telling(box, command, "accepted")[0] == 202
    assert superuser["eu"].execute(sql).fetchall() == before


def test_progress_of_what_is_not_ones_own_or_over_is_not_found(tenant: Tenant, box: Box) -> None:
    other = enrolled(tenant)
    theirs, unfetched, over = order(other), order(box), uuid.uuid4()
    fetched(other)
    for command in (theirs, unfetched, over):
        assert telling(box, command, "running")[0] == 404
    fetched(box)
    answering(box, unfetched)
    assert telling(box, unfetched, "running")[0] == 404


def test_progress_that_is_none_is_refused(box: Box) -> None:
    command = order(box)
    fetched(box)
    assert telling(box, command, "done")[0] == 422


def test_progress_that_is_replayed_is_refused(box: Box) -> None:
    command = order(box)
    fetched(box)
    path, body = f"{COMMANDS}/{command}/progress", b'{"state":"accepted"}'
    headers = box.headers("POST", path, body)
    assert box.send("POST", path, body, headers).status_code == 202
    assert problem(box.send("POST", path, body, headers))["code"] == "replayed"


# -- Keys -----------------------------------------------------------------------------------------


def test_keys_of_the_devices_own_region_are_told(box: Box) -> None:
    response = box.send("GET", "/device/v1/command-keys")
    assert json.loads(response.content) == json.loads(lists()["eu"])
    assert response["Cache-Control"] == "no-store"


def test_keys_are_told_to_nobody_else(box: Box, superuser: dict[str, psycopg.Connection]) -> None:
    path = "/device/v1/command-keys"
    assert problem(box.send("GET", path, headers={}))["code"] == "signature_missing"
    headers = box.headers("GET", path, None)
    assert box.send("GET", path, headers=headers).status_code == 200
    assert problem(box.send("GET", path, headers=headers))["code"] == "replayed"
    superuser["eu"].execute("update rooms_devicekey set revoked_at = now()")
    assert problem(box.send("GET", path))["code"] == "device_revoked"


def test_where_there_are_no_keys_that_is_said(box: Box, settings: pytest.FixtureRequest) -> None:
    settings.COMMAND_KEY_LISTS = dict.fromkeys(REGIONS, "")  # type: ignore[attr-defined]
    assert problem(box.send("GET", "/device/v1/command-keys"))["code"] == "not_found"
    assert json.loads(box.report().content)["command_keys_serial"] == 0
