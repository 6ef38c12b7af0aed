"""Tokens of our application, by msal: client credentials, kept until they end."""

from __future__ import annotations

from typing import Any

import httpx
import msal
from msal.exceptions import MsalError

from diagnostics.remediation.graph.connection import GraphConnection
from diagnostics.remediation.graph.problems import Away, Refused


class Tokens:
    """The tokens of one connection. Made when first needed: msal asks the directory then."""

    def __init__(self, connection: GraphConnection, http: httpx.Client) -> None:
        self.connection = connection
        self.http = http
        self._app: Any = None  # msal has no types of its own

    def token(self, *, fresh: bool = False) -> str:
        """A token, kept or new. Raises Refused when we are not let in, Away when nobody answers."""
        try:
            if self._app is None:
                self._app = self._new_app()
            if fresh:
                self._app.remove_tokens_for_client()
            answer = self._app.acquire_token_for_client([self.connection.scope])
        except (httpx.TransportError, MsalError) as error:
            raise Away("The sign-in service does not answer.") from error
        except ValueError as error:
            # msal's word for a directory that does not exist, and for an answer that is no JSON
            raise Refused("The directory does not know this sign-in.", code="directory") from error
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            code = str((answer or {}).get("error", "unknown"))[:40]
            raise Refused("The sign-in of our application was refused.", code=code)
        return token

    def _new_app(self) -> Any:
        """The host is given by our own settings, so nobody is asked whether it is Microsoft's."""
        return msal.ConfidentialClientApplication(
            self.connection.client_id,
            authority=self.connection.authority,
            client_credential=self.connection.secret,
            instance_discovery=False,
            http_client=self.http,
        )
