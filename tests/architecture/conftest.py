"""An attacker on each role's connection, and two tenants' rows to steal."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest

from access.models import Staff, Tenant
from tests.architecture import canaries
from tests.architecture.attack import Attacker, Token
from tests.architecture.canaries import Planted
from tests.diagnostics.conftest import vault
from tests.plugins.cluster import WorkerCluster

Connect = Callable[..., Attacker]
# Keys and a storage, as the tests of diagnostic data have them.
__all__ = ["vault"]


@pytest.fixture
def connect(cluster: WorkerCluster, db: None) -> Iterator[Connect]:
    """Log in as a role into a database: `connect("rooms_web", "eu")`."""
    opened: list[psycopg.Connection] = []

    def log_in(role: str = "rooms_web", alias: str = "eu") -> Attacker:
        opened.append(psycopg.connect(cluster.url(alias, role), autocommit=True))
        return Attacker(opened[-1])

    yield log_in
    for line in opened:
        line.close()


@pytest.fixture
def web(connect: Connect) -> Attacker:
    """The attacker's connection as rooms_web in the EU."""
    return connect("rooms_web", "eu")


@pytest.fixture
def ours(tenant: Tenant) -> Planted:
    """Rows of the tenant that asha works for."""
    return canaries.plant(tenant, "Quartzite")


@pytest.fixture
def theirs(other_tenant: Tenant) -> Planted:
    """Rows of the tenant that asha has nothing to do with."""
    return canaries.plant(other_tenant, "Obsidian")


@dataclass
class Hand:
    """Asha with a live grant: her connection and the context that the gate would sign for her."""

    web: Attacker
    token: Token
    event: uuid.UUID


@pytest.fixture
def asha_in(
    web: Attacker,
    asha: Staff,
    tenant: Tenant,
    ours: Planted,
    theirs: Planted,
    superuser: dict[str, psycopg.Connection],
) -> Hand:
    """Asha holds a live grant for the whole of her tenant; the other tenant's rows stand beside."""
    canaries.grant_row(asha, tenant)
    event = canaries.event_row(superuser["eu"], asha, tenant)
    return Hand(web, canaries.token_of(asha, tenant, web.pid, event), event)
