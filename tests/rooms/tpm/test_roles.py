"""What each key has to be. The attacks are those that a TPM itself does not stop."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from rooms.tpm.algorithms import Alg
from rooms.tpm.public import parse_public
from rooms.tpm.refusal import TpmRefusal
from rooms.tpm.roles import (
    check_attestation_key,
    check_device_key,
    check_endorsement_key,
    endorsement_policy,
)
from rooms.tpm.soft import SoftTpm, ek_blob, public_blob

P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)
POLICY = endorsement_policy("sha256")
EK, AK, KEY = 0x300B2, 0x50072, 0x40072


def test_policy_is_the_printed_one() -> None:
    printed = "837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa"
    assert POLICY.hex() == printed
    wide = endorsement_policy("sha384").hex()
    assert wide.startswith("8bbf2266537c171cb56e403c4dc1d4b6")


@pytest.mark.parametrize("key", [RSA, P256], ids=["rsa", "ecc"])
def test_endorsement_key_by_template_passes(key: ec.EllipticCurvePrivateKey) -> None:
    check_endorsement_key(parse_public(ek_blob(key)))


@pytest.mark.parametrize(
    "blob",
    [
        public_blob(P256, EK, aes_bits=128),  # no policy
        public_blob(P256, EK, policy=bytes(32), aes_bits=128),
        public_blob(P256, EK, policy=POLICY),  # no symmetric key
        public_blob(P256, EK, policy=POLICY, aes_bits=256),
        public_blob(P256, EK | 0x40, policy=POLICY, aes_bits=128),  # userWithAuth
        public_blob(P256, EK & ~0x10000, policy=POLICY, aes_bits=128),  # not restricted
        public_blob(P256, EK & ~0x2, policy=POLICY, aes_bits=128),  # not fixedTPM
        public_blob(P256, EK, policy=POLICY, aes_bits=128, scheme=Alg.ECDSA),
        public_blob(P384, EK, policy=POLICY, aes_bits=128),
        public_blob(P384, EK, policy=endorsement_policy("sha384"), aes_bits=256,
                    name_alg=Alg.SHA384),
        public_blob(P256, AK, scheme=Alg.ECDSA),
    ],
)  # fmt: skip
def test_endorsement_key_of_another_shape_is_refused(blob: bytes) -> None:
    with pytest.raises(TpmRefusal) as refused:
        check_endorsement_key(parse_public(blob))
    assert refused.value.code == "ek_template"


def test_attestation_key_of_each_kind_passes() -> None:
    for key, scheme in ((P256, Alg.ECDSA), (RSA, Alg.RSASSA), (RSA, Alg.RSAPSS)):
        check_attestation_key(parse_public(public_blob(key, AK, scheme=scheme)))


@pytest.mark.parametrize(
    "attributes",
    {
        "made in software": 0x40040,
        "not fixedTPM": AK & ~0x2,
        "not fixedParent": AK & ~0x10,
        "not made inside": AK & ~0x20,
        "unrestricted": AK & ~0x10000,
        "not signing": AK & ~0x40000,
        "decrypting": AK | 0x20000,
        "cleared at start": AK | 0x4,
        "duplicable": AK | 0x800,
        "signs certificates": AK | 0x80000,
    }.items(),
    ids=lambda item: item[0],
)
def test_attestation_key_with_wrong_attributes_is_refused(attributes: tuple[str, int]) -> None:
    with pytest.raises(TpmRefusal) as refused:
        check_attestation_key(parse_public(public_blob(P256, attributes[1], scheme=Alg.ECDSA)))
    assert refused.value.code == "ak_attributes"


def test_attestation_key_without_a_fixed_scheme_is_refused() -> None:
    with pytest.raises(TpmRefusal):
        check_attestation_key(parse_public(public_blob(P256, AK)))


def test_endorsement_key_is_no_attestation_key() -> None:
    with pytest.raises(TpmRefusal):
        check_attestation_key(parse_public(ek_blob(P256)))


def test_device_key_with_or_without_a_scheme_passes() -> None:
    check_device_key(parse_public(public_blob(P256, KEY, scheme=Alg.ECDSA)))
    check_device_key(parse_public(public_blob(P256, KEY)))


@pytest.mark.parametrize(
    "blob",
    [
        public_blob(P256, AK, scheme=Alg.ECDSA),  # restricted
        public_blob(P256, KEY & ~0x2),
        public_blob(P256, KEY & ~0x10),
        public_blob(P256, KEY & ~0x20),
        public_blob(P256, KEY & ~0x40000),
        public_blob(P256, KEY | 0x20000),
        public_blob(P256, KEY | 0x4),
        public_blob(P256, KEY | 0x800),
        public_blob(P256, KEY | 0x80000),
        public_blob(P256, KEY, aes_bits=128),
        public_blob(P384, KEY),
        public_blob(RSA, KEY, scheme=Alg.RSASSA),
        public_blob(RSA, KEY),
    ],
)
def test_device_key_of_another_shape_is_refused(blob: bytes) -> None:
    with pytest.raises(TpmRefusal) as refused:
        check_device_key(parse_public(blob))
    assert refused.value.code == "key_attributes"


@pytest.mark.parametrize("kind", ["ecc", "rsa"])
def test_soft_tpm_has_keys_as_they_should_be(kind: str) -> None:
    tpm = SoftTpm.new(kind=kind)
    check_endorsement_key(parse_public(tpm.ek_public))
    check_attestation_key(parse_public(tpm.ak_public))
    check_device_key(parse_public(tpm.key_public))
