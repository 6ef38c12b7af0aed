"""A house to live in, and the worker's role for whatever drains it."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from access.models import Tenant
from tests.conftest import HeldClock
from tests.plugins.cluster import WorkerCluster
from tests.rooms.drain.house import House


@pytest.fixture
def house(
    tenant: Tenant,
    held_clock: HeldClock,
    superuser: dict[str, psycopg.Connection],
    cluster: WorkerCluster,
    as_worker: Callable[[], None],
) -> House:
    """A site of a tenant in the EU; this process is the worker from here on."""
    built = House(tenant, held_clock, superuser["eu"], cluster.url("eu", "rooms_device")).build()
    as_worker()
    return built
