"""The parser of public areas: what a TPM makes passes, everything else is a refusal."""

from __future__ import annotations

import hashlib
import random
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rooms.tpm.algorithms import Alg
from rooms.tpm.public import ek_hashes, parse_public, refuse_same
from rooms.tpm.reading import sized
from rooms.tpm.refusal import TpmRefusal
from rooms.tpm.soft import SoftTpm, ek_blob, public_blob
from tests.rooms.tpm.blobs import AK, AK_NAME, ec_ek, with_bytes

RSA = rsa.generate_private_key(65537, 2048)


def test_name_is_the_one_the_tpm_gave() -> None:
    assert parse_public(AK).name == AK_NAME


def test_ek_name_is_that_of_the_vector() -> None:
    name = "000b96f1b47724bc03d44d2fea36d6dc60e3f529d4c8123ff8dc33e338da9ff7a1d5"
    assert ec_ek(5).name == bytes.fromhex(name)


def test_blob_is_what_was_parsed() -> None:
    assert parse_public(AK).blob == AK


def test_rsa_key_is_read() -> None:
    area = parse_public(ek_blob(RSA))
    assert area.kind == Alg.RSA
    assert area.key.public_numbers() == RSA.public_key().public_numbers()


def test_coordinate_without_its_leading_zeros_is_read() -> None:
    ek = next(area for area in map(ec_ek, range(2, 2000)) if area.area[-66] == 0)
    x_at = len(ek.area) - 66
    stripped = ek.area[: x_at - 2] + sized(ek.area[x_at:][1:32]) + ek.area[x_at + 32 :]
    assert parse_public(sized(stripped)).spki == ek.spki


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\x00",
        b"\x00\x00",
        AK[:-1],
        AK + b"\x00",
        AK[:40],
        with_bytes(AK, 0, "0057"),
        with_bytes(AK, 0, "0059"),
        with_bytes(AK, 0, "ffff"),
        bytes(65536),
        AK * 12,
        sized(AK[2:] + b"\x00"),
    ],
    ids=lambda blob: f"{len(blob)} bytes",
)
def test_public_of_a_wrong_length_is_refused(blob: bytes) -> None:
    with pytest.raises(TpmRefusal) as refused:
        parse_public(blob)
    assert refused.value.code == "public_malformed"


@pytest.mark.parametrize(
    ("at", "new", "says"),
    [
        (2, "0008", "type"),
        (4, "0004", "hash"),  # SHA-1
        (6, "80050072", "reserved"),
        (6, "00050073", "reserved"),
        (10, "0001", "policy"),
        (12, "0006", "symmetric"),  # AES of no size
        (14, "001a", "scheme"),  # ECDAA
        (16, "0004", "hash"),  # ECDSA with SHA-1
        (18, "0005", "curve"),
        (20, "0020", "derivation"),
        (24, "00" * 32, "curve"),  # no point of the curve
        (24, "ff" * 32, "curve"),  # not even a field element
        (22, "0021", "longer"),
        (58, "ff" * 32, "curve"),
    ],
)
def test_public_with_a_wrong_field_is_refused(at: int, new: str, says: str) -> None:
    with pytest.raises(TpmRefusal, match=says) as refused:
        parse_public(with_bytes(AK, at, new))
    assert refused.value.code == "public_malformed"


def test_point_at_infinity_is_refused() -> None:
    with pytest.raises(TpmRefusal, match="not on its curve"):
        parse_public(with_bytes(with_bytes(AK, 24, "00" * 32), 58, "00" * 32))


@pytest.mark.parametrize(
    ("at", "new", "says"),
    [
        (-258, "0020", "goes on"),
        (-256, "00", "modulus"),  # a key that is shorter than it says
        (-1, "00", "modulus"),  # even
        (-262, "00000003", "exponent"),
        (-264, "0400", "size"),
    ],
)
def test_rsa_with_a_wrong_field_is_refused(at: int, new: str, says: str) -> None:
    blob = ek_blob(RSA)
    if says == "goes on":
        blob = blob[: at + len(blob)] + bytes.fromhex("00ff") + blob[at + 2 :]
        says = "modulus"
    else:
        blob = with_bytes(blob, at + len(blob), new)
    with pytest.raises(TpmRefusal, match=says):
        parse_public(blob)


def test_rsa_of_1024_bits_is_refused() -> None:
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- that it is too small is the test
    with pytest.raises(TpmRefusal, match="size"):
        parse_public(public_blob(small, 0x300B2))


def test_only_refusals_come_out_of_damaged_areas() -> None:
    dice = random.Random(20261122)
    areas = [AK, ek_blob(RSA), ec_ek().blob]
    passed = 0
    for _ in range(20_000):
        blob = bytearray(dice.choice(areas))
        for _ in range(dice.randint(1, 4)):
            way = dice.randrange(4)
            place = dice.randrange(len(blob))
            if way == 0:
                blob[place] ^= 1 << dice.randrange(8)
            elif way == 1:
                blob[place] = dice.choice([0, 1, 0x7F, 0x80, 0xFF])
            elif way == 2:
                del blob[place : place + dice.randint(1, 8)]
            else:
                blob[place:place] = dice.randbytes(dice.randint(1, 8))
            if not blob:
                blob = bytearray(1)
        with suppress(TpmRefusal):  # anything else ends the test
            parse_public(bytes(blob))
            passed += 1
    assert passed < 10_000


def test_hashes_are_those_of_spki_and_of_the_bare_key() -> None:
    key = RSA.public_key()
    spki, bare = ek_hashes(parse_public(ek_blob(RSA)))
    of_spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert spki == hashlib.sha256(of_spki).hexdigest()
    of_bare = key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert bare == hashlib.sha256(of_bare).hexdigest()


def test_same_key_in_two_roles_is_refused() -> None:
    tpm = SoftTpm.new("twice")
    ek, ak = parse_public(tpm.ek_public), parse_public(tpm.ak_public)
    key = parse_public(public_blob(tpm.ak, 0x40072))
    refuse_same(ek, ak, parse_public(tpm.key_public))
    with pytest.raises(TpmRefusal) as refused:
        refuse_same(ek, ak, key)
    assert refused.value.code == "same_key"
