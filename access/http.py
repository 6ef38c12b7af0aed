"""Requests as our middleware and the gate leave them to a view. For type checkers only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import http
from django_htmx.middleware import HtmxDetails

from access.gate import Access
from access.held import Held
from access.models import Staff, Tenant
from access.relations import Relations


class OpenRequest(http.HttpRequest):
    """A request of anybody, with what the middleware puts on it."""

    user: Any
    htmx: HtmxDetails
    session_ended: str
    axes_locked_out: bool
    axes_credentials: dict[str, str]


class HttpRequest(OpenRequest):
    """A request that the gate let through: the person gave both factors.

    `relations` and `held_grants` are there for whoever is signed in, `access` under @requires.
    """

    user: Staff
    relations: Relations
    held_grants: Held
    access: Access
    clock: datetime
    region_alias: str
    tenant_in_hand: Tenant
