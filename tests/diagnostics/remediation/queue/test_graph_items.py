"""Items of the Graph channel: found again after every death, sent once, followed to their end."""

from __future__ import annotations

import pytest

from diagnostics.remediation.graph import GraphChannel
from diagnostics.remediation.graph.channel import SETTLE
from diagnostics.remediation.queue.dispatch import dispatch_due
from diagnostics.remediation.queue.graph import LEASE, graph_due
from diagnostics.remediation.queue.stops import take_back
from tests.diagnostics.remediation.graph_server import DIRECTORY
from tests.diagnostics.remediation.queue.place import HOUR, MINUTE

DEVICE = "dev-1"


@pytest.fixture
def graph(place, client, server):
    """`graph()`: one wake-up of the Graph channel."""
    place.sql(
        "insert into diagnostics_remediationsettings (id, tenant_id, reference, tenant_reference,"
        " version, reason, state, state_at, digest, proposed_by_id, proposed_by_person,"
        " proposed_by_label, grant_reference, proposed_at, ended_by_label, document) values ("
        "gen_random_uuid(), %(id)s, 'RS-11111111', %(name)s, 1, 'x', 'in_force', %(at)s, 'd',"
        " %(id)s, %(id)s, 'A', '', %(at)s, '', jsonb_build_object('channel', 'graph', 'graph',"
        " jsonb_build_object('directory', %(directory)s::text)))",
        {
            "id": place.tenant.pk, "name": place.tenant.reference, "at": place.at,
            "directory": DIRECTORY,
        },
    )  # fmt: skip
    return lambda: graph_due("eu", open_channel=lambda directory: GraphChannel(client))


@pytest.fixture
def item(place, grant, asha):
    """A restart that was dispatched to the Graph channel."""
    grant()
    device = place.device(serial=f"serial of {DEVICE}")
    made = place.item(device, "restart_device", by=asha, channel="graph")
    while dispatch_due("eu"):
        pass
    assert place.stands(made) == ("dispatched", "in_progress")
    assert place.commands() == []
    return made


def test_operation_is_asked_for_once_and_followed(place, server, graph, item):
    graph()
    (asked,) = server.operations[DEVICE]
    now = place.now(item)
    assert (now.operation, now.operations_known) == (asked["id"], [])
    for status, state in (
        ("Scheduled", "acknowledged"), ("InProgress", "running"), ("Successful", "verifying"),
    ):  # fmt: skip
        server.set_status(asked["id"], status)
        place.wait(MINUTE)
        graph()
        assert place.stands(item)[0] == state
    now = place.now(item)
    assert now.sent_at < now.accepted_at < now.running_at < now.answered_at
    assert server.restarts(DEVICE) == 1


def test_lost_answer_is_looked_for_and_never_sent_again(place, server, graph, item):
    server.cut(method="POST", status=0, done=True)
    graph()
    now = place.now(item)
    assert (now.state, now.operation, now.operations_known) == ("dispatched", "", [])
    assert now.next_at == place.at + SETTLE
    place.wait(SETTLE)
    graph()
    assert place.now(item).operation == server.operations[DEVICE][0]["id"]
    assert server.restarts(DEVICE) == 1


def test_lost_answer_while_graph_is_away_does_not_send_it_back(place, server, graph, item):
    server.cut(method="POST", status=0, done=True)
    graph()
    place.wait(SETTLE)
    server.cut(method="GET", status=500)
    graph()
    assert place.stands(item)[0] == "dispatched"
    place.wait(SETTLE)
    graph()
    assert (place.now(item).operation != "", server.restarts(DEVICE)) == (True, 1)


def test_busy_channel_sends_it_back_and_it_goes_later(place, server, graph, item):
    server.cut(method="POST", status=429, headers={"Retry-After": "120"})
    graph()
    assert place.stands(item) == ("scheduled", "channel_busy")
    now = place.now(item)
    assert (now.sent_at, now.operations_known) == (None, None)
    assert now.next_at == place.at + 2 * MINUTE
    place.wait(2 * MINUTE)
    while dispatch_due("eu"):
        pass
    graph()
    assert server.restarts(DEVICE) == 1


def test_operation_of_somebody_else_is_waited_for(place, server, graph, item):
    server.add(DEVICE, "deviceRestart", by="another application")
    graph()
    assert place.stands(item) == ("scheduled", "other_operation")


def test_failed_operation_fails_it(place, server, graph, item):
    graph()
    server.set_status(place.now(item).operation, "Failed")
    place.wait(MINUTE)
    graph()
    assert place.stands(item) == ("failed", "failed")
    assert ("item_ended", item.reference) in place.notices()


def test_device_that_graph_does_not_know_fails_it(place, server, graph, item):
    server.devices.remove(DEVICE)
    graph()
    assert place.stands(item) == ("failed", "device_disconnected")


def test_operation_without_an_end_is_left_to_the_reports(place, server, graph, item):
    graph()
    place.wait(HOUR)
    graph()
    assert place.stands(item) == ("verifying", "answer_lost")


def test_stop_before_the_call_sends_nothing_and_after_it_takes_nothing_back(
    place, server, graph, item
):
    place.stop()
    graph()
    assert server.restarts(DEVICE) == 0
    assert take_back("eu") == 1
    assert place.stands(item) == ("cancelled", "emergency_stop")


def test_worker_that_dies_in_the_call_is_followed_by_the_next(place, server, graph, item, client):
    class Dead(BaseException):
        """Gone after sending."""

    whole = client.start

    def start(*args):
        whole(*args)
        raise Dead

    client.start = start
    with pytest.raises(Dead):
        graph()
    client.start = whole
    assert graph() == 0  # not while the first might still be at it
    place.wait(LEASE)
    graph()
    assert (place.now(item).operation != "", server.restarts(DEVICE)) == (True, 1)
