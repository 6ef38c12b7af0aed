"""The destinations that the settings name: `name format address`, one a line or by semicolons.

For example `soc ocsf https://siem.example/in`, `flat cef syslog+tls://logs.example:6514`,
`copy m365 file:///var/log/rooms/audit.jsonl`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from access.siem import cef, m365, ocsf
from access.siem.events import LogEvent
from access.siem.sinks import FileSink, Sink, SyslogSink, WebhookSink

FORMATS: Final[dict[str, Callable[[LogEvent], str]]] = {
    "ocsf": ocsf.render,
    "cef": cef.render,
    "m365": m365.render,
}
SYSLOG_PORT: Final = 6514  # RFC 5425, section 4.1


@dataclass(frozen=True)
class Destination:
    """One receiver: its name, by which its place is remembered, its format and its sink."""

    name: str
    render: Callable[[LogEvent], str]
    sink: Sink


def parse(text: str, *, token: str = "", authorities: str = "") -> list[Destination]:
    """All destinations of a setting. Raises ImproperlyConfigured with what is wrong."""
    lines = [line.split() for line in text.replace(";", "\n").splitlines() if line.strip()]
    found = [_destination(words, token, authorities) for words in lines]
    names = [one.name for one in found]
    if len(set(names)) != len(names):
        raise ImproperlyConfigured("SIEM_DESTINATIONS names a destination twice.")
    return found


def _destination(words: list[str], token: str, authorities: str) -> Destination:
    if len(words) != 3:
        raise ImproperlyConfigured(
            f"SIEM_DESTINATIONS: {' '.join(words)!r} is not `name format address`."
        )
    name, style, address = words
    if style not in FORMATS:
        raise ImproperlyConfigured(
            f"SIEM_DESTINATIONS: {style!r} is no format; there are {', '.join(FORMATS)}."
        )
    return Destination(name, FORMATS[style], _sink(address, token, authorities))


def _sink(address: str, token: str, authorities: str) -> Sink:
    url = urlsplit(address)
    if url.scheme == "file" and url.path.startswith("/"):
        return FileSink(Path(url.path))
    if url.scheme == "syslog+tls" and url.hostname:
        return SyslogSink(url.hostname, url.port or SYSLOG_PORT, authorities)
    if url.scheme == "https" and url.hostname:
        return WebhookSink(address, token, authorities)
    raise ImproperlyConfigured(
        f"SIEM_DESTINATIONS: {address!r} is not file:///path, syslog+tls://host:port or https://…"
    )
