"""POST /device/v1/reports: taken with 202 when stored, and never otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.test import Client, override_settings

from access.models import Tenant
from access.residency import region
from rooms.device_api.problems import KINDS
from rooms.models import TenantProfile
from rooms.reports.schema import MOST_BYTES, Report
from tests.rooms.device_api import bodies
from tests.rooms.device_api.conftest import Stored
from tests.rooms.device_api.devices import REPORTS, Box, enrolled, order, problem, send

Counted = Callable[[], dict[str, int]]


def test_report_of_a_well_device_is_stored(box: Box, stored: Stored) -> None:
    whole = bodies.report()
    response = box.report(whole)
    assert response.status_code == 202
    assert json.loads(response.content) == {
        "report_id": whole["report_id"],
        "next_report_seconds": 300,
        "command_keys_serial": 1,
        "commands": [],
    }
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "application/json"
    ((report_id, body),) = stored()
    assert report_id == whole["report_id"]
    assert Report.model_validate_json(body).system.serial == "MJ0FAKE7"


def test_report_twice_is_accepted_twice_and_stored_once(box: Box, stored: Stored) -> None:
    whole = bodies.report()
    assert box.report(whole).status_code == 202
    assert box.report(whole).status_code == 202
    assert len(stored()) == 1


def test_answer_carries_the_commands_that_wait(tenant: Tenant, box: Box) -> None:
    command = order(box)
    whole = bodies.report()
    (handed,) = json.loads(box.report(whole).content)["commands"]
    assert handed["id"] == str(command)
    assert handed["kind"] == "restart_device"
    assert handed["parameters"] == {"when": "night"}
    (again,) = json.loads(box.report(whole).content)["commands"]
    assert again["id"] == str(command), "until it is answered"


def test_next_report_follows_the_pace(box: Box) -> None:
    with override_settings(CATALOGUE_MINUTE_SECONDS=2):
        assert json.loads(box.report().content)["next_report_seconds"] == 10


# -- Often, and many ------------------------------------------------------------------------------


def test_second_report_too_soon_is_asked_to_slow_down(box: Box, stored: Stored) -> None:
    assert box.report().status_code == 202
    response = box.report()
    assert problem(response)["code"] == "slow_down"
    assert response["Retry-After"] == "60"
    assert len(stored()) == 1


def test_report_after_a_fifth_of_the_interval_is_taken(
    box: Box, stored: Stored, superuser: dict[str, psycopg.Connection]
) -> None:
    assert box.report().status_code == 202
    superuser["eu"].execute(
        "update rooms_devicekey set last_accepted_at = last_accepted_at - interval '61 seconds'"
    )
    assert box.report().status_code == 202
    assert len(stored()) == 2


def test_thousand_reconnects_are_slowed_and_what_was_accepted_is_stored(
    tenant: Tenant, surface: None, stored: Stored
) -> None:
    """The backlog is looked at once a second, so that looking costs nothing when it matters."""
    client = Client()
    fleet = [enrolled(tenant, client=client) for _ in range(50)]
    accepted, slowed = set(), 0
    with override_settings(DEVICE_BACKLOG_MOST=10):
        for _turn in range(20):
            for box in fleet:
                whole = bodies.report()
                response = box.report(whole)
                if response.status_code == 202:
                    accepted.add(whole["report_id"])
                else:
                    assert problem(response)["code"] == "slow_down"
                    assert int(response["Retry-After"]) >= 30
                    slowed += 1
    assert slowed > 900
    assert len(accepted) > 0
    assert {report_id for report_id, _ in stored()} == accepted


# -- Who may --------------------------------------------------------------------------------------


def test_device_of_a_tenant_that_left_is_turned_away(box: Box, stored: Stored) -> None:
    with region("eu"):
        TenantProfile.objects.using("eu_owner").update(left_at=datetime.now(UTC))
    response = box.report()
    assert response.status_code == 403
    assert problem(response)["code"] == "tenant_left"
    assert stored() == []


def test_revoked_key_is_turned_away(
    box: Box, stored: Stored, superuser: dict[str, psycopg.Connection]
) -> None:
    superuser["eu"].execute("update rooms_devicekey set revoked_at = now()")
    assert problem(box.report())["code"] == "device_revoked"
    assert stored() == []


def test_unenrolled_device_is_turned_away(
    box: Box, stored: Stored, superuser: dict[str, psycopg.Connection]
) -> None:
    superuser["eu"].execute("update rooms_device set state = 'unenrolled'")
    assert problem(box.report())["code"] == "not_enrolled"
    assert stored() == []


STATES = {
    "device_revoked": "update rooms_devicekey set revoked_at = now()",
    "not_enrolled": "update rooms_device set state = 'unenrolled'",
    "tenant_left": "update rooms_tenantprofile set left_at = now()",
}


@pytest.mark.parametrize("code", STATES)
def test_revocation_bites_at_once_though_the_key_is_known(
    box: Box, stored: Stored, superuser: dict[str, psycopg.Connection], code: str
) -> None:
    """The process remembers the key's point; its state it asks each time."""
    assert box.report().status_code == 202
    superuser["eu"].execute(STATES[code])
    assert problem(box.report())["code"] == code
    assert problem(box.send("GET", "/device/v1/commands"))["code"] == code
    assert problem(box.send("POST", "/device/v1/leave"))["code"] == code
    assert len(stored()) == 1


@pytest.mark.parametrize("name", ["eu.DK-00000000", "apac.DK-00000000", "mars.DK-00000000", "DK-1"])
def test_unknown_device_is_turned_away(box: Box, name: str, stored: Stored) -> None:
    box.key_name = name
    assert problem(box.report())["code"] == "unknown_key"
    assert stored() == []


# -- What is in it --------------------------------------------------------------------------------


def bad(**changes: Any) -> bytes:
    """A report with something wrong in it."""
    return bodies.as_bytes(bodies.report(**changes))


WELL = bad()
BAD_BYTES = {
    "nothing": (b"", "malformed"),
    "truncated": (WELL[:-40], "malformed"),
    "truncated in a string": (WELL[:60], "malformed"),
    "not UTF-8": (WELL.replace(b"Lenovo", b"Len\xf6vo"), "malformed"),
    "UTF-16": (WELL.decode().encode("utf-16"), "malformed"),
    "a byte order mark": (b"\xef\xbb\xbf" + WELL, "malformed"),
    "two documents": (WELL + WELL, "malformed"),
    "a list": (b"[" + WELL + b"]", "malformed"),
    "NaN": (WELL.replace(b"12.5", b"NaN"), "malformed"),
    "infinity": (WELL.replace(b"12.5", b"-Infinity"), "malformed"),
    "number with 5,000 digits": (WELL.replace(b"12.5", b"1" * 5000), "malformed"),
    "comment": (WELL.replace(b"{", b"{/* */", 1), "malformed"),
    "control character": (WELL.replace(b"Lenovo", b"Len\novo"), "malformed"),
    "lone surrogate": (WELL.replace(b"Lenovo", b"\\ud800"), "field_invalid"),
    "nested 7 deep": (b'{"a":' * 7 + b"1" + b"}" * 7, "too_deep"),
    "nested 10,000 deep": (b"[" * 10_000 + b"]" * 10_000, "too_deep"),
    "a name twice": (WELL.replace(b'"paired":true', b'"paired":true,"paired":false'), "dup"),
    "a name twice inside": (WELL.replace(b'"bios"', b'"serial":"x","bios"'), "dup"),
}


@pytest.mark.parametrize("what", BAD_BYTES)
def test_bytes_that_are_no_report_are_refused(box: Box, stored: Stored, what: str) -> None:
    body, code = BAD_BYTES[what]
    document = problem(box.send("POST", REPORTS, body))
    assert document["code"] == {"dup": "duplicate_field"}.get(code, code)
    if code == "dup":
        assert document["field"] in ("paired", "serial")
    assert stored() == []


BAD_FIELDS = {
    "unknown field": ({"colour": "red"}, "field_unknown", "colour"),
    "unknown field inside": (
        {"app": {"version": "1", "mood": "good"}},
        "field_unknown",
        "app.mood",
    ),
    "negative number": ({"agent": {"version": "1", "uptime_minutes": -1}}, "field_invalid", None),
    "absurd number": ({"agent": {"version": "1", "uptime_minutes": 10**12}}, "field_invalid", None),
    "huge float": ({"network": {"wifi_dbm": -1e308}}, "field_invalid", "network.wifi_dbm"),
    "number as text": ({"agent": {"version": "1", "uptime_minutes": "5"}}, "field_invalid", None),
    "truth as number": ({"paired": 1}, "field_invalid", "paired"),
    "version that is a number": ({"app": {"version": 5}}, "field_invalid", "app.version"),
    "version without end": ({"app": {"version": "9." * 500}}, "field_invalid", "app.version"),
    "version with a line break": ({"app": {"version": "1\n2"}}, "field_invalid", "app.version"),
    "version with NUL": ({"app": {"version": "1\x00"}}, "field_invalid", "app.version"),
    "no time zone": ({"observed_at": "2026-01-01T00:00:00"}, "field_invalid", "observed_at"),
    "time as number": ({"observed_at": 1_700_000_000}, "field_invalid", "observed_at"),
    "long ago": ({"observed_at": "2001-01-01T00:00:00Z"}, "field_invalid", "observed_at"),
    "in the future": ({"observed_at": "2999-01-01T00:00:00Z"}, "field_invalid", "observed_at"),
    "no such address": ({"network": {"addresses": ["10.0.0.300"]}}, "field_invalid", None),
    "address as number": ({"network": {"addresses": [2886794753]}}, "field_invalid", None),
    "no report id": ({"report_id": ""}, "field_invalid", "report_id"),
    "65 peripherals": (
        {"peripherals": [bodies.peripheral(n) for n in range(65)]},
        "field_invalid",
        "peripherals",
    ),
}


@pytest.mark.parametrize("what", BAD_FIELDS)
def test_report_outside_the_schema_is_refused_by_field(box: Box, stored: Stored, what: str) -> None:
    changes, code, field = BAD_FIELDS[what]
    document = problem(box.send("POST", REPORTS, bad(**changes)))
    assert document["code"] == code
    assert field is None or document["field"] == field
    assert document["field"] in document["detail"]
    assert stored() == []


def test_strange_versions_are_taken_as_they_are(box: Box, stored: Stored) -> None:
    strange = ["v1", "1.2.3-rc.1+build.5", "2026年7月", "1,13,51", "N/A", "'; drop table x; --", ""]
    versions = [{"component": f"c{n}", "installed": text} for n, text in enumerate(strange)]
    assert box.report(versions=versions).status_code == 202
    ((_, body),) = stored()
    assert [v.installed for v in Report.model_validate_json(body).versions] == strange


def test_64_peripherals_are_taken(box: Box) -> None:
    assert box.report(peripherals=[bodies.peripheral(n) for n in range(64)]).status_code == 202


def test_10_000_peripherals_are_too_large(box: Box, stored: Stored) -> None:
    body = bad(peripherals=[bodies.peripheral(n) for n in range(10_000)])
    assert len(body) > 2_000_000
    response = box.send("POST", REPORTS, body)
    assert response.status_code == 413
    assert f"{MOST_BYTES:,}" in problem(response)["detail"]
    assert stored() == []


def test_10_000_peripherals_in_few_bytes_are_refused(box: Box, stored: Stored) -> None:
    body = WELL.replace(b'"peripherals":[', b'"peripherals":[' + b"{}," * 10_000)
    assert len(body) < MOST_BYTES
    assert problem(box.send("POST", REPORTS, body))["code"] == "field_invalid"
    assert stored() == []


def test_oversized_body_is_refused_before_its_signature_is_looked_at(box: Box) -> None:
    headers = {"Content-Type": "application/json"}
    response = send(box.client, "POST", REPORTS, b" " * (MOST_BYTES + 1), headers)
    assert problem(response)["code"] == "too_large"


# -- What is never stored -------------------------------------------------------------------------

SMUGGLED = {
    "media": {"name": "UklGRiQAAABXQVZFZm10IBAAAAABAAEA"},
    "encoded": {"name": "Q2FtZXJhIHRoYXQgaGlkZXMgc29tZXRoaW5nIGVsc2UgaW5zaWRl"},
    "meeting": {"name": "Subject: buying Contoso"},
    "chat": {"name": "Bob wrote: they know"},
    "contact": {"name": "BEGIN:VCARD"},
    "email": {"name": "bob.smith@contoso.example"},
    "link": {"firmware": "https://contoso.example/x"},
}


@pytest.mark.parametrize("kind", SMUGGLED)
def test_content_that_is_never_stored_is_refused_and_counted(
    box: Box, stored: Stored, counted: Counted, kind: str
) -> None:
    whole = bodies.report(peripherals=[bodies.peripheral(1, **SMUGGLED[kind])])
    response = box.report(whole)
    assert response.status_code == 422
    document = problem(response)
    assert document["code"] == "content_refused"
    assert document["kind"] == kind
    assert next(iter(SMUGGLED[kind].values())) not in response.content.decode()
    assert stored() == []
    assert counted() == {f"content_refused:{kind}": 1}


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("meeting_subject", "meeting"),
        ("attendees", "meeting"),
        ("chatMessages", "chat"),
        ("microphone_audio", "media"),
        ("vcard", "contact"),
    ],
)
def test_field_for_content_that_is_never_stored_is_counted(
    box: Box, stored: Stored, counted: Counted, field: str, kind: str
) -> None:
    assert problem(box.report(**{field: "x"}))["kind"] == kind
    assert counted() == {f"content_refused:{kind}": 1}
    assert stored() == []


def test_answers_to_bad_reports_repeat_nothing_of_them(box: Box) -> None:
    for secret in ("hunter2", "hun@ter2", "data:audio/wav;base64,hunter2"):
        for field in ("app", secret, "paired"):
            response = box.report(**{field: {"version": [secret], secret: secret}})
            assert response.status_code == 422
            if secret == "hunter2":
                continue  # the name of a field may be said
            assert secret not in response.content.decode()


# -- The surface itself ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_other_methods_are_refused(surface: None, method: str) -> None:
    response = Client().generic(method, REPORTS)
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    if method != "HEAD":
        assert problem(response)["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/", "/device/v1/", "/device/v1/reports/", "/device/v2/reports"])
def test_other_addresses_are_not_found(surface: None, path: str) -> None:
    assert problem(Client().get(path))["code"] == "not_found"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json; charset=latin-1", "multipart/form-data", ""]
)
def test_other_content_types_are_refused(box: Box, stored: Stored, kind: str) -> None:
    headers = box.headers("POST", REPORTS, WELL) | {"Content-Type": kind}
    response = box.send("POST", REPORTS, WELL, headers)
    assert response.status_code == 415
    assert problem(response)["code"] == "unsupported_media_type"
    assert stored() == []


def test_compressed_content_is_refused(box: Box) -> None:
    headers = box.headers("POST", REPORTS, WELL) | {"Content-Encoding": "gzip"}
    assert problem(box.send("POST", REPORTS, WELL, headers))["code"] == "unsupported_media_type"


def test_codes_that_were_met_are_documented() -> None:
    assert {"malformed", "replayed", "slow_down", "content_refused"} <= set(KINDS)
