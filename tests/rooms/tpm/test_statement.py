"""Key statements and their signatures: the true one passes, each lie has its own refusal."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from rooms.tpm.algorithms import Alg
from rooms.tpm.public import parse_public
from rooms.tpm.reading import sized
from rooms.tpm.refusal import TpmRefusal
from rooms.tpm.soft import AK, SoftTpm, public_blob
from rooms.tpm.statement import (
    check_key_statement,
    enrolment_binding,
    parse_signature,
    parse_statement,
    rotation_binding,
)
from tests.rooms.tpm.blobs import with_bytes

CHALLENGE, SECRET = "eu.challenge", b"\x66" * 32
EXTRA = enrolment_binding(CHALLENGE, SECRET)


@dataclass
class Said:
    """A statement with its signature, and the TPM that made them."""

    tpm: SoftTpm
    attestation: bytes
    signature: bytes

    def check(self) -> None:
        """As the enrolment checks it."""
        check_key_statement(
            ak=parse_public(self.tpm.ak_public),
            key=parse_public(self.tpm.key_public),
            attestation=self.attestation,
            signature=self.signature,
            extra=EXTRA,
        )

    def refusal(self) -> str:
        """The code with which it is refused."""
        with pytest.raises(TpmRefusal) as refused:
            self.check()
        return refused.value.code


@pytest.fixture
def said() -> Said:
    """What an honest TPM says."""
    tpm = SoftTpm.new("honest")
    return Said(tpm, *tpm.certify_creation(CHALLENGE, SECRET))


def test_true_statement_passes(said: Said) -> None:
    said.check()


def test_binding_is_the_agreed_hash() -> None:
    assert enrolment_binding("eu.abc", b"\x01\x02").hex() == (
        "853d6f21c0a78859befd4ce2a77a552165403b20f809ed3f028bf90dc372461a"
    )
    assert rotation_binding("nonce", "eu.DK-1") != rotation_binding("nonce", "eu.DK-2")


def test_statement_for_another_challenge_is_refused(said: Said) -> None:
    said.attestation, said.signature = said.tpm.certify_creation("eu.other", SECRET)
    assert said.refusal() == "statement_other"


def test_statement_with_another_secret_is_refused(said: Said) -> None:
    said.attestation, said.signature = said.tpm.certify_creation(CHALLENGE, bytes(32))
    assert said.refusal() == "statement_other"


def test_statement_by_another_key_is_refused(said: Said) -> None:
    other = SoftTpm.new("other")
    said.attestation, said.signature = other.certify(EXTRA, about=said.tpm.key_public)
    assert said.refusal() == "signature_wrong"


def test_statement_about_another_key_is_refused(said: Said) -> None:
    other = SoftTpm.new("other")
    said.attestation, said.signature = said.tpm.certify(EXTRA, about=other.key_public)
    assert said.refusal() == "statement_key"


def test_statement_about_the_attestation_key_itself_is_refused(said: Said) -> None:
    said.attestation, said.signature = said.tpm.certify(EXTRA, about=said.tpm.ak_public)
    assert said.refusal() == "statement_key"


@pytest.mark.parametrize(
    "change",
    [
        lambda blob: blob[:-1],
        lambda blob: blob + b"\x00",
        lambda blob: b"",
        lambda blob: with_bytes(blob, 0, "ff544348"),
        lambda blob: with_bytes(blob, 4, "8018"),  # a quote
        lambda blob: with_bytes(blob, 6, "ffff"),
        lambda blob: bytes(2000),
    ],
)
def test_malformed_statement_is_refused(said: Said, change: Callable[[bytes], bytes]) -> None:
    said.attestation = change(said.attestation)
    assert said.refusal() == "statement_malformed"


def test_statement_changed_by_one_bit_is_refused(said: Said) -> None:
    whole = said.attestation
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        said.attestation = bytes(changed)
        assert said.refusal() in ("statement_malformed", "signature_wrong")


@pytest.mark.parametrize(
    ("at", "new", "code"),
    [
        (0, "0014", "signature_malformed"),  # RSASSA over the parts of an ECDSA signature
        (0, "0005", "signature_malformed"),  # HMAC
        (0, "0010", "signature_malformed"),  # no signature at all
        (2, "0004", "signature_malformed"),  # SHA-1
        (2, "000c", "signature_wrong"),  # SHA-384: not the scheme of this key
        (4, "0000", "signature_malformed"),
        (6, "00" * 32, "signature_wrong"),
        (40, "ff" * 32, "signature_wrong"),
        (70, "00ff", "signature_wrong"),
    ],
)
def test_signature_of_another_kind_is_refused(said: Said, at: int, new: str, code: str) -> None:
    said.signature = with_bytes(said.signature, at, new)
    assert said.refusal() == code


def test_rsa_signature_for_an_ecc_key_is_refused(said: Said) -> None:
    said.signature = bytes.fromhex("0014000b") + sized(bytes(256))
    assert said.refusal() == "signature_wrong"


@pytest.mark.parametrize("scheme", [Alg.RSASSA, Alg.RSAPSS])
@pytest.mark.parametrize("sent", [Alg.RSASSA, Alg.RSAPSS])
def test_rsa_attestation_key_signs_by_its_own_scheme_only(scheme: Alg, sent: Alg) -> None:
    key = rsa.generate_private_key(65537, 2048)
    tpm = SoftTpm.new("rsa ak")
    attestation, _ = tpm.certify(EXTRA)
    how: padding.AsymmetricPadding = padding.PKCS1v15()
    if sent == Alg.RSAPSS:
        how = padding.PSS(padding.MGF1(SHA256()), 32)
    raw = key.sign(attestation, how, SHA256())
    check = {
        "ak": parse_public(public_blob(key, AK, scheme=scheme)),
        "key": parse_public(tpm.key_public),
        "attestation": attestation,
        "extra": EXTRA,
    }
    signature = sent.to_bytes(2, "big") + b"\x00\x0b" + sized(raw)
    if scheme == sent:
        check_key_statement(signature=signature, **check)  # type: ignore[arg-type] # by name
        return
    with pytest.raises(TpmRefusal):
        check_key_statement(signature=signature, **check)  # type: ignore[arg-type] # by name


def test_only_refusals_come_out_of_damage(said: Said) -> None:
    dice = random.Random(3)
    for parse, whole in ((parse_statement, said.attestation), (parse_signature, said.signature)):
        for _ in range(5000):
            blob = bytearray(whole)
            for _ in range(dice.randint(1, 3)):
                place = dice.randrange(len(blob))
                if dice.random() < 0.7:
                    blob[place] = dice.randrange(256)
                else:
                    del blob[place : place + dice.randint(1, 40)]
                blob = blob or bytearray(1)
            with suppress(TpmRefusal):  # anything else ends the test
                parse(bytes(blob))


def test_soft_tpm_lives_through_json(said: Said) -> None:
    for tpm in (said.tpm, SoftTpm.new("kept", kind="rsa")):
        old = tpm.rotate()
        again = SoftTpm.from_json(tpm.to_json())
        assert (again.ek_public, again.ak_public, again.key_public) == (
            tpm.ek_public,
            tpm.ak_public,
            tpm.key_public,
        )
        assert old.private_numbers() != again.key.private_numbers()


def test_soft_tpm_of_the_same_seed_is_the_same() -> None:
    one, same, other = (SoftTpm.new(seed) for seed in ("a", "a", "b"))
    assert one.ek_id == same.ek_id
    assert one.ek_id != other.ek_id
    assert one.sign(b"report") == same.sign(b"report")
    assert len(one.sign(b"report")) == 64
    assert isinstance(one.ek, ec.EllipticCurvePrivateKey)
