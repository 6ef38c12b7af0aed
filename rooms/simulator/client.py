"""Talk to the device surface: sign, send, set the clock by the answers.

One `Surface` is shared by all machines; each has its own `Line` with its own keys and clock.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from rooms.device_api.profile import BASE, CONTENT_TYPE, sign_request
from rooms.tpm.soft import SoftTpm

TIMEOUT: Final = httpx.Timeout(20.0, connect=5.0)
BYTES_TYPE: Final = "application/octet-stream"
# `Date` tells whole seconds, and an answer takes its time: less than this is no difference.
DATE_SECONDS: Final = 3.0
GIVEN_NONCE: Final = re.compile(r'nonce="([\x21-\x7e]{16,64})"')
Clock = Callable[[], float]
Json = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """One request as it went out: what an eavesdropper would hold."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What came back to what was `sent`. `code` is a problem's; empty when all went well."""

    status: int
    code: str
    content: Json
    headers: Mapping[str, str]
    sent: Sent

    @property
    def well(self) -> bool:
        """Whether it was done."""
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float:
        """Seconds to wait, if it says so; else 0."""
        said = self.headers.get("Retry-After", "")
        return float(said) if said.isdecimal() else 0.0


class Surface:
    """The device surface at one address. `async with` it."""

    def __init__(self, url: str, connections: int = 8) -> None:
        parts = urlsplit(url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        # no proxies of the environment: simulated devices go where they are sent, or nowhere
        self._http = httpx.AsyncClient(
            timeout=TIMEOUT,
            trust_env=False,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )

    async def __aenter__(self) -> Surface:
        return self

    async def __aexit__(self, *why: object) -> None:
        await self._http.aclose()

    def address(self, path: str) -> str:
        """The absolute address of a path such as reports."""
        return f"{self.origin}{BASE}{path}"

    async def send(self, request: Sent) -> Answer:
        """Send it as it is. httpx.TransportError while the service is away."""
        got = await self._http.request(
            request.method, request.url, headers=request.headers, content=request.body or None
        )
        try:
            content = got.json()
        except ValueError:
            content = {}
        content = content if isinstance(content, dict) else {}
        return Answer(got.status_code, str(content.get("code", "")), content, got.headers, request)


@dataclass
class Line:
    """One machine's connection: its keys, its clock, and how far that is from the service's.

    `clock` is the machine's own, in seconds since 1970; it may be wrong by any amount.
    """

    surface: Surface
    tpm: SoftTpm
    clock: Clock = time.time
    offset: float = 0.0

    def service_time(self) -> datetime:
        """What time it is for the service, as far as the machine knows."""
        return datetime.fromtimestamp(self.clock() + self.offset, UTC)

    async def post(self, path: str, content: Json) -> Answer:
        """Send unsigned JSON."""
        body = json.dumps(content).encode()
        headers = {"Content-Type": CONTENT_TYPE}
        return await self._send(Sent("POST", self.surface.address(path), headers, body))

    async def signed(
        self, method: str, path: str, key_id: str, content: Callable[[], Json] | None = None
    ) -> Answer:
        """Send a signed request; once more when the service says that the clock was wrong.

        `content` is made anew for the second attempt, for it may tell the time.
        """

        def body() -> bytes:
            return json.dumps(content()).encode() if content else b""

        return await self._twice(method, path, key_id, body, CONTENT_TYPE)

    async def signed_bytes(self, method: str, path: str, key_id: str, raw: bytes) -> Answer:
        """Send a signed request with these bytes, and once more like `signed`."""
        return await self._twice(method, path, key_id, lambda: raw, BYTES_TYPE)

    async def _twice(
        self, method: str, path: str, key_id: str, body: Callable[[], bytes], kind: str
    ) -> Answer:
        answer = await self._signed(method, path, key_id, body(), kind, None)
        if answer.code == "clock_skew":
            given = GIVEN_NONCE.search(answer.headers.get("Accept-Signature", ""))
            nonce = given[1] if given else None
            answer = await self._signed(method, path, key_id, body(), kind, nonce)
        return answer

    async def _signed(
        self, method: str, path: str, key_id: str, body: bytes, kind: str, nonce: str | None
    ) -> Answer:
        url = self.surface.address(path)
        created = self.clock() + self.offset
        typed = {"Content-Type": kind} if body else {}
        headers = sign_request(
            method, url, typed, body, key_id, self.tpm.sign, created=created, nonce=nonce
        )
        return await self._send(Sent(method, url, headers, body))

    async def _send(self, request: Sent) -> Answer:
        answer = await self.surface.send(request)
        said = answer.headers.get("Date")
        if said:
            offset = parsedate_to_datetime(said).timestamp() - self.clock()
            if abs(offset - self.offset) > DATE_SECONDS:
                self.offset = offset
        return answer


def blob(raw: bytes) -> str:
    """Bytes as the surface takes them."""
    return base64.b64encode(raw).decode()


def raw_of(text: str) -> bytes:
    """And back. ValueError when it is not base64."""
    return base64.b64decode(text, validate=True)
