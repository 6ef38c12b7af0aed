"""A command as it travels: flat JSON, closed, with one spelling of the bytes that are signed."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

import rfc8785
from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

VERSION: Final = 1
# Before the canonical JSON, so that a signature over a command can be taken for nothing else.
PREFIX: Final = b"rooms-ops command v1\n"
SIGNATURE: Final = "signature"
MOST_BYTES: Final = 16 * 1024
# A command that nobody fetched for a day is asked for anew.
LONGEST: Final = timedelta(days=1)

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$")]


class Malformed(ValueError):
    """Not a command: a member is missing, unknown or of another type, or it is too large."""


class Command(BaseModel):
    """What one device is to do, once, until when. `parameters` are those of the catalogue.

    `id` is what the device answers with; `key_id` names the key that signed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: Literal[1] = VERSION
    id: uuid.UUID
    kind: Word
    parameters: dict[str, Any]
    device: Word
    region: Word
    key_id: Word
    issued_at: AwareDatetime
    expires_at: AwareDatetime

    def members(self) -> dict[str, Any]:
        """As JSON values; times in RFC 3339, UTC."""
        return {
            "v": self.v,
            "id": str(self.id),
            "kind": self.kind,
            "parameters": self.parameters,
            "device": self.device,
            "region": self.region,
            "key_id": self.key_id,
            "issued_at": moment(self.issued_at),
            "expires_at": moment(self.expires_at),
        }


def moment(at: datetime) -> str:
    """A time as commands write it: RFC 3339 in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def to_sign(members: Mapping[str, Any], prefix: bytes = PREFIX) -> bytes:
    """The bytes that are signed: everything that was sent but the signature. Raises Malformed."""
    try:
        text = rfc8785.dumps({name: members[name] for name in members if name != SIGNATURE})
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise Malformed("A member has no exact spelling in JSON.") from error
    if len(text) > MOST_BYTES:
        raise Malformed(f"A command has at most {MOST_BYTES} bytes.")
    return prefix + text


def read(sent: object) -> tuple[Command, bytes, bytes]:
    """The command, the bytes that were signed, and the signature. Raises Malformed.

    The bytes are made of what was sent, not of what was read of it: nothing is put right on the
    way.
    """
    if not isinstance(sent, Mapping) or not all(isinstance(name, str) for name in sent):
        raise Malformed("A command is a JSON object.")
    signed = to_sign(sent)
    members = {name: sent[name] for name in sent if name != SIGNATURE}
    try:
        command = Command.model_validate(members)
    except ValidationError as error:
        names = sorted({str(fault["loc"][0]) for fault in error.errors() if fault["loc"]})
        raise Malformed(f"These members are not as they must be: {', '.join(names)}.") from error
    return command, signed, signature_of(sent)


def signature_of(sent: Mapping[str, Any]) -> bytes:
    """The raw signature of what was sent. Raises Malformed."""
    text = sent.get(SIGNATURE)
    if not isinstance(text, str):
        raise Malformed("The signature is missing.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("The signature is not base64.") from error
