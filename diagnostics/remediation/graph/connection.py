"""Where and as whom a tenant's Graph is reached."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx

BASE: Final = "https://graph.microsoft.com/beta"
LOGIN: Final = "https://login.microsoftonline.com"
TIMEOUT: Final = httpx.Timeout(20.0, connect=5.0)  # seconds


@dataclass(frozen=True)
class GraphConnection:
    """One tenant's directory and our application in it.

    `secret` is the application's; it is never shown. `base` and `login` name other hosts in the
    national clouds and in tests; both are HTTPS, ValueError otherwise.
    """

    directory: str
    client_id: str
    secret: str = field(repr=False)
    base: str = BASE
    login: str = LOGIN

    def __post_init__(self) -> None:
        for url in (self.base, self.login):
            if urlsplit(url).scheme != "https" or not urlsplit(url).hostname:
                raise ValueError("Microsoft Graph is reached by HTTPS only.")

    @property
    def authority(self) -> str:
        """Who hands out tokens of this directory."""
        return f"{self.login}/{self.directory}"

    @property
    def origin(self) -> str:
        """The only place to which a token is ever sent."""
        parts = urlsplit(self.base)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def scope(self) -> str:
        """What the token is for: everything that the directory's administrator agreed to."""
        return f"{self.origin}/.default"


def open_http(trust: ssl.SSLContext | bool = True) -> httpx.Client:
    """A client that follows no redirect and reads no settings of the machine."""
    return httpx.Client(timeout=TIMEOUT, verify=trust, follow_redirects=False, trust_env=False)
