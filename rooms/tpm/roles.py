"""What each key has to be: the endorsement key, the attestation key and the device key.

The attribute checks carry the whole of the proof. A TPM opens a credential for a key that was
made in software just as well; only `fixedTPM` with `sensitiveDataOrigin`, which a TPM sets on
nothing it did not make itself, tell the two apart.
"""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from rooms.tpm.algorithms import Alg, Attribute
from rooms.tpm.public import PublicArea
from rooms.tpm.refusal import TpmRefusal

A = Attribute
MADE_INSIDE: Final = A.FIXED_TPM | A.FIXED_PARENT | A.SENSITIVE_DATA_ORIGIN
NEVER: Final = A.DECRYPT | A.ST_CLEAR | A.ENCRYPTED_DUPLICATION | A.X509_SIGN
STORAGE: Final = MADE_INSIDE | A.ADMIN_WITH_POLICY | A.RESTRICTED | A.DECRYPT


def endorsement_policy(hash_name: str) -> bytes:
    """PolicySecret(TPM_RH_ENDORSEMENT): the policy of the TCG's low-range EK templates."""
    zeros = bytes(hashlib.new(hash_name).digest_size)
    first = hashlib.new(hash_name, zeros + bytes.fromhex("000001514000000b")).digest()
    return hashlib.new(hash_name, first).digest()


# PolicyOR(the policy above, PolicyAuthorizeNV): the policy of the high-range templates, whose
# values the TCG EK profile prints.
HIGH_POLICY: Final = {
    "sha256": bytes.fromhex("ca3d0a99a2b93906f7a3342414efcfb3a385d44cd1fd459089d19b5071c0b7a0"),
    "sha384": bytes.fromhex(
        "b26e7d28d11a50bc53d882bcf5fd3a1a074148bb35d3b4e4cb1c0ad9bde419ca"
        "cb47ba09699646150f9fc000f3f80e12"
    ),
}
# key type, size in bits: name algorithm, bits of AES, whether there is a low-range template
TEMPLATES: Final = {
    (Alg.RSA, 2048): (Alg.SHA256, 128, True),
    (Alg.RSA, 3072): (Alg.SHA384, 256, False),
    (Alg.RSA, 4096): (Alg.SHA384, 256, False),
    (Alg.ECC, 256): (Alg.SHA256, 128, True),
    (Alg.ECC, 384): (Alg.SHA384, 256, False),
}


def check_endorsement_key(ek: PublicArea) -> None:
    """Refuse (`ek_template`) what is not exactly one of the TCG's templates for an EK."""
    name_alg, bits, low = TEMPLATES[(ek.kind, ek.key.key_size)]
    policies = {STORAGE | A.USER_WITH_AUTH: HIGH_POLICY.get(ek.hash_name)}
    if low:
        policies[STORAGE] = endorsement_policy(ek.hash_name)
    right = (
        ek.name_alg == name_alg
        and ek.symmetric_bits == bits
        and ek.scheme == Alg.NULL
        and ek.policy == policies.get(ek.attributes)
    )
    if not right:
        raise TpmRefusal(
            "ek_template",
            "The endorsement key was not made by a standard template: make it by template L-1 "
            "(RSA 2048) or L-2 (P-256) of the TCG EK profile.",
        )


def check_attestation_key(ak: PublicArea) -> None:
    """Refuse (`ak_attributes`) what cannot vouch for another key of the same TPM."""
    needed = MADE_INSIDE | A.RESTRICTED | A.SIGN
    right = (
        ak.attributes & needed == needed
        and not ak.attributes & NEVER
        and ak.symmetric_bits == 0
        and ak.scheme != Alg.NULL
    )
    if not right:
        raise TpmRefusal(
            "ak_attributes",
            "The attestation key has to be a restricted signing key that the TPM made itself and "
            "never gives away, with a fixed scheme.",
        )


def check_device_key(key: PublicArea) -> None:
    """Refuse (`key_attributes`) what may not sign a device's requests."""
    needed = MADE_INSIDE | A.SIGN
    right = (
        key.attributes & needed == needed
        and not key.attributes & (NEVER | A.RESTRICTED)
        and key.symmetric_bits == 0
        and isinstance(key.key, ec.EllipticCurvePublicKey)
        and key.key.key_size == 256
        and (key.scheme, key.scheme_hash) in ((Alg.NULL, Alg.NULL), (Alg.ECDSA, Alg.SHA256))
    )
    if not right:
        raise TpmRefusal(
            "key_attributes",
            "The device key has to be an unrestricted P-256 signing key (ECDSA with SHA-256) that "
            "the TPM made itself and never gives away.",
        )
