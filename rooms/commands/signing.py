"""Signing a command with the key of its region."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rooms.commands.envelope import LONGEST, SIGNATURE, Command, Malformed, to_sign
from rooms.commands.keys import KeyRing


def sign_command(
    ring: KeyRing,
    *,
    command_id: uuid.UUID,
    device: str,
    kind: str,
    parameters: Mapping[str, Any],
    issued_at: datetime,
    expires_at: datetime,
) -> dict[str, Any]:
    """The command as it is sent: JSON values with their signature. The same input, the same bytes.

    Raises BadKeys when no key is valid, Malformed for what cannot be a command.
    """
    if not issued_at < expires_at <= issued_at + LONGEST:
        raise Malformed("A command lasts a day at most, and ends after it begins.")
    signer = ring.signer(issued_at)
    members = Command(
        id=command_id,
        kind=kind,
        parameters=dict(parameters),
        device=device,
        region=ring.region,
        key_id=signer.public.key_id,
        issued_at=issued_at,
        expires_at=expires_at,
    ).members()
    signature = signer.private.sign(to_sign(members))
    return members | {SIGNATURE: base64.b64encode(signature).decode()}
