"""The client of Graph: throttling, errors, tokens, pages, and what it reads of operations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from diagnostics.remediation.catalogue import ACTIONS, ActionCode, Channel
from diagnostics.remediation.graph import (
    Away,
    Conflict,
    GraphClient,
    NotThere,
    Odd,
    Operation,
    OperationStatus,
    Refused,
    Throttled,
    Unsure,
    after_error,
    item_state,
    work_of,
)
from diagnostics.remediation.graph.client import LONGEST_WAIT, WAIT, wait_of
from diagnostics.remediation.graph.operations import RESTART, read_operation
from diagnostics.remediation.reasons import fits
from diagnostics.remediation.states import ITEM_MOVES, ItemState, Mover
from portal.demo.trouble import free_port
from tests.diagnostics.remediation.graph_items import Item
from tests.diagnostics.remediation.graph_server import (
    SECRET,
)
from tests.diagnostics.remediation.rooms_now import told

# -- Throttling, errors, tokens -----------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [429, 503])
def test_throttling_says_how_long_to_wait_and_did_nothing(server, channel, method, status):
    server.cut(method=method, status=status, headers={"Retry-After": "17"})
    item = Item(channel)
    with pytest.raises(Throttled) as throttled:
        item.send()
    assert throttled.value.after == timedelta(seconds=17)
    assert server.restarts("dev-1") == 0
    item.send()
    assert server.restarts("dev-1") == 1


AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told_to", "wait"),
    [
        (None, WAIT),
        ("0", timedelta()),
        ("120", timedelta(minutes=2)),
        ("99999999999", LONGEST_WAIT),
        ("-5", WAIT),
        ("soon", WAIT),
        ("Sun, 22 Nov 2026 12:01:30 GMT", timedelta(seconds=90)),
        ("Sun, 22 Nov 2026 11:00:00 GMT", timedelta()),
        ("Mon, 23 Nov 2026 12:00:00 GMT", LONGEST_WAIT),
    ],
)
def test_retry_after_is_seconds_or_a_date(told_to, wait):
    assert wait_of(told_to, AT) == wait


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Refused), (403, Refused), (404, NotThere), (418, Refused), (301, Odd)],
)
def test_status_says_what_to_do_about_it(server, client, status, error):
    server.cut(method="POST", status=status, headers={"Location": "https://elsewhere.example/"})
    with pytest.raises(error) as raised:
        client.start("dev-1", RESTART)
    # what Microsoft sends is kept only as far as it is safe to show
    assert raised.value.code == "SomeFault"
    assert raised.value.request_id.startswith("5d9c1e8a")
    assert server.restarts("dev-1") == 0


def test_device_that_does_not_exist_there_is_not_there(channel):
    with pytest.raises(NotThere):
        Item(channel, "dev-99").send()


def test_name_of_a_device_is_no_path(server, client):
    with pytest.raises(NotThere):
        client.start("../devices/dev-1", RESTART)
    assert server.restarts("dev-1") == 0


def test_reading_that_fails_is_safe_to_try_again(server, client):
    for status in (0, 500, 502):
        server.cut(method="GET", status=status)
        with pytest.raises(Away):
            client.operations("dev-1")
    assert client.operations("dev-1") == []


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"value": 7}', b'{"value": [{}]}'])
def test_answer_that_is_not_as_documented_is_odd(server, client, body):
    server.cut(method="GET", status=200, body=body)
    with pytest.raises(Odd):
        client.operations("dev-1")


def test_one_token_serves_many_calls_and_a_refused_one_is_replaced(server, client):
    client.operations("dev-1")
    client.operations("dev-2")
    assert server.tokens_given == 1
    server.tokens.clear()
    client.start("dev-1", RESTART)
    assert server.tokens_given == 2
    assert server.restarts("dev-1") == 1


def test_token_that_is_never_taken_is_refused_and_not_asked_for_without_end(server, client):
    class Forgetful(set):
        def add(self, token: str) -> None:
            """Keep none."""

    server.tokens = Forgetful()
    with pytest.raises(Refused) as refused:
        client.start("dev-1", RESTART)
    assert refused.value.code == "InvalidAuthenticationToken"
    assert server.tokens_given == 2


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"secret": "wrong"}, Refused, "invalid_client"),
        ({"directory": "no-such-directory"}, Refused, "directory"),
    ],
)
def test_sign_in_that_is_refused_says_so_without_the_secret(
    server, connection, client, change, error, code
):
    other = GraphClient.of(replace(connection, **change), client.http)
    with pytest.raises(error) as refused:
        other.operations("dev-1")
    assert refused.value.code == code
    assert "wrong" not in str(refused.value)


def test_sign_in_service_that_fails_is_away(server, client):
    server.token_status = 500
    with pytest.raises(Away):
        client.start("dev-1", RESTART)


def test_service_that_is_not_reached_is_away_and_nothing_was_sent(connection, client):
    nowhere = f"https://127.0.0.1:{free_port()}"
    client.operations("dev-1")
    gone = GraphClient(replace(connection, base=nowhere), client.http, client.tokens)
    with pytest.raises(Away):
        gone.start("dev-1", RESTART)


def test_secret_is_not_shown_and_plain_http_is_refused(connection):
    assert SECRET not in repr(connection)
    with pytest.raises(ValueError, match="HTTPS only"):
        replace(connection, base="http://127.0.0.1/beta")
    with pytest.raises(ValueError, match="HTTPS only"):
        replace(connection, login="http://127.0.0.1")


# -- Pages --------------------------------------------------------------------------------------


def test_every_page_of_a_list_is_read(server, client):
    made = [server.add("dev-1", "configUpdate") for _ in range(7)]
    assert [one.id for one in client.operations("dev-1")] == made
    assert [one["id"] for one in client.devices()] == ["dev-1", "dev-2", "dev-3"]


def test_list_that_leads_elsewhere_gets_no_token(server, client):
    server.next_host = "https://elsewhere.example"
    for _ in range(3):
        server.add("dev-1", "configUpdate")
    with pytest.raises(Odd, match="elsewhere"):
        client.operations("dev-1")


def test_list_without_end_is_given_up(server, client):
    server.page = 0
    server.add("dev-1", "configUpdate")
    with pytest.raises(Odd, match="no end"):
        client.operations("dev-1")


# -- Words --------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", list(ActionCode))
def test_action_with_a_graph_call_has_its_work(code):
    work = work_of(code, told(code))
    assert (work is not None) == (Channel.GRAPH in ACTIONS[code].channels)
    if work is not None:
        assert work.verb == ACTIONS[code].graph


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("successful", OperationStatus.SUCCESSFUL),
        ("Succeeded", OperationStatus.SUCCESSFUL),
        ("In Progress", OperationStatus.IN_PROGRESS),
        ("Canceled", OperationStatus.CANCELLED),
        ("unknownFutureValue", OperationStatus.UNKNOWN),
        (None, OperationStatus.UNKNOWN),
    ],
)
def test_status_is_read_in_all_its_spellings(text, status):
    operation = read_operation({"id": "x", "status": text, "createdBy": None})
    assert operation.status == status
    assert operation.is_open is (status not in (
        OperationStatus.SUCCESSFUL, OperationStatus.CANCELLED
    ))  # fmt: skip


def test_states_of_graph_are_moves_of_the_table():
    for status in OperationStatus:
        state = item_state(Operation("x", "", status, "", False, ""))
        if state not in (None, ItemState.DISPATCHED):
            assert Mover.SYSTEM in ITEM_MOVES[ItemState.DISPATCHED][state]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Away("x"), "scheduled"),
        (Throttled(timedelta(seconds=5)), "scheduled"),
        (Conflict("x"), "scheduled"),
        (NotThere("x"), "failed"),
        (Refused("x"), "failed"),
        (Unsure("x"), None),
        (Odd("x"), None),
    ],
)
def test_failed_call_sends_the_item_back_only_when_nothing_was_taken(error, state):
    found = after_error(error)
    assert (found.state if found else None) == state
    if found is not None:
        assert Mover.SYSTEM in ITEM_MOVES[ItemState.DISPATCHED][found.state]
        assert fits(found.state, found.reason)
