"""GET /device/v1/commands and what a device answers to one."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from access.models import Tenant
from tests.rooms.device_api.devices import Box, enrolled, order, problem

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
