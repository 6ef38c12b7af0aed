"""How a device signs its requests: RFC 9421 with ECDSA P-256, and one way only of doing it.

Imported by the server, the simulator and the tests; it needs neither Django nor a database.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from http_message_signatures import HTTPMessageSigner
from http_message_signatures.algorithms import ECDSA_P256_SHA256

BASE: Final = "/device/v1/"
TAG: Final = "portal-device-v1"
LABEL: Final = "device"
CONTENT_TYPE: Final = "application/json"
COVERED: Final = ("@method", "@authority", "@path", "@query")
COVERED_WITH_BODY: Final = (*COVERED, "content-type", "content-digest")
# How old a signature may be, and how far ahead of us a clock that was set by `Date` may run.
WINDOW: Final = timedelta(seconds=300)
SKEW: Final = timedelta(seconds=60)
SHORTEST_NONCE: Final = 16
LONGEST_NONCE: Final = 64

# Until a nonce may be forgotten: the signature that carried it is too old by then.
NONCE_SECONDS: Final = int((WINDOW + 2 * SKEW).total_seconds())

SignRaw = Callable[[bytes], bytes]


def covered(has_body: bool) -> tuple[str, ...]:
    """What a signature covers, in the order in which we write it; any order is taken."""
    return COVERED_WITH_BODY if has_body else COVERED


def accept_signature(nonce: str = "") -> str:
    """The header Accept-Signature (RFC 9421, section 5): how to sign, and with which nonce."""
    names = " ".join(f'"{name}"' for name in COVERED_WITH_BODY)
    given = f'="{nonce}"' if nonce else ""
    return f'{LABEL}=({names});created;keyid;nonce{given};tag="{TAG}"'


def new_nonce() -> str:
    """32 random characters, for one request."""
    return secrets.token_urlsafe(24)


def raw_signer(key: ec.EllipticCurvePrivateKey) -> SignRaw:
    """Sign with a key in memory: bytes in, r || s out (64 bytes), as a TPM's answer is padded."""

    def sign(message: bytes) -> bytes:
        der = key.sign(message, ec.ECDSA(hashes.SHA256()))
        return bytes(ECDSA_P256_SHA256.signature_from_der(der))

    return sign


@dataclass
class Message:
    """A request as the library wants to see it."""

    method: str
    url: str
    headers: dict[str, str]


_SIGNER: Final = HTTPMessageSigner(signature_algorithm=ECDSA_P256_SHA256)


def sign_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    key_id: str,
    sign_raw: SignRaw,
    created: float | None = None,
    nonce: str | None = None,
) -> dict[str, str]:
    """All headers to send: those given, with the digest of the body and the signature added.

    `url` is absolute; its host and port must be the Host header that is sent. `body` is None for
    a request without content (and `b""` is the same). `sign_raw` gets the signature base and
    returns r || s, 64 bytes. `created` is service time in seconds since 1970: the device's clock
    put right by the `Date` of the last answer; None means this machine's clock.
    """
    sent = dict(headers)
    if body:
        names = {name.lower() for name in sent}
        if "content-type" not in names:
            sent["Content-Type"] = CONTENT_TYPE
    message = Message(method.upper(), url, sent)
    prepared = _SIGNER.prepare(
        message,
        key_id=key_id,
        created=datetime.fromtimestamp(time.time() if created is None else created, UTC),
        nonce=nonce or new_nonce(),
        tag=TAG,
        label=LABEL,
        include_alg=False,
        covered_component_ids=covered(bool(body)),
        body=body or None,
    )
    _SIGNER.apply(message, prepared, sign_raw(prepared.signature_base))
    return message.headers
