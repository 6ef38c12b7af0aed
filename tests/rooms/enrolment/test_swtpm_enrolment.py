"""A whole enrolment through HTTP with a TPM that is not ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from access.models import Tenant
from rooms.models import Room
from rooms.tpm.public import ek_hashes, parse_public
from rooms.tpm.statement import enrolment_binding, rotation_binding
from tests.plugins.swtpm import Swtpm
from tests.rooms.enrolment.agents import Agent, code, issue_key, register, text

pytestmark = pytest.mark.swtpm


class RealTpm:
    """swtpm, asked as an agent asks its chip."""

    def __init__(self, chip: Swtpm, kind: str) -> None:
        self.chip = chip
        chip.make_keys(kind)

    @property
    def ek_public(self) -> bytes:
        return self.chip.read("ek.pub")

    @property
    def ak_public(self) -> bytes:
        return self.chip.read("ak.pub")

    @property
    def key_public(self) -> bytes:
        return self.chip.read("dk.pub")

    def activate(self, id_object: bytes, encrypted_secret: bytes) -> bytes:
        return self.chip.activate(id_object, encrypted_secret)

    def certify_creation(self, challenge: str, secret: bytes) -> tuple[bytes, bytes]:
        return self.chip.certify_creation(enrolment_binding(challenge, secret))

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self.chip.sign(hashlib.sha256(data).digest()))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@pytest.fixture(params=["rsa", "ecc"])
def agent(
    request: pytest.FixtureRequest,
    swtpm: Callable[..., Swtpm],
    tenant: Tenant,
    room: Room,
    surface: None,
) -> Agent:
    """A device with an RSA or an ECC endorsement key, registered beforehand."""
    tpm: Any = RealTpm(swtpm(), request.param)
    register(tenant, room, ek_hashes(parse_public(tpm.ek_public))[0])
    return Agent(issue_key(tenant, room), tpm)


def test_tpm_enrols_renews_its_key_and_leaves(agent: Agent) -> None:
    assert agent.enrol()["device"].startswith("DV-")
    old, nonce = agent.key_id, "n" * 32
    chip = agent.tpm.chip  # type: ignore[attr-defined] # of the real one
    for name in ("dk.pub", "dk.ctx"):
        (chip.folder / f"old-{name}").write_bytes(chip.read(name))
    chip.make_device_key()
    attestation, signature = chip.certify_creation(rotation_binding(nonce, old))
    body = {
        "key_public": text(agent.tpm.key_public),
        "attestation": text(attestation),
        "signature": text(signature),
        "nonce": nonce,
    }

    def sign_with_old(data: bytes) -> bytes:
        new = chip.read("dk.ctx")
        (chip.folder / "dk.ctx").write_bytes(chip.read("old-dk.ctx"))
        try:
            return agent.tpm.sign(data)
        finally:
            (chip.folder / "dk.ctx").write_bytes(new)

    answer = agent.signed("keys", body, sign=sign_with_old, nonce=nonce)
    assert answer.status_code == 201, answer.content
    agent.key_id = json.loads(answer.content)["key_id"]
    assert code(agent.signed("leave", None, key_id=old, sign=sign_with_old)) == (
        403,
        "device_revoked",
    )
    assert agent.signed("leave", None).status_code == 202


def test_credential_of_one_tpm_does_not_let_another_in(
    agent: Agent, swtpm: Callable[..., Swtpm]
) -> None:
    given = agent.challenge()
    thief: Any = RealTpm(swtpm(), "ecc")
    with pytest.raises(RuntimeError, match="activatecredential"):
        Agent("", thief).opened(given)
    guessed = Agent("", thief).proof(given, bytes(32))
    answer = agent.complete(given, guessed)
    assert code(answer) == (403, "enrolment_refused")
