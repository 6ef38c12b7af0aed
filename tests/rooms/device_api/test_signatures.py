"""The signature profile: one signature over this very request, fresh, by the device's own key."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from http_message_signatures import HTTPMessageSigner
from http_message_signatures.algorithms import ECDSA_P256_SHA256

from access.models import Tenant
from rooms.device_api import profile, refusals
from tests.conftest import HeldClock
from tests.outage import down
from tests.rooms.device_api import bodies
from tests.rooms.device_api.conftest import Stored
from tests.rooms.device_api.devices import HERE, REPORTS, Box, enrolled, problem, send


@pytest.fixture
def body() -> bytes:
    """A report that would be taken."""
    return bodies.as_bytes(bodies.report())


def signed_otherwise(box: Box, content: bytes, **changes: Any) -> dict[str, str]:
    """Headers signed by the device's key, in another way than the profile says."""
    message = profile.Message("POST", HERE + REPORTS, {"Content-Type": "application/json"})
    options: dict[str, Any] = {
        "key_id": box.key_name,
        "created": datetime.now(UTC),
        "nonce": profile.new_nonce(),
        "tag": profile.TAG,
        "include_alg": False,
        "covered_component_ids": profile.COVERED_WITH_BODY,
        "body": content,
    } | changes
    signer = HTTPMessageSigner(signature_algorithm=ECDSA_P256_SHA256)
    prepared = signer.prepare(message, **options)
    signer.apply(message, prepared, profile.raw_signer(box.key)(prepared.signature_base))
    return message.headers


# -- Missing, wrong, foreign ----------------------------------------------------------------------


@pytest.mark.parametrize("without", ["Signature", "Signature-Input", "both"])
def test_unsigned_request_is_told_how_to_sign(
    box: Box, body: bytes, stored: Stored, without: str
) -> None:
    headers = box.headers("POST", REPORTS, body)
    for name in ("Signature", "Signature-Input"):
        if without in (name, "both"):
            del headers[name]
    response = box.send("POST", REPORTS, body, headers)
    assert response.status_code == 401
    assert problem(response)["code"] == "signature_missing"
    assert 'tag="portal-device-v1"' in response["Accept-Signature"]
    assert stored() == []


def test_signature_by_another_key_is_refused(box: Box, body: bytes, stored: Stored) -> None:
    box.key = ec.generate_private_key(ec.SECP256R1())
    assert problem(box.send("POST", REPORTS, body))["code"] == "signature_invalid"
    assert stored() == []


def test_signature_by_another_device_is_refused(
    tenant: Tenant, box: Box, body: bytes, stored: Stored
) -> None:
    """A device that presents another's key name."""
    other = enrolled(tenant)
    other.key_name = box.key_name
    assert problem(other.send("POST", REPORTS, body))["code"] == "signature_invalid"
    assert stored() == []


def test_changed_body_is_refused(box: Box, body: bytes, stored: Stored) -> None:
    headers = box.headers("POST", REPORTS, body)
    changed = body.replace(b"Lenovo", b"Lenova")
    assert problem(box.send("POST", REPORTS, changed, headers))["code"] == "signature_invalid"
    assert stored() == []


def test_changed_digest_is_refused(box: Box, body: bytes) -> None:
    changed = body.replace(b"Lenovo", b"Lenova")
    headers = box.headers("POST", REPORTS, body)
    headers["Content-Digest"] = box.headers("POST", REPORTS, changed)["Content-Digest"]
    assert problem(box.send("POST", REPORTS, changed, headers))["code"] == "signature_invalid"


@pytest.mark.parametrize(
    ("method", "path", "here"),
    [
        ("PUT", REPORTS, HERE),
        ("POST", "/device/v1/leave", HERE),
        ("POST", REPORTS + "?x=1", HERE),
        ("POST", REPORTS, "http://elsewhere.example"),
        ("POST", REPORTS, "http://testserver:8443"),
    ],
)
def test_signature_of_another_request_is_refused(
    box: Box, body: bytes, stored: Stored, method: str, path: str, here: str
) -> None:
    headers = box.headers(method, path, body, here=here)
    assert problem(box.send("POST", REPORTS, body, headers))["code"] == "signature_invalid"
    assert stored() == []


def test_query_is_signed(box: Box, body: bytes, stored: Stored) -> None:
    headers = box.headers("POST", REPORTS, body)
    response = box.send("POST", REPORTS + "?x=1", body, headers)
    assert problem(response)["code"] == "signature_invalid"
    assert stored() == []


def test_host_that_is_not_ours_is_refused(box: Box, body: bytes) -> None:
    headers = box.headers("POST", REPORTS, body, here="http://elsewhere.example")
    response = box.send("POST", REPORTS, body, headers | {"Host": "elsewhere.example"})
    assert problem(response)["code"] == "signature_invalid"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"include_alg": True}, id="names an algorithm"),
        pytest.param({"tag": "another"}, id="another tag"),
        pytest.param({"tag": None}, id="no tag"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"nonce": "short"}, id="short nonce"),
        pytest.param({"nonce": "n" * 65}, id="long nonce"),
        pytest.param({"nonce": "spaces in the nonce"}, id="nonce with spaces"),
        pytest.param(
            {"expires": datetime.now(UTC) + timedelta(minutes=1)}, id="a parameter of its own"
        ),
        pytest.param(
            {"covered_component_ids": ("@method", "content-digest")}, id="covers too little"
        ),
        pytest.param({"covered_component_ids": (), "body": None}, id="covers nothing"),
        pytest.param(
            {"covered_component_ids": profile.COVERED, "body": None}, id="does not cover the body"
        ),
    ],
)
def test_signature_outside_the_profile_is_refused(
    box: Box, body: bytes, stored: Stored, changes: dict[str, Any]
) -> None:
    headers = signed_otherwise(box, body, **changes)
    assert problem(box.send("POST", REPORTS, body, headers))["code"] == "signature_invalid"
    assert stored() == []


def test_components_and_parameters_in_another_order_are_taken(box: Box, body: bytes) -> None:
    """A correct signer is not bound to our own spelling."""
    headers = signed_otherwise(
        box, body, covered_component_ids=tuple(reversed(profile.COVERED_WITH_BODY)), label="sig1"
    )
    assert box.send("POST", REPORTS, body, headers).status_code == 202


def test_two_signatures_are_refused(box: Box, body: bytes, stored: Stored) -> None:
    one, two = box.headers("POST", REPORTS, body), box.headers("POST", REPORTS, body)
    for name in ("Signature", "Signature-Input"):
        one[name] += ", " + two[name].replace("device=", "second=", 1)
    assert problem(box.send("POST", REPORTS, body, one))["code"] == "signature_invalid"
    assert stored() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"Signature": "device=:AAAA:"},
        {"Signature": "device=:" + "A" * 86 + "==:"},
        {"Signature": "device"},
        {"Signature": "other=:AAAA:"},
        {"Signature": '"'},
        {"Signature": "device=:" + "A" * 2000 + ":"},
        {"Signature-Input": "device=()"},
        {"Signature-Input": "device=1"},
        {"Signature-Input": "("},
        {"Signature-Input": 'device=(("@method"))'},
        {"Signature-Input": "device=(1 2 3 4 5 6);created=1"},
        {"Signature-Input": "device=(" + '"x" ' * 500 + ")"},
    ],
)
def test_nonsense_in_the_signature_headers_is_refused(
    box: Box, body: bytes, changed: dict[str, str]
) -> None:
    headers = box.headers("POST", REPORTS, body) | changed
    assert problem(box.send("POST", REPORTS, body, headers))["code"] == "signature_invalid"


@pytest.mark.parametrize("member", ["r", "s"])
@pytest.mark.parametrize("value", [0, 2**256 - 1])
def test_signature_with_numbers_out_of_range_is_refused(
    box: Box, body: bytes, member: str, value: int
) -> None:
    def out_of_range(base: bytes) -> bytes:
        raw = profile.raw_signer(box.key)(base)
        number = value.to_bytes(32, "big")
        return number + raw[32:] if member == "r" else raw[:32] + number

    headers = profile.sign_request("POST", HERE + REPORTS, {}, body, box.key_name, out_of_range)
    assert problem(box.send("POST", REPORTS, body, headers))["code"] == "signature_invalid"


# -- Time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [-86_400.0, 86_400.0, -400.0, 100.0])
def test_clock_that_is_wrong_is_told_the_time_and_then_taken(
    box: Box, stored: Stored, offset: float
) -> None:
    """What the agent does: it keeps an offset from `Date`, and signs once more."""
    box.offset = offset
    first = box.report()
    assert first.status_code == 401
    assert problem(first)["code"] == "clock_skew"
    given = first["Accept-Signature"].partition('nonce="')[2].partition('"')[0]
    assert 16 <= len(given) <= 64
    box.offset += parsedate_to_datetime(first["Date"]).timestamp() - (time.time() + box.offset)
    body = bodies.as_bytes(bodies.report())
    assert box.send("POST", REPORTS, body, nonce=given).status_code == 202
    assert len(stored()) == 1


@pytest.mark.parametrize("offset", [-270.0, 50.0])
def test_clock_that_is_a_little_wrong_is_taken(box: Box, offset: float) -> None:
    box.offset = offset
    assert box.report().status_code == 202


def test_wrong_clock_of_the_device_itself_is_only_a_fact(box: Box) -> None:
    """A drifting clock is a health signal; it must not keep the report out."""
    assert box.report(device_clock="1999-12-31T23:59:59+00:00").status_code == 202


# -- Replay ---------------------------------------------------------------------------------------


def test_replayed_request_is_refused(box: Box, body: bytes, stored: Stored) -> None:
    headers = box.headers("POST", REPORTS, body)
    assert box.send("POST", REPORTS, body, headers).status_code == 202
    response = box.send("POST", REPORTS, body, headers)
    assert response.status_code == 409
    assert problem(response)["code"] == "replayed"
    assert len(stored()) == 1


def test_forged_request_burns_no_nonce(box: Box, body: bytes, stored: Stored) -> None:
    """A forger who has seen or guessed a nonce cannot keep the device from using it."""
    nonce = profile.new_nonce()
    own, box.key = box.key, ec.generate_private_key(ec.SECP256R1())
    assert problem(box.send("POST", REPORTS, body, nonce=nonce))["code"] == "signature_invalid"
    box.key = own
    assert box.send("POST", REPORTS, body, nonce=nonce).status_code == 202
    assert len(stored()) == 1


def test_refused_report_burns_no_nonce(box: Box) -> None:
    nonce = profile.new_nonce()
    wrong = bodies.as_bytes(bodies.report(colour="red"))
    right = bodies.as_bytes(bodies.report())
    assert problem(box.send("POST", REPORTS, wrong, nonce=nonce))["code"] == "field_unknown"
    assert box.send("POST", REPORTS, right, nonce=nonce).status_code == 202


def test_same_nonce_of_two_devices_is_taken_from_both(tenant: Tenant, box: Box) -> None:
    other, nonce = enrolled(tenant), profile.new_nonce()
    for device in (box, other):
        body = bodies.as_bytes(bodies.report())
        assert device.send("POST", REPORTS, body, nonce=nonce).status_code == 202


def test_nonce_outlives_every_signature_that_could_carry_it(
    box: Box, superuser: dict[str, psycopg.Connection]
) -> None:
    box.offset = 55  # signed as far ahead as is taken
    assert box.report().status_code == 202
    (left,) = (
        superuser["eu"]
        .execute("select extract(epoch from expires_at - now()) from rooms_devicenonce")
        .fetchone()
    )
    longest = profile.WINDOW + 2 * profile.SKEW
    assert longest.total_seconds() - 60 < left <= longest.total_seconds()  # on a busy machine


# -- What a stranger may cost ---------------------------------------------------------------------


def test_refusals_are_counted_by_code(
    box: Box,
    body: bytes,
    counted: Callable[[], dict[str, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first at once; those of the seconds after it together, when they are over."""
    monkeypatch.setattr(refusals, "FLUSH_SECONDS", 600.0)  # not over before this is
    box.offset = 5_000
    for _ in range(3):
        assert box.report().status_code == 401
    assert counted() == {"clock_skew": 1}


def test_held_clock_of_the_database_decides(
    box: Box, held_clock: HeldClock, stored: Stored
) -> None:
    """The nonce and the receipt are stamped by the database, whatever this process thinks."""
    held_clock.shift(timedelta(hours=3))
    assert box.report().status_code == 202
    assert len(stored()) == 1


def test_stranger_costs_no_round_trip(surface: None, body: bytes) -> None:
    """Size, headers and time come first: all of it is answered without a database."""
    headers = {"Content-Type": "application/json"}
    with down("eu"):
        response = send(Client(), "POST", REPORTS, body, headers)
        assert problem(response)["code"] == "signature_missing"
