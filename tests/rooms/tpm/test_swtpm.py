"""Our side of enrolment against a TPM that is not ours: swtpm through tpm2-tools."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from rooms.tpm.certificates import load_roots, verify_endorsement
from rooms.tpm.credential import make_credential, new_secret, point, seal, share_seed
from rooms.tpm.public import parse_public
from rooms.tpm.reading import sized
from rooms.tpm.refusal import TpmRefusal
from rooms.tpm.roles import check_attestation_key, check_device_key, check_endorsement_key
from rooms.tpm.statement import check_key_statement, enrolment_binding
from tests.plugins.swtpm import Swtpm

pytestmark = pytest.mark.swtpm
CHALLENGE = "eu.a-challenge"


def prove(tpm: Swtpm, *, scheme: str = "ecdsa", policy: bool = True) -> None:
    """All of an enrolment: judge the keys, seal a secret, take it back, check the statement."""
    ek, ak, key = (parse_public(tpm.read(f"{name}.pub")) for name in ("ek", "ak", "dk"))
    check_endorsement_key(ek)
    check_attestation_key(ak)
    check_device_key(key)
    assert ak.name == tpm.read("ak.name")
    for size in (1, 16, 32):
        secret = new_secret()[:size]
        made = make_credential(ek, ak.name, secret)
        assert tpm.activate(made.id_object, made.encrypted_secret, policy=policy) == secret
    extra = enrolment_binding(CHALLENGE, secret)
    attestation, signature = tpm.certify_creation(extra, scheme=scheme)
    check_key_statement(ak=ak, key=key, attestation=attestation, signature=signature, extra=extra)


@pytest.mark.parametrize("kind", ["rsa", "ecc"])
def test_tpm_proves_its_keys(swtpm: Callable[..., Swtpm], kind: str) -> None:
    tpm = swtpm()
    tpm.make_keys(kind)
    prove(tpm)


@pytest.mark.parametrize("scheme", ["rsassa", "rsapss"])
def test_tpm_with_an_rsa_attestation_key_proves_its_keys(
    swtpm: Callable[..., Swtpm], scheme: str
) -> None:
    tpm = swtpm()
    tpm.make_keys("rsa", ak="rsa", ak_scheme=scheme)
    prove(tpm, scheme=scheme)


def test_credentials_with_leading_zeros_open(swtpm: Callable[..., Swtpm]) -> None:
    """A zero at the front of the ephemeral x, of its y, and of the shared secret."""
    tpm = swtpm()
    tpm.make_keys("ecc")
    ek, ak = (parse_public(tpm.read(name)) for name in ("ek.pub", "ak.pub"))
    assert isinstance(ek.key, ec.EllipticCurvePublicKey)
    missing = {"x", "y", "shared"}
    for private in range(2, 8000):
        ephemeral = ec.derive_private_key(private, ec.SECP256R1())
        (x, y), _ = point(ephemeral.public_key())
        shared = ephemeral.exchange(ec.ECDH(), ek.key)
        zeros = {"x": not x[0], "y": not y[0], "shared": not shared[0]}
        found = missing & {what for what, zero in zeros.items() if zero}
        if found:
            missing -= found
            seed, encrypted = share_seed(ek, ek.key, ephemeral)
            secret = new_secret()
            assert tpm.activate(seal(ek, seed, ak.name, secret), sized(encrypted)) == secret
        if not missing:
            return
    pytest.fail(f"no ephemeral key found for {missing}")


def test_device_key_signs_a_report(swtpm: Callable[..., Swtpm]) -> None:
    tpm = swtpm()
    tpm.make_keys("ecc")
    hashed = Hash(SHA256())
    hashed.update(b"a report")
    der = tpm.sign(hashed.finalize())
    key = parse_public(tpm.read("dk.pub")).key
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(der, b"a report", ec.ECDSA(SHA256()))


@pytest.mark.parametrize("kind", ["rsa", "ecc"])
def test_credential_opens_on_its_own_tpm_only(swtpm: Callable[..., Swtpm], kind: str) -> None:
    mine, other = swtpm(), swtpm()
    for tpm in (mine, other):
        tpm.make_keys(kind)
    ek, ak = (parse_public(mine.read(name)) for name in ("ek.pub", "ak.pub"))
    made = make_credential(ek, ak.name, new_secret())
    with pytest.raises(RuntimeError, match="tpm2_activatecredential"):
        other.activate(made.id_object, made.encrypted_secret)
    for_another_key = make_credential(ek, parse_public(other.read("ak.pub")).name, new_secret())
    with pytest.raises(RuntimeError, match="integrity"):
        mine.activate(for_another_key.id_object, for_another_key.encrypted_secret)


def test_certified_tpm_is_trusted_through_its_maker_only(swtpm: Callable[..., Swtpm]) -> None:
    tpm, stranger = swtpm(certified=True), swtpm(certified=True)
    tpm.run("tpm2_readpublic", "-c", "0x81010001", "-o", "ek.pub")
    tpm.run("tpm2_nvread", "0x1c00002", "-o", "ek.crt")
    ek, leaf = parse_public(tpm.read("ek.pub")), tpm.read("ek.crt")
    now = datetime.now(UTC)
    anchors = load_roots(tpm.read("ca/issuercert.pem"))
    assert verify_endorsement(ek, leaf, [], roots=anchors, at=now).model == "swtpm"
    strangers = load_roots(stranger.read("ca/issuercert.pem"))
    with pytest.raises(TpmRefusal) as refused:
        verify_endorsement(ek, leaf, [], roots=strangers, at=now)
    assert refused.value.code == "certificate_untrusted"


def test_high_range_endorsement_key_proves_its_keys(swtpm: Callable[..., Swtpm]) -> None:
    """The P-384 key that swtpm_setup makes: another template, AES-256, opened by password."""
    tpm = swtpm(certified=True)
    tpm.run("tpm2_readpublic", "-c", "0x81010016", "-o", "ek.pub")
    tpm.run("tpm2_nvread", "0x1c00016", "-o", "ek.crt")
    tpm.ek = "0x81010016"
    tpm.make_device_keys()
    prove(tpm, policy=False)
    ek = parse_public(tpm.read("ek.pub"))
    anchors = load_roots(tpm.read("ca/issuercert.pem"))
    verify_endorsement(ek, tpm.read("ek.crt"), [], roots=anchors, at=datetime.now(UTC))
