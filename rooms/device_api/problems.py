"""What can go wrong on the device surface, as data: each code with its status and its words.

A device decides by the code; a person who reads the log gets a sentence that says what to do.
No answer repeats what was sent, except the name of a field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TYPES: Final = "https://rooms.example/problems/"
MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One kind of problem. `detail` stands where the refusal has no sentence of its own."""

    code: str
    status: int
    title: str
    detail: str
    again: str = "never"

    @property
    def retries(self) -> bool:
        """Whether the answer carries `Retry-After`."""
        return self.status in (429, 500, 503)

    @property
    def signs(self) -> bool:
        """Whether the answer carries `Accept-Signature`."""
        return self.code in ("signature_missing", "signature_invalid", "clock_skew")


KINDS: Final = {
    kind.code: kind
    for kind in (
        # 400: the bytes
        Kind("malformed", 400, "Not JSON", "Send one JSON object, in UTF-8."),
        Kind("duplicate_field", 400, "A field twice", "Send each field once."),
        Kind("too_deep", 400, "Nested too deeply", "Send the schema's own shape."),
        Kind("bad_request", 400, "Bad request", "Send a request as the OpenAPI document says."),
        # 401: the signature
        Kind(
            "signature_missing",
            401,
            "Not signed",
            "Sign the request with the device's key, as the profile says.",
        ),
        Kind(
            "signature_invalid",
            401,
            "Signature refused",
            "Sign this very request, as the profile says, with the key that the keyid names.",
        ),
        Kind(
            "clock_skew",
            401,
            "Signed at another time",
            "Set the offset of the clock by `Date`, sign again with the nonce of"
            " `Accept-Signature`, and send once more.",
            "once, at once",
        ),
        Kind("unknown_key", 401, "Unknown key", "Enrol this device."),
        # 403: the device
        Kind("device_revoked", 403, "Key revoked", "Enrol this device again."),
        Kind(
            "tenant_left",
            403,
            "The tenant has left",
            "Remove the agent: this tenant's data is no longer taken.",
        ),
        Kind(
            "not_enrolled",
            403,
            "Not enrolled",
            "Ask somebody who manages the tenant's devices for a new enrolment key.",
        ),
        # 404, 405
        Kind("not_found", 404, "Not found", "Read the OpenAPI document for the addresses."),
        Kind(
            "method_not_allowed",
            405,
            "Method not allowed",
            "Use one of the methods in `Allow`.",
        ),
        # 409, 410: the state of things
        Kind(
            "replayed",
            409,
            "Nonce used before",
            "Sign again with a new nonce; the same report may be sent again.",
            "at once, with a new nonce",
        ),
        Kind(
            "serial_taken",
            409,
            "Serial taken",
            "Another TPM has this serial: ask somebody who manages the tenant's devices.",
        ),
        Kind(
            "wrong_offset",
            409,
            "Another chunk is due",
            "Go on with the chunk that begins at `offset`.",
            "at once, from `offset`",
        ),
        Kind(
            "wrong_bundle",
            409,
            "Another bundle was announced",
            "Send the bundle that was announced first, or let the order end.",
        ),
        Kind("order_over", 409, "The order is over", "Drop the bundle: nobody waits for it now."),
        Kind(
            "challenge_used", 410, "Challenge used", "Begin the enrolment again.", "from the start"
        ),
        Kind("expired", 410, "Too late", "Begin again.", "from the start"),
        # 413, 415, 422: the content
        Kind("too_large", 413, "Too large", "Send less: the OpenAPI document names the limit."),
        Kind(
            "unsupported_media_type",
            415,
            "Not application/json",
            "Send application/json without a content encoding.",
        ),
        Kind("field_unknown", 422, "Unknown field", "Leave the field out."),
        Kind("field_invalid", 422, "Invalid field", "Send what the schema allows."),
        Kind(
            "content_refused",
            422,
            "Content that is never stored",
            "Send no media, meeting content, chat, contacts, addresses of people or links.",
        ),
        Kind(
            "enrolment_refused",
            403,
            "Enrolment refused",
            "Ask somebody who manages the tenant's devices to look into the record.",
        ),
        # 429, 5xx: ours
        Kind(
            "slow_down",
            429,
            "Too often",
            "Send again after `Retry-After` seconds.",
            "after `Retry-After`",
        ),
        Kind(
            "broken",
            500,
            "Our mistake",
            "Send again after `Retry-After` seconds.",
            "after `Retry-After`",
        ),
        Kind(
            "unavailable",
            503,
            "Not available",
            "Nothing was stored. Send again after `Retry-After` seconds.",
            "after `Retry-After`",
        ),
    )
}


class Refused(Exception):
    """A request that gets a problem for an answer.

    `code` is one of KINDS. `sentence` says what to do, and nothing of what was sent. `field` names
    the field at fault, `kind` the kind of content that was found. `retry_after` (seconds),
    `accept` (Accept-Signature) and `allow` become headers. `offset` is where an upload goes on.
    """

    def __init__(
        self,
        code: str,
        sentence: str = "",
        field: str = "",
        *,
        kind: str = "",
        retry_after: int | None = None,
        accept: str = "",
        allow: str = "",
        offset: int | None = None,
    ) -> None:
        self.problem = KINDS[code]
        self.code = code
        self.sentence = sentence or self.problem.detail
        self.field = field
        self.kind = kind
        self.retry_after = retry_after
        self.accept = accept
        self.allow = allow
        self.offset = offset
        super().__init__(code)

    def headers(self) -> dict[str, str]:
        """What the answer carries besides its document."""
        named = {
            "Retry-After": "" if self.retry_after is None else str(self.retry_after),
            "Accept-Signature": self.accept,
            "Allow": self.allow,
        }
        return {name: value for name, value in named.items() if value}

    def document(self) -> dict[str, str | int]:
        """The members of the problem document (RFC 9457)."""
        members: dict[str, str | int] = {
            "type": TYPES + self.code,
            "title": self.problem.title,
            "status": self.problem.status,
            "detail": self.sentence,
            "code": self.code,
        }
        if self.field:
            members["field"] = self.field
        if self.kind:
            members["kind"] = self.kind
        if self.offset is not None:
            members["offset"] = self.offset
        return members
