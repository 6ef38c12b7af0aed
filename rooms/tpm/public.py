"""The strict parser of TPM2B_PUBLIC, and what follows from a public area: its name and its key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rooms.tpm.algorithms import HASH_NAMES, KNOWN_BITS, Alg, Attribute, Curve
from rooms.tpm.reading import Reader
from rooms.tpm.refusal import TpmRefusal

MOST_BYTES = 1024  # of one public area; an RSA 4096 EK takes 572
EXPONENT = 65537
RSA_BITS = (2048, 3072, 4096)
AES_BITS = (128, 256)

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True)
class PublicArea:
    """A public area that parsed: well formed, with a key that is a real one; not yet judged.

    `symmetric_bits` is 0 for a key without a symmetric algorithm; `scheme` and `scheme_hash` are
    Alg.NULL for a key that leaves the scheme to its use.
    """

    area: bytes  # TPMT_PUBLIC, without the size
    kind: Alg  # RSA or ECC
    name_alg: Alg
    attributes: Attribute
    policy: bytes
    symmetric_bits: int
    scheme: Alg
    scheme_hash: Alg
    key: PublicKey

    @property
    def blob(self) -> bytes:
        """The TPM2B_PUBLIC."""
        return len(self.area).to_bytes(2, "big") + self.area

    @property
    def name(self) -> bytes:
        """The TPM's name of this key: the hash algorithm, then the hash of the public area."""
        digest = hashlib.new(HASH_NAMES[self.name_alg], self.area).digest()
        return self.name_alg.to_bytes(2, "big") + digest

    @property
    def hash_name(self) -> str:
        """The name algorithm as `hashlib` calls it."""
        return HASH_NAMES[self.name_alg]

    @property
    def digest_size(self) -> int:
        """Bytes of a digest of the name algorithm."""
        return hashlib.new(self.hash_name).digest_size

    @cached_property
    def spki(self) -> bytes:
        """The key as DER SubjectPublicKeyInfo; equal keys have equal bytes."""
        return self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def parse_public(blob: bytes, what: str = "public area") -> PublicArea:
    """A TPM2B_PUBLIC, of at most MOST_BYTES. TpmRefusal `public_malformed` for anything else.

    `what` names the key in the sentence of a refusal.
    """
    reader = Reader(blob, "public_malformed", what)
    if len(blob) > MOST_BYTES:
        raise reader.refuse(f"is longer than {MOST_BYTES} bytes")
    if reader.number(2) != len(blob) - 2:
        raise reader.refuse("has another length than it says")
    kind = reader.number(2)
    name_alg = reader.number(2)
    if name_alg not in HASH_NAMES:
        raise reader.refuse("is named by a hash other than SHA-256, SHA-384 or SHA-512")
    attributes = reader.number(4)
    if attributes & ~KNOWN_BITS:
        raise reader.refuse("sets reserved attribute bits")
    policy = reader.sized(64)
    if policy and len(policy) != hashlib.new(HASH_NAMES[name_alg]).digest_size:
        raise reader.refuse("has a policy of the wrong length")
    bits = _symmetric(reader)
    if kind == Alg.RSA:
        scheme, scheme_hash = _scheme(reader, (Alg.RSASSA, Alg.RSAPSS))
        key: PublicKey = _rsa(reader)
    elif kind == Alg.ECC:
        scheme, scheme_hash = _scheme(reader, (Alg.ECDSA,))
        key = _ecc(reader)
    else:
        raise reader.refuse("is of a type other than RSA or ECC")
    reader.end()
    return PublicArea(
        area=blob[2:],
        kind=Alg(kind),
        name_alg=Alg(name_alg),
        attributes=Attribute(attributes),
        policy=policy,
        symmetric_bits=bits,
        scheme=scheme,
        scheme_hash=scheme_hash,
        key=key,
    )


def _symmetric(reader: Reader) -> int:
    algorithm = reader.number(2)
    if algorithm == Alg.NULL:
        return 0
    bits, mode = reader.number(2), reader.number(2)
    if algorithm != Alg.AES or bits not in AES_BITS or mode != Alg.CFB:
        raise reader.refuse("has a symmetric algorithm other than AES-128 or AES-256 with CFB")
    return bits


def _scheme(reader: Reader, known: tuple[Alg, ...]) -> tuple[Alg, Alg]:
    scheme = reader.number(2)
    if scheme == Alg.NULL:
        return Alg.NULL, Alg.NULL
    if scheme not in known:
        raise reader.refuse("has a signing scheme other than RSASSA, RSAPSS or ECDSA")
    scheme_hash = reader.number(2)
    if scheme_hash not in HASH_NAMES:
        raise reader.refuse("signs with a hash other than SHA-256, SHA-384 or SHA-512")
    return Alg(scheme), Alg(scheme_hash)


def _rsa(reader: Reader) -> rsa.RSAPublicKey:
    bits = reader.number(2)
    if bits not in RSA_BITS:
        raise reader.refuse("is an RSA key of a size other than 2048, 3072 or 4096 bits")
    if reader.number(4) not in (0, EXPONENT):  # 0 is the TPM's way to say 65537
        raise reader.refuse("has an RSA exponent other than 65537")
    modulus = reader.sized(bits // 8)
    if len(modulus) != bits // 8 or not modulus[0] & 0x80 or not modulus[-1] & 1:
        raise reader.refuse("has an RSA modulus that is none")
    try:
        return rsa.RSAPublicNumbers(EXPONENT, int.from_bytes(modulus, "big")).public_key()
    except ValueError as refused:
        raise reader.refuse("has an RSA modulus that is none") from refused


def _ecc(reader: Reader) -> ec.EllipticCurvePublicKey:
    number = reader.number(2)
    if number not in (Curve.P256, Curve.P384):
        raise reader.refuse("is on a curve other than P-256 or P-384")
    curve = Curve(number)
    if reader.number(2) != Alg.NULL:
        raise reader.refuse("names a key derivation of its own")
    x, y = _coordinate(reader, curve), _coordinate(reader, curve)
    try:
        return ec.EllipticCurvePublicNumbers(x, y, curve.curve).public_key()
    except ValueError as refused:
        raise reader.refuse("holds a point that is not on its curve") from refused


def _coordinate(reader: Reader, curve: Curve) -> int:
    # Whole size, or shorter without a leading zero, as some chips strip them: one spelling each.
    written = reader.sized(curve.size)
    if not written or (len(written) < curve.size and not written[0]):
        raise reader.refuse("holds a coordinate of the wrong length")
    return int.from_bytes(written, "big")


def ek_hashes(area: PublicArea) -> tuple[str, str]:
    """The two SHA-256 hashes, lower-case hex, by which an operator may have registered an EK.

    First that of the SubjectPublicKeyInfo: the identity of the key with us. Second that of the
    bare key inside it (PKCS#1 RSAPublicKey, or the uncompressed point), which some tools print.
    """
    bare = (
        area.key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
        if isinstance(area.key, rsa.RSAPublicKey)
        else area.key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    return hashlib.sha256(area.spki).hexdigest(), hashlib.sha256(bare).hexdigest()


def refuse_same(*areas: PublicArea) -> None:
    """TpmRefusal `same_key` when two of the keys are one and the same."""
    if len({area.spki for area in areas}) != len(areas):
        raise TpmRefusal("same_key", "Two of the keys are the same key; each has to be its own.")
