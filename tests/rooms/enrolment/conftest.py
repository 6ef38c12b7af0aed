"""A room that devices enrol into, and this process as the device surface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from access.models import Tenant
from rooms.models import Room
from tests.factories import furnish
from tests.fleet.small import SmallTenant
from tests.rooms.enrolment.agents import (
    Agent,
    issue_key,
    register,
)


@pytest.fixture
def small(tenant: Tenant) -> SmallTenant:
    """A tenant with rooms."""
    return furnish(tenant)


@pytest.fixture
def room(small: SmallTenant) -> Room:
    """The room that devices enrol into."""
    return small.rooms[0]


@pytest.fixture
def surface(small: SmallTenant, as_device: Callable[[], None], settings: Any) -> None:
    """This process is the device surface: its addresses, its middleware, its database role."""
    settings.ROOT_URLCONF = "portal.urls_device"
    settings.MIDDLEWARE = ["rooms.device_api.middleware.DeviceSurface"]
    as_device()


@pytest.fixture
def agent(tenant: Tenant, room: Room, surface: None) -> Agent:
    """A device whose TPM was registered and that holds an enrolment key."""
    made = Agent(issue_key(tenant, room))
    register(tenant, room, made.tpm.ek_id)
    return made


@pytest.fixture
def rows(superuser: dict[str, psycopg.Connection]) -> Callable[..., list[tuple[Any, ...]]]:
    """Look behind the lock: `rows(sql, values)`."""
    return lambda sql, values=(): superuser["eu"].execute(sql, values).fetchall()
