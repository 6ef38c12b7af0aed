"""The device surface as its own process has it: its addresses, its middleware and its role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from access.models import Tenant
from rooms.device_api import canonical, keys, listening, pace, refusals
from tests.rooms.device_api.devices import Box, enrolled
from tests.rooms.signing import lists

Stored = Callable[[], list[tuple[str, str]]]


@pytest.fixture
def surface(as_device: Callable[[], None], settings: Any) -> None:
    """The addresses and the one middleware of the device surface, under its role."""
    canonical._hosts.clear()
    keys._points.clear()
    pace._looked_at.clear()
    refusals._gathered.clear()
    refusals._written_at.clear()
    listening._waiting.clear()
    as_device()
    # by the fixture, as all tests set settings: two ways would be undone in the wrong order
    settings.ROOT_URLCONF = "portal.urls_device"
    settings.MIDDLEWARE = ["rooms.device_api.middleware.DeviceSurface"]
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.COMMAND_KEY_LISTS = lists()


@pytest.fixture
def box(tenant: Tenant, surface: None) -> Box:
    """An enrolled device in the EU."""
    return enrolled(tenant)


@pytest.fixture
def stored(superuser: dict[str, psycopg.Connection]) -> Stored:
    """Ask what stands in the inbox of the EU: pairs of report id and body."""

    def ask() -> list[tuple[str, str]]:
        rows = superuser["eu"].execute("select report_id::text, body from rooms_reportinbox")
        return rows.fetchall()

    return ask


@pytest.fixture
def counted(superuser: dict[str, psycopg.Connection]) -> Callable[[], dict[str, int]]:
    """Ask how often what was refused in the EU."""

    def ask() -> dict[str, int]:
        rows = superuser["eu"].execute("select code, times from rooms_devicerefusal")
        return dict(rows.fetchall())

    return ask
