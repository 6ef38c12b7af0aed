"""MakeCredential: against fixed vectors, and opened again by the software TPM."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from rooms.tpm.credential import (
    kdfa,
    kdfe,
    make_credential,
    new_secret,
    point,
    seal,
    share_seed,
)
from rooms.tpm.public import parse_public
from rooms.tpm.reading import sized
from rooms.tpm.refusal import TpmRefusal
from rooms.tpm.soft import SoftTpm
from tests.rooms.tpm.blobs import NAME, SECRET, ec_ek


def test_kdfa_gives_the_fixed_values() -> None:
    key = b"\x11" * 32
    storage = kdfa("sha256", key, b"STORAGE", NAME, b"", 128)
    assert storage.hex() == "d794d27d9565f7da79db163f3bb34479"
    integrity = kdfa("sha256", key, b"INTEGRITY", b"", b"", 256)
    assert integrity.hex() == "94789f5bdf2e06996955def207b39ac5450e89e24dd1474bd9efc38901e2fd81"


def test_kdfe_gives_the_fixed_value() -> None:
    made = kdfe("sha256", b"\x33" * 32, b"IDENTITY", b"\x44" * 32, b"\x55" * 32, 256)
    assert made.hex() == "57c122429eebbf361046122bef2fb0aa1e5089a55a48b5026f800a080478b5a7"


def test_id_object_of_a_fixed_seed() -> None:
    assert seal(ec_ek(), b"\x11" * 32, NAME, SECRET).hex() == (
        "004400209ff6133a1070912fe34545f3c8d9b28c0dac26c221d4a9e5cd7a7de69d48002ab28bfd74f5e08954"
        "2185dbbbc5a7bc02c18b45ee22babadff3c1bc2dff02a09e01e9"
    )


def test_credential_of_a_fixed_ephemeral_key() -> None:
    ek = ec_ek(5)
    assert isinstance(ek.key, ec.EllipticCurvePublicKey)
    seed, encrypted = share_seed(ek, ek.key, ec.derive_private_key(7, ec.SECP256R1()))
    assert seal(ek, seed, NAME, SECRET).hex() == (
        "00440020b3f959cd3269c404bffd9449643697658561afd0e910e69423646f3ca3e7c7369908afa3c557852"
        "5ca0443cb1180484d55613ae4f46f158675533f3215db0ee36849"
    )
    assert sized(encrypted).hex() == (
        "004400208e533b6fa0bf7b4625bb30667c01fb607ef9f8b8a80fef5b300628703187b2a3002073eb1dbde03"
        "318366d069f83a6f5900053c73633cb041b21c55e1a86c1f400b4"
    )


@pytest.mark.parametrize("kind", ["ecc", "rsa"])
@pytest.mark.parametrize("size", [1, 16, 32])
def test_secret_comes_back_out_of_the_tpm(kind: str, size: int) -> None:
    tpm = SoftTpm.new(kind=kind)
    secret = new_secret()[:size]
    name = parse_public(tpm.ak_public).name
    made = make_credential(parse_public(tpm.ek_public), name, secret)
    assert tpm.activate(made.id_object, made.encrypted_secret) == secret
    assert len(made.encrypted_secret) == {"ecc": 70, "rsa": 258}[kind]


def test_secret_longer_than_a_digest_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="longer"):
        make_credential(ec_ek(), NAME, bytes(33))


def test_leading_zeros_are_kept_everywhere() -> None:
    """One ephemeral key for each of: a zero at the front of x, of y, and of the shared secret."""
    tpm = SoftTpm.new("zeros")
    ek, ak = parse_public(tpm.ek_public), parse_public(tpm.ak_public)
    assert isinstance(ek.key, ec.EllipticCurvePublicKey)
    missing = {"x", "y", "shared"}
    for private in range(2, 6000):
        ephemeral = ec.derive_private_key(private, ec.SECP256R1())
        (x, y), _ = point(ephemeral.public_key())
        shared = ephemeral.exchange(ec.ECDH(), ek.key)
        zeros = {"x": not x[0], "y": not y[0], "shared": not shared[0]}
        found = missing & {what for what, zero in zeros.items() if zero}
        if not found:
            continue
        missing -= found
        seed, encrypted = share_seed(ek, ek.key, ephemeral)
        sealed = seal(ek, seed, ak.name, SECRET)
        assert len(encrypted) == 68
        assert tpm.activate(sealed, sized(encrypted)) == SECRET
        if not missing:
            return
    pytest.fail(f"no ephemeral key found for {missing}")


def test_leading_zero_of_the_endorsement_key_is_kept() -> None:
    for number in range(4000):
        tpm = SoftTpm.new(f"chip {number}")
        assert isinstance(tpm.ek, ec.EllipticCurvePrivateKey)
        if not point(tpm.ek.public_key())[0][0][0]:
            break
    ek, ak = parse_public(tpm.ek_public), parse_public(tpm.ak_public)
    made = make_credential(ek, ak.name, SECRET)
    assert tpm.activate(made.id_object, made.encrypted_secret) == SECRET


def test_credential_for_another_key_is_refused() -> None:
    tpm, other = SoftTpm.new("one"), SoftTpm.new("other")
    ek = parse_public(tpm.ek_public)
    for_other_ak = make_credential(ek, parse_public(other.ak_public).name, SECRET)
    with pytest.raises(TpmRefusal) as refused:
        tpm.activate(for_other_ak.id_object, for_other_ak.encrypted_secret)
    assert refused.value.code == "activate_integrity"
    right = make_credential(ek, parse_public(tpm.ak_public).name, SECRET)
    with pytest.raises(TpmRefusal):
        other.activate(right.id_object, right.encrypted_secret)


@pytest.mark.parametrize("kind", ["ecc", "rsa"])
def test_damaged_credential_never_opens(kind: str) -> None:
    tpm = SoftTpm.new(kind=kind)
    made = make_credential(parse_public(tpm.ek_public), parse_public(tpm.ak_public).name, SECRET)
    dice = random.Random(7)
    for _ in range(60):
        parts = [bytearray(made.id_object), bytearray(made.encrypted_secret)]
        part = dice.choice(parts)
        part[dice.randrange(len(part))] ^= 1 << dice.randrange(8)
        with pytest.raises(TpmRefusal):
            tpm.activate(bytes(parts[0]), bytes(parts[1]))
