"""The common spelling of our profile, checked without a parser: see docs/adr/0011.

Nearly all devices write the signature headers exactly as `profile.sign_request` does. For those
the signature base is put together here; whatever is spelled otherwise goes to the library, which
takes any correct spelling. A test holds that both agree.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from rooms.device_api import profile

if TYPE_CHECKING:
    from django.http import HttpRequest

_ALGORITHM: Final = ECDSA(hashes.SHA256())
_INPUT: Final = {
    has_body: re.compile(
        r"([a-z][a-z0-9]{0,15})=(\("
        + " ".join(f'"{name}"' for name in profile.covered(has_body))
        + r'\);created=([0-9]{1,12});keyid="([A-Za-z0-9._-]{1,80})"'
        + f';nonce="([A-Za-z0-9+/=_-]{{{profile.SHORTEST_NONCE},{profile.LONGEST_NONCE}}})"'
        + f';tag="{profile.TAG}")'
    )
    for has_body in (False, True)
}
_SIGNATURE: Final = re.compile(r"([a-z][a-z0-9]{0,15})=:([A-Za-z0-9+/]{86}==):")
# Names of this surface that Django has allowed, and how they are signed.
_MOST_HOSTS: Final = 100
_hosts: Final[dict[str, str]] = {}
_PLAIN: Final = re.compile(r"[!-~]*")


class Plain(NamedTuple):
    """A signature in the common spelling. `parameters` is the text that is signed."""

    parameters: str
    created: int
    key_name: str
    nonce: str
    signature: bytes


def read(what: str, how: str, has_body: bool) -> Plain | None:
    """The headers Signature-Input and Signature, or None when they are spelled otherwise."""
    found, signature = _INPUT[has_body].fullmatch(what), _SIGNATURE.fullmatch(how)
    if found is None or signature is None or found[1] != signature[1]:
        return None
    return Plain(found[2], int(found[3]), found[4], found[5], b64decode(signature[2]))


def base(plain: Plain, request: HttpRequest, body: bytes) -> bytes | None:
    """The bytes that were signed, or None when the library has to look at this request.

    The method, host and path of the request have been matched by Django; its content type is one
    of two that we take.
    """
    meta = request.META
    query, path = meta.get("QUERY_STRING", ""), request.path
    host = _host_of(request)
    if host is None or not _PLAIN.fullmatch(query + path) or "%" in path:
        return None
    lines = (
        f'"@method": {request.method}\n"@authority": {host}\n"@path": {path}\n"@query": ?{query}\n'
    )
    if not body and "HTTP_CONTENT_DIGEST" in meta:
        return None
    if body:
        digest = f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"
        if meta.get("HTTP_CONTENT_DIGEST") != digest:
            return None
        lines += f'"content-type": {meta["CONTENT_TYPE"].strip()}\n"content-digest": {digest}\n'
    lines += f'"@signature-params": {plain.parameters}'
    return lines.encode()


def _host_of(request: HttpRequest) -> str | None:
    """The host as it is signed; None for one that is spelled in another way as well.

    Raises DisallowedHost.
    """
    named = request.META.get("HTTP_HOST", "")
    host = _hosts.get(named)
    if host is None:
        host = request.get_host().lower()
        if host.rpartition(":")[2] in ("80", "443") or not _PLAIN.fullmatch(host):
            return None
        if len(_hosts) < _MOST_HOSTS and host == named.lower():
            _hosts[named] = host
    return host


def holds(plain: Plain, signed: bytes, key: EllipticCurvePublicKey) -> bool:
    """Whether the key made this signature (r || s) over these bytes."""
    r, s = (int.from_bytes(half) for half in (plain.signature[:32], plain.signature[32:]))
    try:
        key.verify(encode_dss_signature(r, s), signed, _ALGORITHM)
    except InvalidSignature:
        return False
    return True
