"""From the text of a field to judged bytes; what is wrong is refused by the field's name."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from access.references import ALPHABET
from rooms.device_api.problems import Refused
from rooms.tpm.public import PublicArea, parse_public
from rooms.tpm.refusal import TpmRefusal
from rooms.tpm.roles import check_device_key


def blob(text: str, field: str) -> bytes:
    """The bytes of a base64 text. Refused: field_invalid."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except binascii.Error:
        decoded = b""
    if base64.b64encode(decoded).decode() != text:
        raise Refused("field_invalid", f"`{field}`: send standard base64.", field)
    return decoded


def text(data: bytes) -> str:
    """The bytes in base64."""
    return base64.b64encode(data).decode()


def key(sent: str, field: str, what: str, check: Callable[[PublicArea], None]) -> PublicArea:
    """The key in a field, in its role. Refused: field_invalid, with what is wrong."""
    try:
        area = parse_public(blob(sent, field), what)
        check(area)
    except TpmRefusal as refusal:
        raise Refused("field_invalid", f"`{field}`: {refusal.sentence}", field) from refusal
    return area


def device_key(sent: str) -> PublicArea:
    """The new device key in the field key_public."""
    return key(sent, "key_public", "device key", check_device_key)


def verifier(area: PublicArea) -> EllipticCurvePublicKey:
    """What a device key's signatures are checked with. The area passed `check_device_key`."""
    if not isinstance(area.key, EllipticCurvePublicKey):
        raise TypeError("a device key is on a curve")
    return area.key


def point(area: PublicArea) -> bytes:
    """The device key as it is kept: 65 bytes, uncompressed."""
    return verifier(area).public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def new_key_name(region: str) -> str:
    """The name of a new device key, such as eu.DK-7K3QF92X."""
    return f"{region}.DK-" + "".join(secrets.choice(ALPHABET) for _ in range(8))
