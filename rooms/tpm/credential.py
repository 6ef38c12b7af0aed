"""TPM2_MakeCredential: seals a secret so that one TPM opens it, and only for the key it names.

TPM 2.0 Library part 1, sections on credential protection and on KDFa and KDFe. The whole size of
a curve's coordinate goes into every derivation, leading zeros included; without them about one
enrolment in 128 would fail.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from rooms.tpm.algorithms import HASHES
from rooms.tpm.public import PublicArea
from rooms.tpm.reading import sized

SECRET_BYTES: Final = 32
LABEL: Final = b"IDENTITY"


@dataclass(frozen=True)
class Credential:
    """What a device hands to TPM2_ActivateCredential."""

    id_object: bytes  # TPM2B_ID_OBJECT
    encrypted_secret: bytes  # TPM2B_ENCRYPTED_SECRET


def new_secret() -> bytes:
    """A secret for one challenge: 32 random bytes, which fit every EK we accept."""
    return secrets.token_bytes(SECRET_BYTES)


def make_credential(ek: PublicArea, name: bytes, secret: bytes) -> Credential:
    """Seal `secret` for the TPM that holds `ek`, to be opened for the key called `name`.

    `ek` has passed `roles.check_endorsement_key`; `secret` is at most its digest size, else
    ValueError.
    """
    if len(secret) > ek.digest_size:
        raise ValueError("the secret is longer than a digest of the endorsement key's hash")
    if isinstance(ek.key, ec.EllipticCurvePublicKey):
        ephemeral = ec.generate_private_key(ek.key.curve)
        seed, encrypted = share_seed(ek, ek.key, ephemeral)
    else:
        seed = secrets.token_bytes(ek.digest_size)
        hashed = HASHES[ek.name_alg]
        oaep = padding.OAEP(padding.MGF1(hashed), hashed, LABEL + b"\0")
        encrypted = ek.key.encrypt(seed, oaep)
    return Credential(seal(ek, seed, name, secret), sized(encrypted))


def share_seed(
    ek: PublicArea, key: ec.EllipticCurvePublicKey, ephemeral: ec.EllipticCurvePrivateKey
) -> tuple[bytes, bytes]:
    """The seed agreed on by an ephemeral key, and that key's point as the TPM reads it."""
    mine, size = point(ephemeral.public_key())
    theirs, _ = point(key)
    shared = ephemeral.exchange(ec.ECDH(), key)  # always the whole size
    seed = kdfe(ek.hash_name, shared, LABEL, mine[0], theirs[0], ek.digest_size * 8)
    length = size.to_bytes(2, "big")
    return seed, length + mine[0] + length + mine[1]


def point(key: ec.EllipticCurvePublicKey) -> tuple[tuple[bytes, bytes], int]:
    """Both coordinates of a key, each of the curve's whole size, and that size in bytes."""
    size = (key.key_size + 7) // 8
    numbers = key.public_numbers()
    return (numbers.x.to_bytes(size, "big"), numbers.y.to_bytes(size, "big")), size


def seal(ek: PublicArea, seed: bytes, name: bytes, secret: bytes) -> bytes:
    """The TPM2B_ID_OBJECT: the secret encrypted and authenticated, under keys from the seed."""
    key, integrity = storage_keys(ek, seed, name)
    identity = cipher(key).encryptor().update(sized(secret))
    outer = hmac.digest(integrity, identity + name, ek.hash_name)
    return sized(sized(outer) + identity)


def storage_keys(ek: PublicArea, seed: bytes, name: bytes) -> tuple[bytes, bytes]:
    """The key that encrypts the secret, and the key that authenticates it."""
    key = kdfa(ek.hash_name, seed, b"STORAGE", name, b"", ek.symmetric_bits)
    return key, kdfa(ek.hash_name, seed, b"INTEGRITY", b"", b"", ek.digest_size * 8)


def cipher(key: bytes) -> Cipher[CFB]:
    """AES in cipher feedback mode from zero, as the TPM encrypts: each key is used once."""
    return Cipher(AES(key), CFB(bytes(16)))


def kdfa(hash_name: str, key: bytes, label: bytes, u: bytes, v: bytes, bits: int) -> bytes:
    """KDFa: so many bits (whole bytes) by HMAC in counter mode. The label without its NUL."""
    size = bits // 8
    tail = label + b"\0" + u + v + bits.to_bytes(4, "big")
    made = b""
    for number in range(1, 2 + size // hashlib.new(hash_name).digest_size):
        made += hmac.digest(key, number.to_bytes(4, "big") + tail, hash_name)
    return made[:size]


def kdfe(hash_name: str, shared: bytes, use: bytes, u: bytes, v: bytes, bits: int) -> bytes:
    """KDFe: so many bits (whole bytes) from an ECDH x. The use without its NUL."""
    size = bits // 8
    tail = shared + use + b"\0" + u + v
    made = b""
    for number in range(1, 2 + size // hashlib.new(hash_name).digest_size):
        made += hashlib.new(hash_name, number.to_bytes(4, "big") + tail).digest()
    return made[:size]
