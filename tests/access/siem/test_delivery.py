"""Every event arrives at least once, in the log's order, also when receivers come and go."""

from __future__ import annotations

import json
import re

import pytest

from access.audit.sequencer import sequence
from access.scopes import Scope
from access.siem import delivery
from access.siem.destinations import Destination, parse
from access.siem.sinks import Undelivered
from tests.acts import ask


@pytest.fixture
def events(tenant, asha, bo, as_auditor):
    """Some acts of asha in the log, and the process is the exporter's."""
    for scope in (Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW, Scope.ACCOUNT_VIEW):
        ask(asha, tenant, scope)
    as_auditor()
    while sequence("eu"):
        pass


def ids(text: str) -> list[str]:
    return [json.loads(line)["metadata"]["uid"] for line in text.splitlines()]


def sent_all(destination: Destination) -> int:
    """Send until nothing is left; how many events."""
    total = 0
    while number := delivery.deliver("eu", destination):
        total += number
    return total


def test_file_gets_every_event_once_and_in_order(events, tmp_path):
    (destination,) = parse(f"copy ocsf file://{tmp_path}/out.jsonl")
    total = sent_all(destination)
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    positions = [json.loads(line)["metadata"]["sequence"] for line in lines]
    assert positions == list(range(total))
    assert sent_all(destination) == 0


def test_half_written_line_of_a_crash_is_not_joined(events, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text('{"cut off')
    (destination,) = parse(f"copy ocsf file://{out}")
    total = sent_all(destination)
    first, *rest = out.read_text().splitlines()
    assert first == '{"cut off'
    assert len(ids("\n".join(rest))) == total


def test_syslog_over_tls_gets_framed_messages(events, syslog):
    address = f"syslog+tls://127.0.0.1:{syslog.port}"
    (destination,) = parse(f"soc cef {address}", authorities=syslog.authorities)
    total = sent_all(destination)
    data, messages = b"".join(syslog.taken), []
    while data:
        length, _, rest = data.partition(b" ")
        messages.append(rest[: int(length)].decode())
        data = rest[int(length) :]
    assert len(messages) == total > 0
    shape = r"<110>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z rooms-ops audit - \S+ - CEF:0\|"
    assert all(re.match(shape, message) for message in messages)


def test_syslog_receiver_with_another_certificate_gets_nothing(events, syslog):
    (destination,) = parse(f"soc cef syslog+tls://127.0.0.1:{syslog.port}")
    with pytest.raises(Undelivered, match="certificate verify failed"):
        delivery.deliver("eu", destination)
    assert b"".join(syslog.taken) == b""


def test_webhook_gets_lines_with_its_token(events, webhook):
    address = f"https://127.0.0.1:{webhook.port}/in"
    (destination,) = parse(f"soc ocsf {address}", token="t0ken", authorities=webhook.authorities)
    total = sent_all(destination)
    assert len(ids(b"".join(webhook.taken).decode())) == total
    assert webhook.headers[0]["authorization"] == "Bearer t0ken"
    assert webhook.headers[0]["x-rooms-log"] == "eu"


def test_receiver_that_is_down_loses_nothing_and_lag_is_seen(events, webhook):
    """It answers 503, so the place does not move; back again, it gets everything."""
    address = f"https://127.0.0.1:{webhook.port}/in"
    (destination,) = parse(f"soc ocsf {address}", authorities=webhook.authorities)
    webhook.answer = 503
    with pytest.raises(Undelivered, match="answered 503"):
        delivery.deliver("eu", destination)
    refused = ids(webhook.taken.pop().decode())
    webhook.answer = 200
    sent_all(destination)
    assert ids(b"".join(webhook.taken).decode())[: len(refused)] == refused
    (lag,) = delivery.lags("eu")
    assert (lag.behind, lag.seconds) == (0, 0)


def test_one_receiver_that_is_down_does_not_hold_up_another(events, tmp_path, webhook, caplog):
    webhook.answer = 500
    both = parse(
        f"soc ocsf https://127.0.0.1:{webhook.port}/in; copy ocsf file://{tmp_path}/out.jsonl",
        authorities=webhook.authorities,
    )
    assert delivery.deliver_all(["eu"], both) > 0
    assert (tmp_path / "out.jsonl").exists()
    assert "soc did not take the log of eu" in caplog.text
    behind = {lag.destination: lag.behind for lag in delivery.lags("eu")}
    assert behind["copy"] == 0


def test_name_of_a_person_does_not_leave_with_the_event(events, tmp_path):
    (destination,) = parse(f"copy ocsf file://{tmp_path}/out.jsonl")
    sent_all(destination)
    assert "Asha" not in (tmp_path / "out.jsonl").read_text()


def test_place_is_kept_when_sending_fails_half_way(events, tmp_path):
    """What was taken before stays taken; the rest comes with the next try."""
    (destination,) = parse(f"copy ocsf file://{tmp_path}/none/out.jsonl")
    with pytest.raises(Undelivered, match="No such file"):
        delivery.deliver("eu", destination)
    (tmp_path / "none").mkdir()
    assert sent_all(destination) > 0
