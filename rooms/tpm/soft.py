"""A TPM in software: a stand-in for tests and for the simulated fleet.

It speaks the same bytes as a chip, but its keys lie in the memory of a process, so its
endorsement key proves nothing about any device. No chip maker certifies it: it is trusted only
where an operator registered its hash beforehand.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any, Final, Self

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from rooms.tpm.algorithms import HASHES, Alg, Attribute, Curve
from rooms.tpm.credential import LABEL, cipher, kdfe, point, storage_keys
from rooms.tpm.public import PublicArea, ek_hashes, parse_public
from rooms.tpm.reading import Reader, sized
from rooms.tpm.refusal import TpmRefusal
from rooms.tpm.roles import MADE_INSIDE, STORAGE, endorsement_policy
from rooms.tpm.statement import MAGIC, Kind, enrolment_binding, rotation_binding

EcKey = ec.EllipticCurvePrivateKey
PrivateKey = EcKey | rsa.RSAPrivateKey
P256: Final = ec.SECP256R1()
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
AK: Final = MADE_INSIDE | Attribute.USER_WITH_AUTH | Attribute.RESTRICTED | Attribute.SIGN
DEVICE: Final = MADE_INSIDE | Attribute.USER_WITH_AUTH | Attribute.SIGN


def public_blob(
    key: PrivateKey,
    attributes: int,
    *,
    policy: bytes = b"",
    aes_bits: int = 0,
    scheme: Alg = Alg.NULL,
    name_alg: Alg = Alg.SHA256,
) -> bytes:
    """The TPM2B_PUBLIC of a key, with any attributes: also with ones that no TPM would give it."""
    kind = Alg.RSA if isinstance(key, rsa.RSAPrivateKey) else Alg.ECC
    head = _words(kind, name_alg) + attributes.to_bytes(4, "big") + sized(policy)
    head += _words(Alg.AES, aes_bits, Alg.CFB) if aes_bits else _words(Alg.NULL)
    head += _words(Alg.NULL) if scheme == Alg.NULL else _words(scheme, Alg.SHA256)
    if isinstance(key, rsa.RSAPrivateKey):
        modulus = key.public_key().public_numbers().n.to_bytes(key.key_size // 8, "big")
        return sized(head + _words(key.key_size) + bytes(4) + sized(modulus))
    (x, y), size = point(key.public_key())
    curve = Curve.P256 if size == Curve.P256.size else Curve.P384
    return sized(head + _words(curve, Alg.NULL) + sized(x) + sized(y))


def _words(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in numbers)


def derive_key(seed: bytes, use: str) -> EcKey:
    """The P-256 key of a seed for one use: the same for the same words, always."""
    number = int.from_bytes(hashlib.sha512(use.encode() + b"\0" + seed).digest(), "big")
    return ec.derive_private_key(number % (P256_ORDER - 1) + 1, P256)


def ek_blob(key: PrivateKey) -> bytes:
    """The key as an endorsement key by template L-1 (RSA 2048) or L-2 (P-256)."""
    return public_blob(key, STORAGE, policy=endorsement_policy("sha256"), aes_bits=128)


@dataclass
class SoftTpm:
    """The keys of one simulated TPM. See the module: a stand-in, trusted by registration only.

    Make one by `new`; `rotate` replaces the device key, a new `new` is a new chip.
    """

    ek: PrivateKey
    ak: EcKey
    key: EcKey
    seed: bytes
    rotations: int = 0

    @classmethod
    def new(cls, seed: str | bytes | None = None, *, kind: str = "ecc") -> Self:
        """A TPM with an EK of that kind, "ecc" (P-256) or "rsa" (2048 bits, some 50 ms to make).

        The same seed makes the same keys, an RSA EK excepted; without a seed they are random.
        """
        raw = secrets.token_bytes(32) if seed is None else seed
        raw = raw.encode() if isinstance(raw, str) else raw
        ek: PrivateKey = (
            rsa.generate_private_key(65537, 2048) if kind == "rsa" else derive_key(raw, "ek")
        )
        return cls(ek, derive_key(raw, "ak"), derive_key(raw, "device 0"), raw)

    @property
    def ek_public(self) -> bytes:
        """TPM2B_PUBLIC of the endorsement key."""
        return ek_blob(self.ek)

    @property
    def ak_public(self) -> bytes:
        """TPM2B_PUBLIC of the attestation key."""
        return public_blob(self.ak, AK, scheme=Alg.ECDSA)

    @property
    def key_public(self) -> bytes:
        """TPM2B_PUBLIC of the device key."""
        return public_blob(self.key, DEVICE, scheme=Alg.ECDSA)

    @property
    def ek_id(self) -> str:
        """The hash to register, lower-case hex."""
        return ek_hashes(parse_public(self.ek_public))[0]

    def activate(self, id_object: bytes, encrypted_secret: bytes) -> bytes:
        """The secret of a credential made for this EK and AK; else TpmRefusal, as a chip refuses.

        Codes: `activate_integrity` (another key's, or changed) and `activate_malformed`.
        """
        ek, name = parse_public(self.ek_public), parse_public(self.ak_public).name
        outer = Reader(id_object, "activate_malformed", "credential")
        inner = Reader(outer.sized(256), "activate_malformed", "credential")
        outer.end()
        integrity, identity = inner.sized(64), inner.data[inner.at :]
        key, authentic = storage_keys(ek, self._seed(ek, encrypted_secret), name)
        wrong = TpmRefusal("activate_integrity", "The credential was not made for this TPM.")
        if not hmac.compare_digest(
            integrity, hmac.digest(authentic, identity + name, ek.hash_name)
        ):
            raise wrong
        opened = Reader(cipher(key).decryptor().update(identity), "activate_malformed", "secret")
        return opened.sized(ek.digest_size)

    def _seed(self, ek: PublicArea, encrypted: bytes) -> bytes:
        outer = Reader(encrypted, "activate_malformed", "encrypted seed")
        reader = Reader(outer.sized(512), "activate_malformed", "encrypted seed")
        outer.end()
        if isinstance(self.ek, rsa.RSAPrivateKey):
            hashed = HASHES[ek.name_alg]
            oaep = padding.OAEP(padding.MGF1(hashed), hashed, LABEL + b"\0")
            try:
                return self.ek.decrypt(reader.data, oaep)
            except ValueError as wrong:
                raise reader.refuse("was not made for this TPM") from wrong
        x, y = (int.from_bytes(reader.sized(48), "big") for _ in range(2))
        reader.end()
        try:
            theirs = ec.EllipticCurvePublicNumbers(x, y, self.ek.curve).public_key()
        except ValueError as wrong:
            raise reader.refuse("holds a point that is not on the curve") from wrong
        shared = self.ek.exchange(ec.ECDH(), theirs)
        mine, _ = point(self.ek.public_key())
        size = (self.ek.key_size + 7) // 8
        return kdfe(
            ek.hash_name, shared, LABEL, x.to_bytes(size, "big"), mine[0], ek.digest_size * 8
        )

    def certify(self, extra: bytes, *, about: bytes | None = None) -> tuple[bytes, bytes]:
        """The AK's TPMS_ATTEST that the device key (or `about`) is of this TPM, and its signature.

        The statement is of the kind CREATION; the signature is a TPMT_SIGNATURE.
        """
        named = parse_public(about or self.key_public).name
        signer = parse_public(self.ak_public).name
        attest = MAGIC + _words(Kind.CREATION) + sized(signer) + sized(extra)
        attest += bytes(16) + b"\x01" + bytes(8) + sized(named) + sized(bytes(32))
        r, s = _raw(self.ak, attest)
        return attest, _words(Alg.ECDSA, Alg.SHA256) + sized(r) + sized(s)

    def certify_creation(self, challenge: str, secret: bytes) -> tuple[bytes, bytes]:
        """Attestation and signature with which to complete an enrolment."""
        return self.certify(enrolment_binding(challenge, secret))

    def certify_rotation(self, nonce: str, key_id: str) -> tuple[bytes, bytes]:
        """Attestation and signature for the present device key, which replaces `key_id`."""
        return self.certify(rotation_binding(nonce, key_id))

    def sign(self, data: bytes) -> bytes:
        """The device key's signature (ECDSA, SHA-256) over data: r and s, 32 bytes each."""
        return b"".join(_raw(self.key, data))

    def rotate(self) -> EcKey:
        """Make a new device key; the old one is returned, to sign the request with."""
        old = self.key
        self.rotations += 1
        self.key = derive_key(self.seed, f"device {self.rotations}")
        return old

    def to_json(self) -> dict[str, Any]:
        """All keys, as plain JSON values. Whoever reads them is this TPM."""
        kept: dict[str, Any] = {"seed": self.seed.hex(), "rotations": self.rotations}
        if isinstance(self.ek, rsa.RSAPrivateKey):
            pem = self.ek.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            kept["rsa_ek"] = pem.decode()
        return kept

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """The TPM of `to_json`. KeyError or ValueError when it is none."""
        seed = bytes.fromhex(kept["seed"])
        rotations = int(kept["rotations"])
        ek: PrivateKey = derive_key(seed, "ek")
        if "rsa_ek" in kept:
            loaded = load_pem_private_key(kept["rsa_ek"].encode(), None)
            if not isinstance(loaded, rsa.RSAPrivateKey):
                raise ValueError("the endorsement key is not RSA")
            ek = loaded
        key = derive_key(seed, f"device {rotations}")
        return cls(ek, derive_key(seed, "ak"), key, seed, rotations)


def _raw(key: EcKey, data: bytes) -> tuple[bytes, bytes]:
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(32, "big"), s.to_bytes(32, "big")
