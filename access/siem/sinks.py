"""Where events go: a file, a syslog receiver over TLS, a webhook over HTTPS.

`send` returns only when the receiver has the lines; anything else raises Undelivered, and the
same lines are sent again later.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx

from access.siem.events import LogEvent

TIMEOUT_SECONDS: Final = 10.0
# RFC 5424, 6.2.1: facility 13 (log audit), severity 6 (informational).
PRIORITY: Final = 13 * 8 + 6


class Undelivered(Exception):
    """The receiver did not take the lines; the reason is fit for a log line."""


class Sink(Protocol):
    """Takes rendered lines with their events, in order."""

    def send(self, lines: Sequence[tuple[LogEvent, str]]) -> None:
        """Hand all of them over, or raise Undelivered."""


@dataclass(frozen=True)
class FileSink:
    """One line an event, appended and forced to disk."""

    path: Path

    def send(self, lines: Sequence[tuple[LogEvent, str]]) -> None:
        """Append; a line half-written by a crash is followed by whole ones, never joined."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "rb+", buffering=0) as file:
                end = file.seek(0, os.SEEK_END)
                whole = end == 0 or os.pread(descriptor, 1, end - 1) == b"\n"
                text = "".join(f"{line}\n" for _, line in lines)
                file.write(("" if whole else "\n").encode() + text.encode())
                os.fsync(descriptor)
        except OSError as error:
            raise Undelivered(f"{self.path}: {error.strerror}") from error


@dataclass(frozen=True)
class SyslogSink:
    """RFC 5424 messages over TLS with octet counting (RFC 5425, section 4.3.1)."""

    host: str
    port: int
    authorities: str = ""

    def send(self, lines: Sequence[tuple[LogEvent, str]]) -> None:
        """One connection a batch; syslog has no answer, so a clean close is all there is."""
        trust = ssl.create_default_context(cafile=self.authorities or None)
        trust.minimum_version = ssl.TLSVersion.TLSv1_2
        address = (self.host, self.port)
        try:
            with (
                socket.create_connection(address, TIMEOUT_SECONDS) as plain,
                trust.wrap_socket(plain, server_hostname=self.host) as line,
            ):
                line.sendall(b"".join(framed(event, text) for event, text in lines))
                line.unwrap()
        except OSError as error:  # ssl.SSLError is one
            raise Undelivered(f"syslog at {self.host}:{self.port}: {error}") from error


def framed(event: LogEvent, text: str) -> bytes:
    """One message with its length in front."""
    at = event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = f"<{PRIORITY}>1 {at} rooms-ops audit - {event.type[:32]} - {text}".encode()
    return b"%d %s" % (len(message), message)


@dataclass(frozen=True)
class WebhookSink:
    """Lines as newline-delimited JSON, posted over HTTPS; any 2xx is taken as received."""

    url: str
    token: str = ""
    authorities: str = ""

    def send(self, lines: Sequence[tuple[LogEvent, str]]) -> None:
        """Post a batch. A redirect is not followed: the record goes where it was told to."""
        first, last = lines[0][0], lines[-1][0]
        headers = {
            "content-type": "application/x-ndjson",
            "x-rooms-log": first.log,
            "x-rooms-positions": f"{first.position}-{last.position}",
        }
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        verify = ssl.create_default_context(cafile=self.authorities or None)
        body = "".join(f"{text}\n" for _, text in lines)
        host = urlsplit(self.url).hostname
        try:
            answer = httpx.post(
                self.url, content=body, headers=headers, timeout=TIMEOUT_SECONDS, verify=verify
            )
        except httpx.HTTPError as error:
            raise Undelivered(f"webhook at {host}: {error}") from error
        if not answer.is_success:
            raise Undelivered(f"webhook at {host} answered {answer.status_code}")
