"""A known device renews its key."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
from cryptography.hazmat.primitives.asymmetric import ec

from rooms.tpm.soft import SoftTpm
from tests.rooms.enrolment.agents import (
    Agent,
    Rows,
    code,
    text,
)


def renewal(agent: Agent, nonce: str) -> dict[str, str]:
    """The body that asks for the present key of the TPM."""
    attestation, signature = agent.tpm.certify_rotation(nonce, agent.key_id)
    return {
        "key_public": text(agent.tpm.key_public),
        "attestation": text(attestation),
        "signature": text(signature),
        "nonce": nonce,
    }


def sign_with(tpm: SoftTpm, key: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    """Sign by a key that the TPM had."""
    return SoftTpm(tpm.ek, tpm.ak, key, b"").sign


NONCE = "n" * 32


def test_key_is_renewed_and_the_old_one_ends(agent: Agent, rows: Rows) -> None:
    agent.enrol()
    old, old_key = agent.key_id, agent.tpm.rotate()
    sign = sign_with(agent.tpm, old_key)
    answer = agent.signed("keys", renewal(agent, NONCE), sign=sign, nonce=NONCE)
    assert answer.status_code == 201, answer.content
    agent.key_id = json.loads(answer.content)["key_id"]
    assert code(agent.signed("leave", None, key_id=old, sign=sign)) == (403, "device_revoked")
    assert agent.signed("leave", None).status_code == 202
    events = rows("select count(*) from access_auditevent where type = 'device.key_rotated'")
    assert events == [(1,)]


def test_renewal_whose_answer_was_lost_is_answered_the_same_again(agent: Agent, rows: Rows) -> None:
    agent.enrol()
    sign = sign_with(agent.tpm, agent.tpm.rotate())
    first = agent.signed("keys", renewal(agent, NONCE), sign=sign, nonce=NONCE)
    again = agent.signed("keys", renewal(agent, "m" * 32), sign=sign, nonce="m" * 32)
    assert again.status_code == 201, again.content
    assert json.loads(again.content) == json.loads(first.content)
    agent.key_id = json.loads(again.content)["key_id"]
    assert agent.signed("leave", None).status_code == 202
    events = rows("select count(*) from access_auditevent where type = 'device.key_rotated'")
    assert events == [(1,)]


def test_renewal_once_more_needs_a_new_nonce(agent: Agent) -> None:
    agent.enrol()
    sign = sign_with(agent.tpm, agent.tpm.rotate())
    body = renewal(agent, NONCE)
    assert agent.signed("keys", body, sign=sign, nonce=NONCE).status_code == 201
    assert code(agent.signed("keys", body, sign=sign, nonce=NONCE)) == (409, "replayed")


def test_old_key_renews_to_no_other_key(agent: Agent) -> None:
    agent.enrol()
    sign = sign_with(agent.tpm, agent.tpm.rotate())
    assert agent.signed("keys", renewal(agent, NONCE), sign=sign, nonce=NONCE).status_code == 201
    agent.tpm.rotate()
    other = renewal(agent, "m" * 32)
    answer = agent.signed("keys", other, sign=sign, nonce="m" * 32)
    assert code(answer) == (403, "device_revoked")


def test_old_key_asks_again_for_ten_minutes(
    agent: Agent, superuser: dict[str, psycopg.Connection]
) -> None:
    agent.enrol()
    sign = sign_with(agent.tpm, agent.tpm.rotate())
    assert agent.signed("keys", renewal(agent, NONCE), sign=sign, nonce=NONCE).status_code == 201
    superuser["eu"].execute(
        "update rooms_devicekey set revoked_at = revoked_at - interval '10 min'"
    )
    answer = agent.signed("keys", renewal(agent, "m" * 32), sign=sign, nonce="m" * 32)
    assert code(answer) == (403, "device_revoked")


def test_old_key_of_a_revoked_device_asks_for_nothing(
    agent: Agent, superuser: dict[str, psycopg.Connection]
) -> None:
    agent.enrol()
    sign = sign_with(agent.tpm, agent.tpm.rotate())
    assert agent.signed("keys", renewal(agent, NONCE), sign=sign, nonce=NONCE).status_code == 201
    superuser["eu"].execute("update rooms_deviceidentity set revoked_at = now()")
    answer = agent.signed("keys", renewal(agent, "m" * 32), sign=sign, nonce="m" * 32)
    assert code(answer) == (403, "device_revoked")


def test_renewal_by_another_tpm_is_refused(agent: Agent) -> None:
    agent.enrol()
    other = Agent("", SoftTpm.new(), key_id=agent.key_id)
    answer = agent.signed("keys", renewal(other, NONCE), nonce=NONCE)
    assert code(answer) == (422, "field_invalid")


def test_renewal_with_a_statement_for_another_request_is_refused(agent: Agent) -> None:
    agent.enrol()
    sign = sign_with(agent.tpm, agent.tpm.rotate())
    stale = renewal(agent, "m" * 32) | {"nonce": NONCE}
    assert code(agent.signed("keys", stale, sign=sign, nonce=NONCE)) == (422, "field_invalid")
    other = renewal(agent, "m" * 32)
    assert code(agent.signed("keys", other, sign=sign, nonce=NONCE)) == (422, "field_invalid")


def test_renewal_to_the_same_key_is_refused(agent: Agent) -> None:
    agent.enrol()
    answer = agent.signed("keys", renewal(agent, NONCE), nonce=NONCE)
    assert code(answer) == (422, "field_invalid")


def test_challenge_opened_by_a_real_chip_is_32_bytes(agent: Agent) -> None:
    given = agent.challenge()
    assert len(agent.opened(given)) == 32
    assert len(base64.b64decode(given["id_object"])) == 70
    assert datetime.fromisoformat(given["expires_at"]) > datetime.now(UTC)
