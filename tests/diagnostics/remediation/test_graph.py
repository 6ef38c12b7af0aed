"""The Graph channel against a faithful server on loopback: above all, nothing runs twice."""

from __future__ import annotations

import random

import pytest

from diagnostics.remediation.catalogue import ActionCode
from diagnostics.remediation.graph import (
    Conflict,
    GraphError,
    Unsure,
    item_state,
    work_of,
)
from diagnostics.remediation.graph.operations import RESTART
from diagnostics.remediation.states import ItemState
from tests.diagnostics.remediation.graph_items import Item
from tests.diagnostics.remediation.rooms_now import told


def test_restart_is_asked_for_once_and_followed(server, client, channel):
    sent = Item(channel).send()
    assert not sent.found
    assert server.restarts("dev-1") == 1
    for status, state in [
        ("Queued", ItemState.DISPATCHED),
        ("Scheduled", ItemState.ACKNOWLEDGED),
        ("InProgress", ItemState.RUNNING),
        ("Successful", ItemState.VERIFYING),
        ("Failed", ItemState.FAILED),
        ("Cancelled", ItemState.FAILED),
    ]:
        server.set_status(sent.operation, status)
        assert item_state(client.operation("dev-1", sent.operation)) == state
    server.set_status(sent.operation, "Failed")
    assert client.operation("dev-1", sent.operation).error_code == "DeviceOffline"


@pytest.mark.parametrize("finished", ["Queued", "InProgress", "Successful", "Failed"])
def test_lost_answer_never_leads_to_a_second_restart(server, channel, finished):
    server.cut(method="POST", done=True)
    item = Item(channel)
    with pytest.raises(Unsure):
        item.send()
    server.set_status(server.operations["dev-1"][0]["id"], finished)
    again = item.send()
    assert again.found
    assert again.operation == server.operations["dev-1"][0]["id"]
    assert item.send() == again
    assert server.restarts("dev-1") == 1


@pytest.mark.parametrize("status", [500, 502, 504, 503])
def test_server_error_after_the_work_leads_to_no_second_restart(server, channel, status):
    server.cut(method="POST", status=status, done=True)
    item = Item(channel)
    with pytest.raises(Unsure):
        item.send()
    assert item.send().found
    assert server.restarts("dev-1") == 1


def test_request_that_was_lost_before_it_arrived_is_sent_again(server, channel):
    server.cut(method="POST")
    item = Item(channel)
    with pytest.raises(Unsure):
        item.send()
    again = item.send()
    assert (again.found, server.restarts("dev-1")) == (False, 1)


def test_worker_that_died_between_remembering_and_sending_sends_once(server, channel):
    class Died(RuntimeError):
        pass

    item = Item(channel)

    def remember(known: frozenset[str]) -> None:
        item.known = known
        raise Died

    with pytest.raises(Died):
        channel.dispatch("dev-1", RESTART, known=None, remember=remember)
    assert server.restarts("dev-1") == 0
    item.send()
    item.send()
    assert server.restarts("dev-1") == 1


def test_older_operations_of_ours_are_not_taken_for_this_one(server, channel):
    server.add("dev-1", "deviceRestart", status="Successful")
    item = Item(channel)
    assert not item.send().found
    assert server.restarts("dev-1") == 2


def test_older_operation_is_not_taken_for_a_request_that_was_lost(server, channel):
    older = server.add("dev-1", "deviceRestart", status="Successful")
    server.cut(method="POST")
    item = Item(channel)
    with pytest.raises(Unsure):
        item.send()
    again = item.send()
    assert (again.found, again.operation == older) == (False, False)
    assert server.restarts("dev-1") == 2


def test_operation_of_somebody_else_is_a_conflict_and_not_adopted(server, channel):
    server.add("dev-1", "deviceRestart", by="somebody-else")
    with pytest.raises(Conflict):
        Item(channel).send()
    # it was seen before anything was sent
    assert [path for method, path in server.calls if method == "POST"] == ["token"]
    item = Item(channel, "dev-2")
    item.known = frozenset()
    server.add("dev-2", "deviceRestart", by="somebody-else")
    with pytest.raises(Conflict):
        item.send()
    assert server.restarts("dev-2") == 1


def test_operation_that_somebody_queues_while_we_send_is_a_conflict(server, channel):
    item = Item(channel)

    def remember(known: frozenset[str]) -> None:
        item.known = known
        server.add("dev-1", "deviceRestart", by="somebody-else")

    with pytest.raises(Conflict):
        channel.dispatch("dev-1", RESTART, known=None, remember=remember)
    assert server.restarts("dev-1") == 1


def test_conflict_with_our_own_other_hand_is_our_operation(server, channel):
    def remember(known: frozenset[str]) -> None:
        server.add("dev-1", "deviceRestart")

    assert channel.dispatch("dev-1", RESTART, known=None, remember=remember).found
    assert server.restarts("dev-1") == 1


def test_operation_of_unknown_origin_is_ours_rather_than_a_second_restart(server, channel):
    server.cut(method="POST", done=True)
    item = Item(channel)
    with pytest.raises(Unsure):
        item.send()
    server.operations["dev-1"][0]["createdBy"] = {"@odata.type": "microsoft.graph.identitySet"}
    assert item.send().found


def test_accepted_without_a_location_is_looked_up(server, channel):
    server.location = ""
    item = Item(channel)
    with pytest.raises(Unsure):
        item.send()
    assert item.send().found
    server.location = "/teamwork/devices/dev-9/operations/{operation}"
    other = Item(channel, "dev-2")
    with pytest.raises(Unsure):
        other.send()
    assert server.restarts("dev-2") == 1


def test_location_with_the_whole_address_is_read(server, channel):
    server.location = server.origin + "/beta/teamwork/devices/{device}/operations/{operation}"
    assert Item(channel).send().operation == server.operations["dev-1"][0]["id"]


def test_other_types_of_operations_do_not_conflict(server, client, channel):
    server.add("dev-1", "configUpdate", by="somebody-else")
    update = work_of(ActionCode.UPDATE_APP, told(ActionCode.UPDATE_APP))
    channel.dispatch("dev-1", update, known=None, remember=lambda known: None)
    Item(channel).send()
    assert server.bodies == [
        {"softwareType": "teamsClient", "softwareVersion": "4.12.138.0"},
        None,
    ]


# -- Everything at once -------------------------------------------------------------------------


def test_restarts_with_random_faults_are_each_asked_for_once(server, channel):
    chance = random.Random(11)
    server.devices = [f"dev-{n}" for n in range(300)]
    server.page = 50
    lost = 0
    for device in server.devices:
        item = Item(channel, device)
        for _ in range(20):
            if chance.random() < 0.4:
                server.cut(
                    method=chance.choice(["GET", "POST"]),
                    status=chance.choice([0, 429, 500, 502, 503]),
                    done=False,
                )
            elif chance.random() < 0.4:
                server.cut(method="POST", status=chance.choice([0, 500, 504]), done=True)
            try:
                item.send()
            except GraphError:
                lost += 1
                asked = server.operations.get(device)
                if asked and chance.random() < 0.5:
                    server.set_status(asked[-1]["id"], "Successful")
            else:
                break
            finally:
                server.faults.clear()
    assert lost > 90
    assert {server.restarts(device) for device in server.devices} == {1}
