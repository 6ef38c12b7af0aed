"""The first step of an enrolment: who gets a challenge, and what the others are told."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from access.models import Tenant
from rooms.models import Room
from rooms.tpm.soft import SoftTpm, public_blob
from tests.fleet.small import SmallTenant
from tests.rooms.enrolment.agents import (
    HOUR,
    Agent,
    Rows,
    code,
    issue_key,
    register,
    text,
)
from tests.rooms.tpm.makers import LEAF, Maker, der, name


@pytest.mark.parametrize("kind", ["ecc", "rsa"])
def test_device_enrols_into_onboarding(
    agent: Agent, tenant: Tenant, room: Room, rows: Rows, kind: str
) -> None:
    agent.tpm = SoftTpm.new(kind=kind)
    register(tenant, room, agent.tpm.ek_id, agent.serial)
    said = agent.enrol()
    assert said["report_every_seconds"] > 0
    assert said["key_id"].startswith("eu.DK-")
    device = rows(
        "select room_id, state, serial, platform, kind, manufacturer, model from rooms_device"
        " where reference = %s",
        [said["device"]],
    )
    assert device == [
        (room.pk, "onboarding", "SN-1", "windows", "compute", "Example Devices", "Room Computer 3")
    ]
    events = rows("select subject_reference from access_auditevent where type = 'device.enrolled'")
    assert events == [(said["device"],)]


def test_known_device_may_speak(agent: Agent) -> None:
    agent.enrol()
    assert agent.signed("leave", None).status_code == 202


def test_key_that_was_agreed_beforehand_enrols_at_once(
    agent: Agent, tenant: Tenant, room: Room, rows: Rows
) -> None:
    agent.enrolment_key = issue_key(tenant, room, enrol_at_once=True)
    said = agent.enrol()
    found = rows("select state from rooms_device where reference = %s", [said["device"]])
    assert found == [("monitored",)]


def test_other_hash_of_the_endorsement_key_is_as_good(
    agent: Agent, tenant: Tenant, room: Room
) -> None:
    agent.tpm = SoftTpm.new()
    assert isinstance(agent.tpm.ek, ec.EllipticCurvePrivateKey)
    point = agent.tpm.ek.public_key().public_numbers()
    bare = b"\x04" + point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
    register(tenant, room, hashlib.sha256(bare).hexdigest())
    agent.enrol()


def test_certified_tpm_needs_no_registration(
    agent: Agent, settings: Any, tmp_path: Any, rows: Rows
) -> None:
    maker = Maker()
    (tmp_path / "makers.pem").write_bytes(maker.certificate.public_bytes(Encoding.PEM))
    settings.TPM_ROOTS = str(tmp_path / "makers.pem")
    agent.tpm = SoftTpm.new()
    chip = maker.issue(
        agent.tpm.ek.public_key(),
        name("unknown"),
        LEAF,
        since=datetime.now(UTC) - HOUR,
        until=datetime.now(UTC) + HOUR,
    )
    given = agent.begin(ek_certificate=text(der(chip)))
    assert given.status_code == 201, given.content
    assert agent.complete(json.loads(given.content)).status_code == 201
    assert rows("select trust from rooms_deviceidentity") == [("certificate",)]


def test_secret_is_kept_as_a_digest_only(agent: Agent, rows: Rows) -> None:
    given = agent.challenge()
    secret = agent.opened(given)
    ((whole,),) = rows("select c::text from rooms_enrolmentchallenge c")
    assert secret.hex() not in whole
    assert hashlib.sha256(secret).hexdigest() in whole


def test_unregistered_tpm_is_refused_and_the_tenant_s_record_says_so(
    agent: Agent, rows: Rows
) -> None:
    agent.tpm = SoftTpm.new()
    answer = agent.begin()
    assert code(answer) == (403, "enrolment_refused")
    assert "registered" in json.loads(answer.content)["detail"]
    refused = "select detail ->> 'why' from access_auditevent where type = %s"
    assert rows(refused, ["device.enrolment_refused"]) == [("tpm_not_trusted",)]


def test_tpm_registered_for_another_room_is_refused(
    agent: Agent, tenant: Tenant, small: SmallTenant
) -> None:
    agent.enrolment_key = issue_key(tenant, small.rooms[1])
    assert code(agent.begin()) == (403, "enrolment_refused")


def test_tpm_registered_for_another_serial_is_refused(
    agent: Agent, tenant: Tenant, room: Room
) -> None:
    agent.tpm = SoftTpm.new()
    register(tenant, room, agent.tpm.ek_id, "SN-OTHER")
    assert code(agent.begin()) == (403, "enrolment_refused")


def test_certificate_without_configured_makers_is_refused_clearly(agent: Agent) -> None:
    agent.tpm = SoftTpm.new()
    answer = agent.begin(ek_certificate=text(b"0" * 200))
    assert code(answer) == (403, "enrolment_refused")
    assert "No chip maker's certificates are set up" in json.loads(answer.content)["detail"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"used_at": datetime.now(UTC)}, "was used"),
        ({"expires_at": datetime.now(UTC) - HOUR}, "expired"),
        ({"withdrawn_at": datetime.now(UTC)}, "withdrawn"),
        ({"serial": "SN-2"}, "another serial"),
    ],
)
def test_enrolment_key_that_does_not_serve_is_refused(
    agent: Agent, tenant: Tenant, room: Room, changes: dict[str, Any], word: str
) -> None:
    agent.enrolment_key = issue_key(tenant, room, **changes)
    answer = agent.begin()
    assert code(answer) == (403, "enrolment_refused")
    assert word in json.loads(answer.content)["detail"]


@pytest.mark.parametrize("key", ["eu." + "a" * 32, "us." + "a" * 32, "mars." + "a" * 32])
def test_enrolment_key_that_nobody_issued_is_refused(agent: Agent, key: str) -> None:
    assert code(agent.begin(enrolment_key=key)) == (403, "enrolment_refused")


def test_tenant_that_left_takes_no_device(
    agent: Agent, superuser: dict[str, psycopg.Connection]
) -> None:
    superuser["eu"].execute("update rooms_tenantprofile set left_at = lock.now()")
    assert code(agent.begin()) == (403, "tenant_left")


def test_tpm_that_is_switched_off_has_nothing_to_begin_with(agent: Agent) -> None:
    answer = agent.begin(ek_public=None)
    assert code(answer) == (422, "field_invalid")
    assert json.loads(answer.content)["field"] == "ek_public"


P256 = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    ("field", "blob"),
    [
        ("ek_public", public_blob(P256, 0x300B2, aes_bits=128)),
        ("ak_public", public_blob(P256, 0x40040)),  # made in software
        ("ak_public", public_blob(P256, 0x40072)),  # unrestricted
        ("key_public", public_blob(P256, 0x50072)),  # restricted
        ("key_public", public_blob(P256, 0x40040)),  # made in software
        ("key_public", b"\x00\x04oops"),
        ("ek_public", bytes(1500)),
    ],
)
def test_key_of_another_shape_is_refused_by_its_field(
    agent: Agent, field: str, blob: bytes
) -> None:
    answer = agent.begin(**{field: text(blob)})
    assert code(answer) == (422, "field_invalid")
    assert json.loads(answer.content)["field"] == field


def test_same_key_twice_is_refused(agent: Agent) -> None:
    same = public_blob(agent.tpm.ak, 0x40072)
    assert code(agent.begin(key_public=text(same))) == (422, "field_invalid")


@pytest.mark.parametrize("sent", ["not base64", "AAA=====", "AAAB=", "AAAAAR=="])
def test_text_that_is_no_base64_is_refused(agent: Agent, sent: str) -> None:
    assert code(agent.begin(ek_public=sent)) == (422, "field_invalid")


def test_field_that_nobody_asked_for_is_refused(agent: Agent) -> None:
    answer = agent.begin(room="RM-1")
    assert code(answer) == (422, "field_unknown")


def test_refused_begin_leaves_the_enrolment_key_usable(agent: Agent) -> None:
    assert agent.begin(ak_public=text(b"rubbish!")).status_code == 422
    agent.enrol()


def test_many_open_challenges_of_one_key_are_slowed_down(agent: Agent, held_clock: Any) -> None:
    """Each costs a credential; when they have ended, the key serves again."""
    for _ in range(10):
        assert agent.begin().status_code == 201
    answer = agent.begin()
    assert code(answer) == (429, "slow_down")
    assert answer["Retry-After"] == "120"
    held_clock.shift(timedelta(seconds=121))
    assert agent.begin().status_code == 201
