"""The handler that the device surface is served by: the same answers as through Django's own."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from rooms.device_api.handler import DeviceHandler
from tests.rooms.device_api import bodies
from tests.rooms.device_api.devices import REPORTS, Box, order

Answer = tuple[str, dict[str, str], bytes]


@pytest.fixture
def handler(surface: None) -> DeviceHandler:
    """As a process of the device surface has it."""
    return DeviceHandler()


def ask(
    handler: DeviceHandler,
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> Answer:
    """One WSGI call: status, headers and content."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "HTTP_HOST": "testserver",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    for name, value in (headers or {}).items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    begun: list[Any] = []
    content = b"".join(handler(environ, lambda *given: begun.extend(given)))
    status, sent = begun
    return status, dict(sent), content


def test_report_is_taken_and_hands_over_what_waits(handler: DeviceHandler, box: Box) -> None:
    command = order(box)
    whole = bodies.report()
    body = bodies.as_bytes(whole)
    status, sent, content = ask(handler, "POST", REPORTS, body, box.headers("POST", REPORTS, body))
    assert status == "202 Accepted"
    assert sent["Content-Type"] == "application/json"
    assert sent["Content-Length"] == str(len(content))
    assert sent["Cache-Control"] == "no-store"
    assert sent["Date"].endswith("GMT")
    told = json.loads(content)
    assert told["report_id"] == whole["report_id"]
    assert [each["id"] for each in told["commands"]] == [str(command)]


def test_address_with_a_parameter_is_found_each_time(handler: DeviceHandler, box: Box) -> None:
    for command in (order(box), order(box)):
        path = f"/device/v1/commands/{command}/answer"
        body = b'{"outcome": "done"}'
        headers = box.headers("POST", path, body)
        status, _, content = ask(handler, "POST", path, body, headers)
        assert status == "404 Not Found", "nothing was handed over yet"
        assert json.loads(content)["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/", "not_found"),
        ("GET", "/device/v1/reports/", "not_found"),
        ("PUT", REPORTS, "method_not_allowed"),
        ("POST", REPORTS, "signature_missing"),
    ],
)
def test_refusals_are_problems(handler: DeviceHandler, method: str, path: str, code: str) -> None:
    for _ in range(2):  # the second time from memory
        status, sent, content = ask(handler, method, path)
        assert json.loads(content)["code"] == code
        assert status.startswith(str(json.loads(content)["status"]))
        assert sent["Content-Type"] == "application/problem+json"


def test_probe_answers(handler: DeviceHandler) -> None:
    assert ask(handler, "GET", "/device/v1/healthz")[2] == b'{"ok":true}'


def test_other_host_is_refused_after_ours_was_seen(handler: DeviceHandler, box: Box) -> None:
    body = bodies.as_bytes(bodies.report())
    assert ask(handler, "POST", REPORTS, body, box.headers("POST", REPORTS, body))[0][:3] == "202"
    body = bodies.as_bytes(bodies.report())
    signed = box.headers("POST", REPORTS, body, here="http://other.example")
    status, _, content = ask(handler, "POST", REPORTS, body, signed | {"Host": "other.example"})
    assert status == "401 Unauthorized"
    assert json.loads(content)["code"] == "signature_invalid"
