"""The closed lists of the TPM's numbers that we understand; a number outside of them is refused.

Numbers: TCG Algorithm Registry, and TPM 2.0 Library part 2 (structures).
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec


class Alg(IntEnum):
    """TPM_ALG_ID."""

    RSA = 0x0001
    AES = 0x0006
    SHA256 = 0x000B
    SHA384 = 0x000C
    SHA512 = 0x000D
    NULL = 0x0010
    RSASSA = 0x0014
    RSAPSS = 0x0016
    ECDSA = 0x0018
    ECC = 0x0023
    CFB = 0x0043


class Curve(IntEnum):
    """TPM_ECC_CURVE."""

    P256 = 0x0003
    P384 = 0x0004

    @property
    def size(self) -> int:
        """Bytes of one coordinate."""
        return {Curve.P256: 32, Curve.P384: 48}[self]

    @property
    def curve(self) -> ec.EllipticCurve:
        """The same curve to `cryptography`."""
        return {Curve.P256: ec.SECP256R1(), Curve.P384: ec.SECP384R1()}[self]


class Attribute(IntFlag):
    """TPMA_OBJECT; every bit that is not named here is reserved and has to be 0."""

    FIXED_TPM = 0x2
    ST_CLEAR = 0x4
    FIXED_PARENT = 0x10
    SENSITIVE_DATA_ORIGIN = 0x20
    USER_WITH_AUTH = 0x40
    ADMIN_WITH_POLICY = 0x80
    NO_DA = 0x400
    ENCRYPTED_DUPLICATION = 0x800
    RESTRICTED = 0x10000
    DECRYPT = 0x20000
    SIGN = 0x40000
    X509_SIGN = 0x80000


KNOWN_BITS: Final = sum(Attribute)

# SHA-1 is missing on purpose: a key or a statement that rests on it is refused.
HASHES: Final[dict[int, hashes.HashAlgorithm]] = {
    Alg.SHA256: hashes.SHA256(),
    Alg.SHA384: hashes.SHA384(),
    Alg.SHA512: hashes.SHA512(),
}
HASH_NAMES: Final[dict[int, str]] = {
    Alg.SHA256: "sha256",
    Alg.SHA384: "sha384",
    Alg.SHA512: "sha512",
}
