"""Trust by a maker's certificate: which chains pass, and that all others are refused."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from rooms.tpm.certificates import MODEL, load_roots, trim, verify_endorsement
from rooms.tpm.public import PublicArea, parse_public
from rooms.tpm.refusal import TpmRefusal
from rooms.tpm.soft import ek_blob
from tests.rooms.tpm.makers import (
    LEAF,
    NOW,
    POLICIES,
    SIGN_IN,
    YEAR,
    Extension,
    Maker,
    but,
    chip_name,
    der,
    name,
    usage,
)

KEY = ec.generate_private_key(ec.SECP256R1())
EK = parse_public(ek_blob(KEY))
ROOT = Maker()
BETWEEN = ROOT.below("Intermediate")


def leaf(maker: Maker = BETWEEN, **changes: Extension | None) -> bytes:
    """A certificate for the EK, right but for the changes."""
    return der(maker.issue(KEY.public_key(), name("unknown"), but(LEAF, changes)))


def refusal(
    certificate: bytes,
    *chain: bytes,
    ek: PublicArea = EK,
    roots: list[x509.Certificate] | None = None,
) -> str:
    """The code with which it is refused."""
    with pytest.raises(TpmRefusal) as refused:
        verify_endorsement(
            ek, certificate, chain, roots=[ROOT.certificate] if roots is None else roots, at=NOW
        )
    return refused.value.code


def test_chain_to_a_known_maker_passes() -> None:
    chip = verify_endorsement(
        EK, leaf(), [der(BETWEEN.certificate)], roots=[ROOT.certificate], at=NOW
    )
    assert (chip.maker, chip.model, chip.version) == ("id:4D4B5200", "Chip 9", "id:00010002")


def test_chain_of_four_passes() -> None:
    one = ROOT.below("One")
    two = one.below("Two")
    chain = [der(two.certificate), der(one.certificate)]
    verify_endorsement(EK, leaf(two), chain, roots=[ROOT.certificate], at=NOW)


def test_intermediate_may_be_an_anchor() -> None:
    verify_endorsement(EK, leaf(), [], roots=[BETWEEN.certificate], at=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": None},
        {"basic": None},
        {"policies": (POLICIES, True)},
        {"san": (chip_name(), False)},
    ],
)
def test_leaf_without_the_optional_passes(changes: dict[str, Extension | None]) -> None:
    verify_endorsement(EK, leaf(ROOT, **changes), [], roots=[ROOT.certificate], at=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"san": None},
        {"san": (x509.SubjectAlternativeName([x509.DNSName("chip.example")]), True)},
        {"san": (chip_name(MODEL), True)},
        {"usage": None},
        {"usage": (usage("digital_signature"), True)},
        {"usage": (usage("key_agreement", "digital_signature"), True)},
        {"usage": (usage("key_agreement", "key_cert_sign"), True)},
        {"usage": (usage("key_encipherment"), True)},  # that is for RSA
        {"basic": (x509.BasicConstraints(ca=True, path_length=None), True)},
        {"purpose": (SIGN_IN, False)},
        {"odd": (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"), True)},
    ],
)
def test_leaf_of_another_shape_is_refused(changes: dict[str, Extension | None]) -> None:
    assert refusal(leaf(ROOT, **changes)) == "certificate_untrusted"


@pytest.mark.parametrize(
    "changes",
    [
        {"basic": None},
        {"basic": (x509.BasicConstraints(ca=False, path_length=None), True)},
        {"usage": None},
        {"usage": (usage("crl_sign"), True)},
    ],
)
def test_intermediate_that_is_no_authority_is_refused(changes: dict[str, Extension | None]) -> None:
    maker = ROOT.below("Odd", **changes)
    assert refusal(leaf(maker), der(maker.certificate)) == "certificate_untrusted"


def test_path_longer_than_allowed_is_refused() -> None:
    ends = (x509.BasicConstraints(ca=True, path_length=0), True)
    short = ROOT.below("Short", basic=ends)
    under = short.below("Under")
    chain = (der(under.certificate), der(short.certificate))
    assert refusal(leaf(under), *chain) == "certificate_untrusted"


def test_no_roots_is_said_clearly() -> None:
    with pytest.raises(TpmRefusal, match="No chip maker's certificates are set up"):
        verify_endorsement(EK, leaf(), [], roots=[], at=NOW)


def test_missing_intermediate_is_refused() -> None:
    assert refusal(leaf()) == "certificate_untrusted"


def test_another_maker_of_the_same_name_is_refused() -> None:
    assert refusal(leaf(Maker())) == "certificate_untrusted"


def test_certificate_of_another_device_is_refused() -> None:
    other = parse_public(ek_blob(ec.generate_private_key(ec.SECP256R1())))
    chain = der(BETWEEN.certificate)
    assert refusal(leaf(), chain, ek=other) == "certificate_other_key"


def test_certificate_out_of_its_time_is_refused() -> None:
    for moved in (-2 * YEAR, 2 * YEAR):
        since, until = NOW - YEAR + moved, NOW + YEAR + moved - timedelta(days=1)
        if moved < timedelta():
            until = NOW - timedelta(seconds=1)
        late = ROOT.issue(KEY.public_key(), name("x"), LEAF, since=since, until=until)
        assert refusal(der(late)) == "certificate_untrusted"


def test_changed_signature_is_refused() -> None:
    changed = bytearray(leaf(ROOT))
    changed[-1] ^= 1
    assert refusal(bytes(changed)) == "certificate_untrusted"


def test_endorsement_certificate_is_no_authority() -> None:
    holder = Maker(name("unknown"), KEY)
    fake = ec.generate_private_key(ec.SECP256R1())
    forged = der(holder.issue(fake.public_key(), name("fake"), LEAF))
    ek = parse_public(ek_blob(fake))
    assert refusal(forged, leaf(ROOT), ek=ek) == "certificate_untrusted"


def test_chain_that_is_too_long_or_too_large_is_refused() -> None:
    one = der(BETWEEN.certificate)
    assert refusal(leaf(), *[one] * 5) == "certificate_malformed"
    assert refusal(leaf() + bytes(8192)) == "certificate_malformed"


@pytest.mark.parametrize("junk", [b"", b"\x30\x82", b"\x30\x82\xff\xff", bytes(100), b"-----BEGIN"])
def test_certificate_that_is_none_is_refused(junk: bytes) -> None:
    assert refusal(junk) == "certificate_malformed"


def test_padding_of_the_memory_is_cut() -> None:
    whole = leaf(ROOT)
    header = b"\x10\x01\x00" + len(whole).to_bytes(2, "big")
    for data in (whole, header + whole, whole + bytes(50), header + whole + b"\xff" * 9):
        assert trim(data) == whole
    assert trim(whole + b"\x01") is None
    assert trim(whole[:-1]) is None


def test_roots_are_read_from_a_bundle() -> None:
    pem = b"".join(m.certificate.public_bytes(Encoding.PEM) for m in (ROOT, BETWEEN))
    assert load_roots(pem) == [ROOT.certificate, BETWEEN.certificate]
    with pytest.raises(ValueError, match="PEM"):
        load_roots(b"nothing here")


def signed_part(certificate: bytes) -> bytes:
    """What the signature of a certificate covers."""
    return x509.load_der_x509_certificate(certificate).tbs_certificate_bytes


# of serial numbers that a later version of cryptography will refuse to read
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_only_refusals_come_out_of_damaged_certificates() -> None:
    dice = random.Random(11)
    whole, passed = leaf(ROOT), 0
    for _ in range(5000):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 3)):
            data[dice.randrange(4, len(data))] = dice.choice([0, 1, 2, 0x30, 0x7F, 0xFF])
        with suppress(TpmRefusal):  # anything else ends the test
            verify_endorsement(EK, bytes(data), [], roots=[ROOT.certificate], at=NOW)
            # what is signed must be what the maker signed; how the signature is wrapped may vary
            passed += signed_part(bytes(data)) != signed_part(whole)
    assert not passed
