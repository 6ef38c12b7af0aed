"""Microsoft Graph on loopback, and our client of it; and attackers on the queue of a tenant."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from access.residency import region
from diagnostics.remediation.graph import GraphChannel, GraphClient, GraphConnection, open_http
from rooms.models import Device
from tests.architecture import canaries
from tests.architecture.attack import Attacker
from tests.diagnostics.remediation.graph_server import (
    CLIENT,
    DIRECTORY,
    SECRET,
    GraphServer,
    certificate,
    running,
)
from tests.diagnostics.remediation.guarded import Guarded


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("graph"))


@pytest.fixture
def server(tls) -> Iterator[GraphServer]:
    with running(tls) as made:
        yield made


@pytest.fixture
def connection(server) -> GraphConnection:
    return GraphConnection(
        DIRECTORY, CLIENT, SECRET, base=f"{server.origin}/beta", login=server.origin
    )


@pytest.fixture
def client(connection, tls) -> Iterator[GraphClient]:
    with open_http(ssl.create_default_context(cafile=str(tls[0]))) as http:
        yield GraphClient.of(connection, http)


@pytest.fixture
def channel(client) -> GraphChannel:
    return GraphChannel(client)


@pytest.fixture
def works(as_worker: Callable[[], None], as_web: Callable[[], None]) -> Callable[..., Any]:
    """`works(job)`: do a job of the region as the worker; what it answers."""

    def run(job: Callable[[str], Any]) -> Any:
        as_worker()
        try:
            return job("eu")
        finally:
            as_web()

    return run


@pytest.fixture
def guarded(tenant, asha, bo, bea, db, cluster, superuser) -> Iterator[Guarded]:
    """A tenant with two rooms, and connections that run any SQL as a page and as a worker."""
    canaries.plant(tenant, "Quartzite")
    with region("eu"):
        devices = Device.objects.using("eu_owner").select_related("room")
        mine = list(devices.filter(tenant_id=tenant.pk).order_by("room__reference"))
    lines = [
        psycopg.connect(cluster.url("eu", role), autocommit=True)
        for role in ("rooms_web", "rooms_worker", "rooms_owner")
    ]
    web, work, owner = lines
    yield Guarded(tenant, asha, bo, bea, mine, Attacker(web), work, owner, superuser["eu"])
    for line in lines:
        line.close()
