"""The calls of Microsoft Graph that we use, one method each, over httpx.

A token goes to the one configured origin and nowhere else, whatever an answer says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from diagnostics.remediation.graph.connection import GraphConnection
from diagnostics.remediation.graph.operations import Operation, Work, read_operation
from diagnostics.remediation.graph.problems import (
    Away,
    Conflict,
    GraphError,
    NotThere,
    Odd,
    Refused,
    Throttled,
    Unsure,
)
from diagnostics.remediation.graph.tokens import Tokens

MOST_PAGES: Final = 200
# What to wait when it is not told how long, and the longest that is believed.
WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)
_LOCATION: Final = re.compile(r"/teamwork/devices/([^/?#]+)/operations/([A-Za-z0-9_.-]{1,80})")


class GraphClient:
    """One tenant's teamwork devices."""

    def __init__(self, connection: GraphConnection, http: httpx.Client, tokens: Tokens) -> None:
        self.connection = connection
        self.http = http
        self.tokens = tokens

    @classmethod
    def of(cls, connection: GraphConnection, http: httpx.Client) -> GraphClient:
        """With tokens of its own."""
        return cls(connection, http, Tokens(connection, http))

    def devices(self) -> Iterator[Mapping[str, Any]]:
        """All devices of the tenant, as Graph tells them."""
        yield from self._pages("/teamwork/devices")

    def operations(self, device: str) -> list[Operation]:
        """All operations of a device that Graph still knows, in its order."""
        path = f"/teamwork/devices/{quote(device, safe='')}/operations"
        return [read_operation(one) for one in self._pages(path)]

    def operation(self, device: str, operation: str) -> Operation:
        """One operation."""
        path = f"/teamwork/devices/{quote(device, safe='')}/operations/{quote(operation, safe='')}"
        return read_operation(_content(self._get(self.connection.base + path)))

    def start(self, device: str, work: Work) -> str:
        """Ask for an operation; its id. Raises Unsure when it may have been taken without one."""
        url = f"{self.connection.base}/teamwork/devices/{quote(device, safe='')}/{work.verb}"
        answer = self._post(url, work.body)
        if answer.status_code != 202:
            raise Unsure(f"An answer {answer.status_code} that is not documented.")
        found = _LOCATION.search(answer.headers.get("location", ""))
        if found is None or found[1] != quote(device, safe=""):
            raise Unsure("It was accepted, and not said as which operation.")
        return found[2]

    def _pages(self, path: str) -> Iterator[Mapping[str, Any]]:
        """The members of a collection, page after page. Raises Odd for a list without end."""
        url: str | None = self.connection.base + path
        seen: set[str] = set()
        while url is not None:
            if url in seen or len(seen) >= MOST_PAGES:
                raise Odd("A list of Microsoft Graph has no end.")
            seen.add(url)
            content = _content(self._get(url))
            members = content.get("value")
            if not isinstance(members, list):
                raise Odd("A list of Microsoft Graph has no members.")
            yield from members
            url = self._next(content.get("@odata.nextLink"))

    def _next(self, link: object) -> str | None:
        """The next page, if there is one and it is where our token may go."""
        if link is None:
            return None
        parts = urlsplit(str(link))
        if f"{parts.scheme}://{parts.netloc}" != self.connection.origin:
            raise Odd("A list of Microsoft Graph goes on elsewhere.")
        return str(link)

    def _get(self, url: str) -> httpx.Response:
        """Read. Nothing is changed by it, so whatever goes wrong, trying again is safe."""
        try:
            answer = self._send("GET", url, None)
        except httpx.TransportError as error:
            raise Away("Microsoft Graph does not answer.") from error
        if answer.status_code >= 500 and answer.status_code != 503:
            raise Away(f"Microsoft Graph answers {answer.status_code}.", **_named(answer))
        return _checked(answer)

    def _post(self, url: str, body: Mapping[str, Any] | None) -> httpx.Response:
        """Change. What is not surely refused may have been done."""
        try:
            answer = self._send("POST", url, body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Away("Microsoft Graph is not reached.") from error
        except httpx.TransportError as error:
            raise Unsure("No answer came back.") from error
        told_to_wait = answer.status_code == 503 and "retry-after" in answer.headers
        if answer.status_code >= 500 and not told_to_wait:
            raise Unsure(f"Microsoft Graph answers {answer.status_code}.", **_named(answer))
        return _checked(answer)

    def _send(self, method: str, url: str, body: Mapping[str, Any] | None) -> httpx.Response:
        """One call; a second one with a fresh token where the first was not let in."""
        answer = self._once(method, url, body, self.tokens.token())
        if answer.status_code == 401:
            answer = self._once(method, url, body, self.tokens.token(fresh=True))
        return answer

    def _once(
        self, method: str, url: str, body: Mapping[str, Any] | None, token: str
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if body is None:
            return self.http.request(method, url, headers=headers)
        return self.http.request(method, url, headers=headers, json=dict(body))


def _content(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer. Raises Odd."""
    try:
        content = answer.json()
    except ValueError as error:
        raise Odd("An answer of Microsoft Graph is no JSON.") from error
    if not isinstance(content, dict):
        raise Odd("An answer of Microsoft Graph is no object.")
    return content


def _named(answer: httpx.Response) -> dict[str, str]:
    """Graph's code of an error and its id of the request, cut to what is safe to keep."""
    code = ""
    try:
        error = answer.json().get("error")
        code = str(error.get("code", "")) if isinstance(error, dict) else ""
    except (ValueError, AttributeError):
        pass  # an error without a body that says more
    kept = re.sub(r"[^A-Za-z0-9_.-]", "", code)[:60]
    request_id = re.sub(r"[^A-Za-z0-9-]", "", answer.headers.get("request-id", ""))[:40]
    return {"code": kept, "request_id": request_id}


def _checked(answer: httpx.Response) -> httpx.Response:
    """The answer if it is a success. Raises what its status stands for."""
    status = answer.status_code
    if 200 <= status < 300:
        return answer
    named = _named(answer)
    if status in (429, 503):
        raise Throttled(wait_of(answer.headers.get("retry-after")), **named)
    kinds: dict[int, type[GraphError]] = {409: Conflict, 404: NotThere}
    kind = kinds.get(status, Refused if 400 <= status < 500 else Odd)
    raise kind(f"Microsoft Graph answers {status}.", **named)


def wait_of(told: str | None, now: datetime | None = None) -> timedelta:
    """What Retry-After says: seconds or a date; 30 s where it says nothing, an hour at most."""
    if told is None:
        return WAIT
    if told.strip().isascii() and told.strip().isdigit():
        return min(timedelta(seconds=int(told.strip()[:9])), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(told)
    except (ValueError, TypeError):
        return WAIT
    if until.tzinfo is None:
        return WAIT
    left = until - (now or datetime.now(UTC))
    return min(max(left, timedelta()), LONGEST_WAIT)
