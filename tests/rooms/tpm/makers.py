"""Chip makers of our own, and the certificates they might write: good ones and bad ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rooms.tpm.certificates import EK_CERTIFICATE, MAKER, MODEL, VERSION

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
Extension = tuple[x509.ExtensionType, bool]


def name(text: str) -> x509.Name:
    """A subject of one common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage(*allowed: str) -> x509.KeyUsage:
    """A key usage that allows these things only."""
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{one: one in allowed for one in every})


def chip_name(*left_out: x509.ObjectIdentifier) -> x509.SubjectAlternativeName:
    """What the alternative name of an EK certificate says of the chip."""
    values = {MAKER: "id:4D4B5200", MODEL: "Chip 9", VERSION: "id:00010002"}
    said = [x509.NameAttribute(oid, v) for oid, v in values.items() if oid not in left_out]
    return x509.SubjectAlternativeName([x509.DirectoryName(x509.Name(said))])


POLICIES = x509.CertificatePolicies(
    [x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.4"), None)]
)
AUTHORITY: dict[str, Extension] = {
    "basic": (x509.BasicConstraints(ca=True, path_length=None), True),
    "usage": (usage("key_cert_sign", "crl_sign"), True),
    "policies": (POLICIES, True),  # critical, as many makers have it
}
LEAF: dict[str, Extension] = {
    "san": (chip_name(), True),
    "usage": (usage("key_agreement"), True),
    "basic": (x509.BasicConstraints(ca=False, path_length=None), True),
    "purpose": (x509.ExtendedKeyUsage([EK_CERTIFICATE]), False),
}
SIGN_IN = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])


@dataclass
class Maker:
    """A certificate authority; `below` makes one under it."""

    subject: x509.Name = field(default_factory=lambda: name("Root"))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    certificate: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        self.certificate = self.issue(self.key.public_key(), self.subject, AUTHORITY)

    def issue(
        self,
        key: x509.base.CertificatePublicKeyTypes,
        subject: x509.Name,
        extensions: dict[str, Extension],
        *,
        since: datetime = NOW - YEAR,
        until: datetime = NOW + YEAR,
    ) -> x509.Certificate:
        """A certificate with exactly these extensions."""
        builder = x509.CertificateBuilder(self.subject, subject, key, x509.random_serial_number())
        builder = builder.not_valid_before(since).not_valid_after(until)
        for extension, critical in extensions.values():
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, SHA256())

    def below(self, text: str, **changes: Extension | None) -> Maker:
        """An authority certified by this one, with extensions changed or (None) left out."""
        made = Maker(name(text))
        made.certificate = self.issue(made.key.public_key(), made.subject, but(AUTHORITY, changes))
        return made


def but(
    extensions: dict[str, Extension], changes: dict[str, Extension | None]
) -> dict[str, Extension]:
    """The extensions with some changed or (None) left out."""
    return {k: v for k, v in (extensions | changes).items() if v is not None}


def der(certificate: x509.Certificate) -> bytes:
    """As it is sent."""
    return certificate.public_bytes(Encoding.DER)
