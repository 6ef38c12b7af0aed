"""Trust in an endorsement key by its maker's certificate, up to the makers' roots we were given.

Facts: TCG EK Credential Profile for TPM 2.0. Revocation lists are not asked: that would let an
anonymous request make the server call out. A device whose chip has no usable certificate is
admitted by the hash of its key, registered beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from rooms.tpm.public import PublicArea
from rooms.tpm.refusal import TpmRefusal

MOST_BYTES = 8192  # of one certificate
MOST_CHAIN = 4
DEPTH = 4
EK_CERTIFICATE = x509.ObjectIdentifier("2.23.133.8.1")
# what the subject alternative name has to say of the chip
MAKER, MODEL, VERSION = (x509.ObjectIdentifier(f"2.23.133.2.{last}") for last in (1, 2, 3))
Certificate = x509.Certificate


@dataclass(frozen=True)
class Chip:
    """What the maker certified: its number as id:XXXXXXXX, the model and the firmware version."""

    maker: str
    model: str
    version: str


def load_roots(pem: bytes) -> list[Certificate]:
    """The makers' certificates of a PEM bundle; ValueError when there is none or one is broken."""
    return x509.load_pem_x509_certificates(pem)


def verify_endorsement(
    ek: PublicArea,
    certificate: bytes,
    chain: Sequence[bytes],
    *,
    roots: Sequence[Certificate],
    at: datetime,
) -> Chip:
    """TpmRefusal `certificate_…` unless a maker we trust certified this very key.

    `certificate` and `chain` are DER, also as they lie in the TPM's memory (with the TCG's header
    and padding). `roots` are anchors; an intermediate of a maker may be one. `at` is aware.
    """
    if not roots:
        raise TpmRefusal(
            "certificate_no_roots",
            "No chip maker's certificates are set up here: register the endorsement key instead.",
        )
    if len(chain) > MOST_CHAIN:
        raise TpmRefusal(
            "certificate_malformed", f"The chain has more than {MOST_CHAIN} certificates."
        )
    leaf = load_certificate(certificate)
    between = [load_certificate(one) for one in chain]
    if _spki(leaf) != ek.spki:
        raise TpmRefusal(
            "certificate_other_key", "The certificate belongs to another endorsement key."
        )
    try:
        _verifier(roots, at).verify(leaf, between)
        return _chip(leaf)
    except (VerificationError, ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as no:
        raise TpmRefusal(
            "certificate_untrusted",
            "The endorsement certificate does not lead to a chip maker we trust.",
        ) from no


def load_certificate(data: bytes) -> Certificate:
    """A DER certificate as read from the TPM; TpmRefusal `certificate_malformed` otherwise."""
    unreadable = TpmRefusal(
        "certificate_malformed",
        "A certificate cannot be read: send it as it lies in the TPM, or register the key.",
    )
    if len(data) > MOST_BYTES:
        raise TpmRefusal(
            "certificate_malformed", f"A certificate is longer than {MOST_BYTES} bytes."
        )
    der = trim(data)
    if der is None:
        raise unreadable
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion) as broken:
        raise unreadable from broken


def trim(data: bytes) -> bytes | None:
    """The DER certificate inside what lies in the TPM's memory; None when there is none.

    In front there may be the TCG's header (10 01 00, then two bytes of length), behind it the
    filling of the memory, all 00 or all FF.
    """
    if data[:3] == b"\x10\x01\x00":
        data = data[5:]
    if data[:2] != b"\x30\x82" or len(data) < 4:
        return None
    end = 4 + int.from_bytes(data[2:4], "big")
    if len(data) < end or (data[end:].strip(b"\x00") and data[end:].strip(b"\xff")):
        return None
    return data[:end]


def _spki(certificate: Certificate) -> bytes:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as unknown:
        raise TpmRefusal(
            "certificate_malformed",
            "The certificate's key is of a kind that cannot be read: register the key instead.",
        ) from unknown
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _verifier(roots: Sequence[Certificate], at: datetime) -> x509.verification.ClientVerifier:
    maybe = Criticality.AGNOSTIC
    leaf = (
        ExtensionPolicy.permit_all()
        .require_present(x509.SubjectAlternativeName, maybe, _names_a_chip)
        .require_present(x509.KeyUsage, maybe, _leaf_usage)
        .may_be_present(x509.BasicConstraints, maybe, _no_authority)
        .may_be_present(x509.ExtendedKeyUsage, maybe, _leaf_purpose)
        .may_be_present(x509.CertificatePolicies, maybe, None)
    )
    authority = (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, maybe, None)
        .require_present(x509.KeyUsage, maybe, _authority_usage)
        .may_be_present(x509.ExtendedKeyUsage, maybe, None)
        .may_be_present(x509.CertificatePolicies, maybe, None)
    )
    builder = PolicyBuilder().store(Store(list(roots))).time(at).max_chain_depth(DEPTH)
    return builder.extension_policies(ca_policy=authority, ee_policy=leaf).build_client_verifier()


# ValueError is how a callback tells the verifier no.
def _names_a_chip(_: Policy, leaf: Certificate, names: x509.SubjectAlternativeName) -> None:
    _chip(leaf)


def _leaf_usage(_: Policy, leaf: Certificate, usage: x509.KeyUsage) -> None:
    is_rsa = isinstance(leaf.public_key(), rsa.RSAPublicKey)
    takes_secrets = usage.key_encipherment if is_rsa else usage.key_agreement
    if not takes_secrets or usage.key_cert_sign or usage.digital_signature:
        raise ValueError("the key may do what no endorsement key does")


def _no_authority(_: Policy, leaf: Certificate, basic: x509.BasicConstraints | None) -> None:
    if basic is not None and basic.ca:
        raise ValueError("an endorsement key is no authority")


def _leaf_purpose(_: Policy, leaf: Certificate, purpose: x509.ExtendedKeyUsage | None) -> None:
    if purpose is not None and EK_CERTIFICATE not in purpose:
        raise ValueError("a certificate for another purpose")


def _authority_usage(_: Policy, authority: Certificate, usage: x509.KeyUsage) -> None:
    if not usage.key_cert_sign:
        raise ValueError("this certificate may not sign certificates")


def _chip(leaf: Certificate) -> Chip:
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    for name in names.get_values_for_type(x509.DirectoryName):
        found = [name.get_attributes_for_oid(oid) for oid in (MAKER, MODEL, VERSION)]
        if all(len(each) == 1 for each in found):
            return Chip(*(str(each[0].value) for each in found))
    raise ValueError("the certificate names no chip")
