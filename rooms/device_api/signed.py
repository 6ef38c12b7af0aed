"""Know a device by the signature of its request, in the order in which a stranger costs least.

Size and headers come first, then the time of the signature, the key, the signature itself; the
nonce is spent with the work, in one transaction, so that a forger can burn nobody's nonce.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import http_sf
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from django.conf import settings
from django.core.exceptions import DisallowedHost
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
)
from http_message_signatures.algorithms import ECDSA_P256_SHA256

from access.gate import by_device
from rooms.device_api import canonical, door, profile
from rooms.device_api.keys import device_key
from rooms.device_api.problems import Refused

if TYPE_CHECKING:
    from django.http import HttpRequest

    from access.gate import View

JSON: Final = "application/json"
MOST_HEADER: Final = 1024
_NAME: Final = re.compile(r"([a-z]{2,8})\.([A-Za-z0-9_-]{8,64})")
_NONCE: Final = re.compile(
    rf"[\x21-\x7e]{{{profile.SHORTEST_NONCE},{profile.LONGEST_NONCE}}}"  # printable, no spaces
)
_PARAMETERS: Final = {"created", "keyid", "nonce", "tag"}

# What a key of that name is verified with: the region and the name go in.
FindKey = Callable[[str, str], EllipticCurvePublicKey]
# Refuses work for a region, before anything has been spent on it.
Admit = Callable[[str], None]


class Signed(NamedTuple):
    """A request whose signature held. The nonce is not spent yet."""

    region: str
    key_name: str
    nonce: str
    body: bytes


class Claim(NamedTuple):
    """What the signature headers say, before anything is believed."""

    region: str
    key_name: str
    nonce: str
    created: int
    plain: canonical.Plain | None = None


def signed_by_device(
    *,
    method: str,
    most: int = 0,
    reason: str,
    kind: str = JSON,
    find_key: FindKey = device_key,
    admit: Admit | None = None,
) -> Callable[[View], View]:
    """A view for a device: it is called with the request and what was `Signed`.

    `most` is the largest body in bytes; 0 means that none is taken. `kind` is its media type.
    """
    check = partial(verified, method=method, most=most, kind=kind, find_key=find_key, admit=admit)
    return by_device(check, reason=reason)


def verified(
    request: HttpRequest,
    *,
    method: str,
    most: int,
    kind: str,
    find_key: FindKey,
    admit: Admit | None,
) -> Signed:
    """What was signed. Refused: method_not_allowed, too_large, unsupported_media_type,
    signature_missing, signature_invalid, clock_skew, what `admit` and `find_key` refuse."""
    allow(request, method)
    body = content(request, most, kind)
    claim = claimed(request)
    request.device_region = claim.region  # type: ignore[attr-defined] # where refusals are counted
    refuse_other_time(claim.created, door.service_time(claim.region))
    if admit is not None:
        admit(claim.region)
    verify(request, claim, body, find_key(claim.region, claim.key_name))
    return Signed(claim.region, claim.key_name, claim.nonce, body)


def allow(request: HttpRequest, method: str) -> None:
    """Refused with `Allow` when the method is another."""
    if request.method != method:
        raise Refused("method_not_allowed", f"Use {method}.", allow=method)


def content(request: HttpRequest, most: int, wanted: str = JSON) -> bytes:
    """The body, once its length and type are known to be right."""
    meta = request.META
    length = meta.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit():
        raise Refused("bad_request", "Send a Content-Length.")
    if int(length[:12]) > most:
        raise Refused("too_large", f"Send at most {most:,} bytes." if most else "Send no content.")
    if "HTTP_CONTENT_ENCODING" in meta:
        raise Refused("unsupported_media_type", "Send no Content-Encoding.")
    if length == "0":
        return b""
    kind = meta.get("CONTENT_TYPE", "").lower().replace(" ", "")
    if kind not in (wanted, f"{wanted};charset=utf-8"):
        raise Refused("unsupported_media_type", f"Send {wanted} without a content encoding.")
    # At most what was announced, which is not too much: none of Django's own limits is needed.
    return request.read(int(length))


def claimed(request: HttpRequest) -> Claim:
    """Read the one signature that there must be."""
    what, how = (request.META.get(name, "") for name in ("HTTP_SIGNATURE_INPUT", "HTTP_SIGNATURE"))
    if not what or not how:
        raise Refused("signature_missing", accept=profile.accept_signature())
    if len(what) > MOST_HEADER or len(how) > MOST_HEADER:
        raise _invalid("The signature headers are too long.")
    has_body = request.META.get("CONTENT_LENGTH", "0") not in ("", "0")
    plain = canonical.read(what, how, has_body)
    if plain is not None:
        return _claim(plain.created, plain.key_name, plain.nonce, plain)
    return _parsed(what, profile.covered(has_body))


def _parsed(what: str, needed: tuple[str, ...]) -> Claim:
    """The claim of a signature that is spelled in its own way."""
    try:
        members: Any = http_sf.parse(what.encode(), tltype="dictionary", on_duplicate_key=_once)
        ((_, (components, parameters)),) = members.items()
        covered = {name for name, _ in components}
    except (ValueError, TypeError):
        raise _invalid("Send one signature with a list of what it covers.") from None
    if covered != set(needed) or len(components) != len(needed):
        raise _invalid(f"Sign exactly these: {' '.join(needed)}.")
    if set(parameters) != _PARAMETERS or parameters["tag"] != profile.TAG:
        raise _invalid(f'Give created, keyid, nonce and tag="{profile.TAG}", and nothing else.')
    created, name, nonce = (parameters[key] for key in ("created", "keyid", "nonce"))
    if type(created) is not int:
        raise _invalid("`created` is service time in whole seconds.")
    if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
        raise _invalid("`nonce` is 16 to 64 printable characters without spaces.")
    return _claim(created, name if isinstance(name, str) else "", nonce)


def _claim(created: int, name: str, nonce: str, plain: canonical.Plain | None = None) -> Claim:
    """The region is in the name of the key."""
    parts = _NAME.fullmatch(name)
    if parts is None or parts[1] not in settings.PORTAL_REGIONS:
        raise Refused("unknown_key")
    return Claim(parts[1], name, nonce, created, plain)


def refuse_other_time(created: int, now: float) -> None:
    """Refused: clock_skew, with a nonce for the one new attempt, outside of the window."""
    newest = now + profile.SKEW.total_seconds()
    oldest = now - profile.WINDOW.total_seconds() - profile.SKEW.total_seconds()
    if not oldest <= created <= newest:
        raise Refused("clock_skew", accept=profile.accept_signature(profile.new_nonce()))


def verify(request: HttpRequest, claim: Claim, body: bytes, key: EllipticCurvePublicKey) -> None:
    """Refused: signature_invalid, unless the key signed this method, address and body."""
    try:
        base = canonical.base(claim.plain, request, body) if claim.plain else None
    except DisallowedHost:
        raise _invalid() from None
    if claim.plain is None or base is None:
        verify_by_library(request, body, key)
    elif not canonical.holds(claim.plain, base, key):
        raise _invalid()


def verify_by_library(request: HttpRequest, body: bytes, key: EllipticCurvePublicKey) -> None:
    """The same for any spelling that RFC 9421 allows."""
    try:
        url = f"{request.scheme}://{request.get_host()}{request.get_full_path()}"
        message = profile.Message(request.method or "", url, _headers(request))
        results = _Verifier(
            signature_algorithm=ECDSA_P256_SHA256, key_resolver=_OneKey(key)
        ).verify(
            message,
            max_age=profile.WINDOW,
            expect_tag=profile.TAG,
            require_components=profile.covered(bool(body)),
            body=body,
        )
    except (HTTPMessageSignaturesException, DisallowedHost):
        raise _invalid() from None
    if len(results) != 1:
        raise _invalid()


class _Verifier(HTTPMessageVerifier):
    """Time is judged before the key is looked up, and by the database's clock."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Judged already."""


class _OneKey(HTTPSignatureKeyResolver):
    """The library asks by name; the claim was held against the region's keys already."""

    def __init__(self, key: EllipticCurvePublicKey) -> None:
        self.key = key

    def resolve_public_key(self, name: str) -> EllipticCurvePublicKey:
        """The key that the name was looked up for."""
        return self.key


def _headers(request: HttpRequest) -> dict[str, str]:
    """The headers that a signature may cover, and those that carry it."""
    meta = request.META
    named = {
        "Signature-Input": meta["HTTP_SIGNATURE_INPUT"],
        "Signature": meta["HTTP_SIGNATURE"],
        "Content-Type": meta.get("CONTENT_TYPE", ""),
        "Content-Digest": meta.get("HTTP_CONTENT_DIGEST", ""),
    }
    return {name: value for name, value in named.items() if value}


def _once(name: str, context: str) -> None:
    raise ValueError(name)


def _invalid(sentence: str = "") -> Refused:
    return Refused("signature_invalid", sentence, accept=profile.accept_signature())
