"""Microsoft Graph on loopback, and our client of it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnostics.remediation.graph import GraphChannel, GraphClient, GraphConnection, open_http
from tests.diagnostics.remediation.graph_server import (
    CLIENT,
    DIRECTORY,
    SECRET,
    GraphServer,
    certificate,
    running,
)


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
