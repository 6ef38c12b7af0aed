"""Salted disclosures (RFC 9901, section 4.2): a leaf holds the digest, a deletable row the value.

The database makes them with the event (lock/sql/log.sql), so that none can be forgotten.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from typing import Any, Final, NamedTuple

SALT_BYTES: Final = 16


class BadDisclosure(ValueError):
    """A text that is no disclosure of a named value."""


class Disclosure(NamedTuple):
    """What a disclosure says."""

    salt: str
    name: str
    value: Any


def make(name: str, value: Any, salt: str | None = None) -> str:
    """The base64url of [salt, name, value] (section 4.2.1); the salt has 128 random bits."""
    salt = secrets.token_urlsafe(SALT_BYTES) if salt is None else salt
    return b64url(json.dumps([salt, name, value], ensure_ascii=False).encode())


def digest(disclosure: str) -> str:
    """The base64url of SHA-256 over the disclosure's ASCII text (section 4.2.3)."""
    return b64url(hashlib.sha256(disclosure.encode("ascii")).digest())


def parse(disclosure: str) -> Disclosure:
    """What a disclosure says, or BadDisclosure."""
    try:
        data = base64.b64decode(disclosure + "=" * (-len(disclosure) % 4), b"-_", validate=True)
        parts = json.loads(data)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadDisclosure("The disclosure cannot be read.") from error
    if b64url(data) != disclosure or not isinstance(parts, list) or len(parts) != 3:
        raise BadDisclosure("The disclosure is not salt, name and value.")
    salt, name, value = parts
    if not isinstance(salt, str) or not isinstance(name, str) or name in {"_sd", "..."}:
        raise BadDisclosure("The disclosure is not salt, name and value.")
    return Disclosure(salt, name, value)


def b64url(data: bytes) -> str:
    """Base64 for URLs, without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
