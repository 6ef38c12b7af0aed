"""What a device sends to enrol, to prove itself and to renew its key; closed, like a report."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from rooms.kinds import DeviceKind, Platform
from rooms.reports.schema import Closed, Line, Word

MOST_BYTES: Final = 64 * 1024  # a certificate and a chain of four, in base64
MOST_PROOF_BYTES: Final = 8 * 1024

BASE64: Final = r"^[A-Za-z0-9+/]+={0,2}$"
Blob = Annotated[
    str,
    StringConstraints(min_length=4, max_length=2048, pattern=BASE64),
    Field(description="standard base64, with its padding"),
]
Certificate = Annotated[
    str,
    StringConstraints(min_length=4, max_length=11_000, pattern=BASE64),
    Field(description="a DER certificate as it lies in the TPM, standard base64"),
]
EnrolmentKeyText = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{2,8}\.[a-z2-7]{32}$"),
    Field(description="the single-use key that a person issued"),
]
Serial = Annotated[Word, Field(min_length=1)]


class Begin(Closed):
    """A device asks to be known, with the public halves of its TPM's keys."""

    enrolment_key: EnrolmentKeyText
    serial: Serial
    manufacturer: Word
    model: Line
    platform: Platform
    kind: DeviceKind
    ek_public: Blob
    ek_certificate: Certificate | None = None
    ek_chain: list[Certificate] = Field(default_factory=list, max_length=4)
    ak_public: Blob
    key_public: Blob


class Challenge(Closed):
    """What only the right TPM can open, and until when (RFC 3339)."""

    challenge: str
    id_object: str
    encrypted_secret: str
    expires_at: str


class Proof(Closed):
    """The opened secret, and the attestation key's statement about the device key."""

    secret: Blob
    attestation: Blob
    signature: Blob


class CommandKey(Closed):
    """A public key (Ed25519, 32 bytes in base64), and when commands are issued under it."""

    public: str
    begins_at: str
    ends_at: str


class CommandKeys(Closed):
    """The keys of commands to devices, signed by one of those that the device trusts."""

    region: str
    serial: int
    keys: list[CommandKey]
    key_id: str
    signature: str


class Enrolled(Closed):
    """What the device is called from now on, and whose commands it obeys."""

    device: str
    key_id: str
    report_every_seconds: int
    command_keys: CommandKeys | None = Field(
        description="null: there are none yet, and nothing is to be obeyed"
    )


class NewKey(Closed):
    """A new device key. `nonce` is the nonce of this request's own signature."""

    key_public: Blob
    attestation: Blob
    signature: Blob
    nonce: Annotated[
        str, StringConstraints(min_length=16, max_length=64, pattern=r"^[\x21-\x7e]+$")
    ]


class Renewed(Closed):
    """What to sign with from now on; the old key has ended."""

    key_id: str
