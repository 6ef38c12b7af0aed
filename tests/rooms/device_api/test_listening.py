"""GET /device/v1/commands?wait=…: few wait, they look without holding anything, nobody starves."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connections

from access.models import Tenant
from rooms.device_api import listening
from tests.outage import down
from tests.rooms.device_api.devices import Box, order, problem

COMMANDS = "/device/v1/commands"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other fast."""
    monkeypatch.setattr(listening, "FIRST_LOOK", 0.01)
    monkeypatch.setattr(listening, "SLOWEST_LOOK", 0.05)


@pytest.fixture
def places(settings: Any) -> None:
    """Two devices may wait."""
    settings.DEVICE_WAITING_MOST = 2


@pytest.fixture
def waiting(places: None, box: Box) -> Iterator[Callable[[], Any]]:
    """Let the device wait on a thread of its own; called, it gives the answer."""
    answers: list[Any] = []

    def wait() -> None:
        answers.append(box.send("GET", f"{COMMANDS}?wait=25"))
        connections.close_all()

    thread = threading.Thread(target=wait)
    thread.start()
    while box.key_name not in listening._waiting:
        assert thread.is_alive(), answers
        time.sleep(0.01)

    def result() -> Any:
        thread.join(60)
        return answers[0]

    yield result
    thread.join(60)


def test_waiting_device_gets_a_command_once_it_is_there(
    box: Box, waiting: Callable[[], Any]
) -> None:
    command = order(box)
    told = json.loads(waiting().content)
    assert [one["id"] for one in told["commands"]] == [str(command)]
    assert listening._waiting == set()


def test_waiting_holds_no_transaction(
    box: Box,
    waiting: Callable[[], Any],
    superuser: dict[str, psycopg.Connection],
) -> None:
    asked = superuser["eu"].execute(
        "select count(*) from pg_stat_activity where usename = 'rooms_device'"
        " and datname = current_database() and state like 'idle in transaction%'"
    )
    assert asked.fetchall() == [(0,)]
    order(box)
    waiting()


def test_command_that_is_not_signed_yet_is_waited_for(
    box: Box,
    waiting: Callable[[], Any],
) -> None:
    order(box, signed=None)
    signed = order(box)
    told = json.loads(waiting().content)
    assert [one["id"] for one in told["commands"]] == [str(signed)]


def test_key_that_ends_while_it_waits_gets_nothing(
    places: None, box: Box, superuser: dict[str, psycopg.Connection]
) -> None:
    superuser["eu"].execute("update rooms_devicekey set revoked_at = now()")
    order(box)
    assert box.send("GET", f"{COMMANDS}?wait=1").status_code == 403


def test_full_house_is_answered_at_once_with_a_time_to_come_back(
    settings: Any, tenant: Tenant, box: Box
) -> None:
    settings.DEVICE_WAITING_MOST = 1
    with listening.place("eu.DK-SOMEBODY"):
        response = box.send("GET", f"{COMMANDS}?wait=25")
    assert response.status_code == 200
    assert json.loads(response.content)["commands"] == []
    low, high = listening.AGAIN_SECONDS
    assert low <= int(response["Retry-After"]) <= high


def test_nobody_waits_where_no_places_are_set(settings: Any, box: Box) -> None:
    settings.DEVICE_WAITING_MOST = 0
    assert "Retry-After" in box.send("GET", f"{COMMANDS}?wait=25").headers


def test_device_waits_once_at_a_time(box: Box, waiting: Callable[[], Any]) -> None:
    assert "Retry-After" in box.send("GET", f"{COMMANDS}?wait=25").headers
    order(box)
    waiting()


def test_place_is_free_again_after_an_outage(places: None, box: Box) -> None:
    calls = 0

    def look() -> str:
        nonlocal calls
        calls += 1
        raise RuntimeError("away")

    with pytest.raises(RuntimeError), listening.place(box.key_name) as may:
        assert may
        listening.listen(look, 1)
    assert (calls, listening._waiting) == (1, set())


def test_outage_is_told_as_one(places: None, box: Box) -> None:
    box.send("GET", COMMANDS)
    with down("eu"):
        assert problem(box.send("GET", f"{COMMANDS}?wait=25"))["code"] == "unavailable"
    assert listening._waiting == set()


def test_command_that_waits_already_is_answered_at_once(box: Box, settings: Any) -> None:
    settings.DEVICE_WAITING_MOST = 0
    command = order(box)
    response = box.send("GET", f"{COMMANDS}?wait=25")
    assert [one["id"] for one in json.loads(response.content)["commands"]] == [str(command)]
    assert "Retry-After" not in response.headers


@pytest.mark.parametrize("wait", ["26", "-1", "x", "1.5", "100", "", "1&wait=2", "%31x"])
def test_time_that_is_none_is_refused(box: Box, wait: str) -> None:
    told = problem(box.send("GET", f"{COMMANDS}?wait={wait}"))
    assert (told["code"], told["field"]) == ("field_invalid", "wait")


def test_looks_come_slower_and_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "FIRST_LOOK", 0.25)
    monkeypatch.setattr(listening, "SLOWEST_LOOK", 2.0)
    slept: list[float] = []
    found = listening.listen(lambda: "", 25, clock=lambda: sum(slept), sleep=slept.append)
    assert found == ""
    assert sum(slept) == pytest.approx(25)
    assert slept[:3] == [0.25, 0.375, 0.5625]
    assert max(slept) == 2.0
    assert len(slept) < 20
