"""References people can read aloud and paste: a prefix and random letters, never a name.

Crockford's base 32 leaves out I, L, O and U, so that nothing is misread. Eight characters are
40 random bits; the lock, not the reference, keeps a thing closed.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from datetime import date
from typing import ClassVar

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIXES = {
    "TN": "tenant",
    "RM": "room",
    "DV": "device",
    "AR": "request",
    "GR": "grant",
    "INC": "incident",
    "EV": "event",
    "SU": "suppression",
    "COL": "collection",
    "FL": "file",
    "SQ": "query",
    "LH": "legal hold",
    "DS": "destruction",
    "CA": "case",
    "RJ": "remediation",
    "RW": "wave",
    "RP": "automation policy",
    "RS": "remediation settings",
    "ES": "emergency stop",
}
PATTERN = re.compile(rf"^({'|'.join(PREFIXES)})-[{ALPHABET}]{{4,12}}$")


def new_reference(prefix: str) -> str:
    """A fresh reference such as RM-7K3QF92X. KeyError for an unknown prefix."""
    PREFIXES[prefix]
    return f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _ in range(8))


def is_reference(text: str, prefix: str) -> bool:
    """Whether the text has the shape of a reference of that kind."""
    return bool(PATTERN.match(text)) and text.startswith(f"{prefix}-")


def room_key(tenant_id: uuid.UUID, reference: str) -> uuid.UUID:
    """The primary key of a room, derived from its tenant and reference.

    A person who may not read the room can therefore ask for it by its reference, and the
    database can hold the answer against the row without anybody having looked it up.
    A version 8 UUID (RFC 9562, section 5.8) of SHA-256; `lock.room_key` computes the same.
    """
    digest = bytearray(hashlib.sha256(tenant_id.bytes + reference.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(digest))


class ReferenceConverter:
    """A URL part that is a reference of one kind; anything else is no URL of ours (404)."""

    prefix: ClassVar[str] = ""

    @property
    def regex(self) -> str:
        """What the URL part may look like; letters of either case."""
        return rf"(?i:{self.prefix}-[0-9A-Z]{{4,12}})"

    def to_python(self, value: str) -> str:
        """References are upper case inside."""
        return value.upper()

    def to_url(self, value: str) -> str:
        """As stored."""
        return value


class TenantReference(ReferenceConverter):
    """TN-…"""

    prefix = "TN"


class RoomReference(ReferenceConverter):
    """RM-…"""

    prefix = "RM"


class DeviceReference(ReferenceConverter):
    """DV-…"""

    prefix = "DV"


class RequestReference(ReferenceConverter):
    """AR-…"""

    prefix = "AR"


class GrantReference(ReferenceConverter):
    """GR-…"""

    prefix = "GR"


class IncidentReference(ReferenceConverter):
    """INC-…"""

    prefix = "INC"


class CollectionReference(ReferenceConverter):
    """COL-…"""

    prefix = "COL"


class QueryReference(ReferenceConverter):
    """SQ-…"""

    prefix = "SQ"


class FileReference(ReferenceConverter):
    """FL-…"""

    prefix = "FL"


class CaseReference(ReferenceConverter):
    """CA-…"""

    prefix = "CA"


class RemediationReference(ReferenceConverter):
    """RJ-…"""

    prefix = "RJ"


class WaveReference(ReferenceConverter):
    """RW-…"""

    prefix = "RW"


class PolicyReference(ReferenceConverter):
    """RP-…"""

    prefix = "RP"


class SettingsReference(ReferenceConverter):
    """RS-…"""

    prefix = "RS"


class StopReference(ReferenceConverter):
    """ES-…"""

    prefix = "ES"


class DayConverter:
    """A URL part that is a day (ISO 8601); 30 February is no URL of ours."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """The day. ValueError, which is a 404, for one that the calendar does not have."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """As it was read."""
        return value.isoformat()
