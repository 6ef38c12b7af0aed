"""A device surface in a process of its own, as in production, and a fleet that may enrol there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from access.residency import REGIONS
from diagnostics.vault import intake
from portal.demo.trouble import free_port
from tests.conftest import ALIASES
from tests.plugins.cluster import ROOT, WorkerCluster
from tests.rooms.signing import lists, sign_as_worker
from tests.rooms.simulator.runs import ROOMS, Runs

# Devices report once a second, and a fifth of that is the least.
MINUTE = "0.2"
Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def intake_keys() -> dict[str, tuple[str, str]]:
    """By region the private and the public half of the keys to which chunks are sealed."""
    return {region: intake.make_pair() for region in REGIONS}


@pytest.fixture(scope="session")
def bundles_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the device surface stores what is uploaded."""
    return tmp_path_factory.mktemp("bundles")


@pytest.fixture(scope="session")
def device_surface(
    cluster: WorkerCluster,
    tmp_path_factory: pytest.TempPathFactory,
    intake_keys: dict[str, tuple[str, str]],
    bundles_dir: Path,
) -> Iterator[Callable[[], str]]:
    """Ask where the device surface answers; it runs as rooms_device for the whole session.

    A connection that was cut costs a device one request, so where a test has made databases anew
    there is another process.
    """
    with ExitStack() as running:
        urls: dict[int, str] = {}

        def ask() -> str:
            if cluster.restored not in urls:
                running.close()
                served = serving(
                    cluster, tmp_path_factory.mktemp("device"), intake_keys, bundles_dir
                )
                urls[cluster.restored] = running.enter_context(served)
            return urls[cluster.restored]

        yield ask


@pytest.fixture
def device_url(device_surface: Callable[[], str]) -> str:
    """Where the device surface answers."""
    return device_surface()


@contextmanager
def serving(
    cluster: WorkerCluster,
    folder: Path,
    intake_keys: dict[str, tuple[str, str]],
    bundles_dir: Path,
) -> Iterator[str]:
    """A process of the device surface; its address."""
    port, log = free_port(), folder / "device.log"
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1"]
    command += ["--blocking-threads", "2", "--no-ws", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("w") as sink:
        process = subprocess.Popen(
            [*command, "portal.device_wsgi:application"],
            cwd=ROOT,
            env=os.environ
            | cluster.urls("rooms_device")
            | {"PORTAL_SURFACE": "device", "CATALOGUE_MINUTE_SECONDS": MINUTE}
            | {"BUNDLES_DIR": str(bundles_dir), "DEVICE_WAITING_MOST": "1"}
            | {f"COMMAND_KEY_LIST_{name.upper()}": text for name, text in lists().items()}
            | {
                f"VAULT_INTAKE_PUBLIC_{region.upper()}": public
                for region, (_, public) in intake_keys.items()
            },
            stdout=sink,
            stderr=sink,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/device/v1/healthz", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(address, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture
def keys(db: None, cluster: WorkerCluster, tmp_path: Path) -> Path:
    """A seeded demo of a few rooms; the file of its devices' enrolment keys."""
    path = tmp_path / "enrolment-keys"
    log_in_as(cluster, "rooms_owner")
    try:
        call_command("seed_demo", rooms=ROOMS, enrolment_keys=path, stderr=StringIO())
    finally:
        log_in_as(cluster, "rooms_web")
    return path


def log_in_as(cluster: WorkerCluster, role: str) -> None:
    for alias in ALIASES:
        url = psycopg.conninfo.conninfo_to_dict(cluster.url(alias, role))
        connections[alias].close()
        connections[alias].settings_dict |= {"USER": url["user"], "PASSWORD": url["password"]}


@pytest.fixture
def rows(superuser: dict[str, psycopg.Connection]) -> Rows:
    """Look behind the lock, in all regions: `rows(sql, values)`."""

    def ask(sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return [
            row
            for alias in ALIASES[1:]
            for row in superuser[alias].execute(sql, values or None).fetchall()
        ]

    return ask


@pytest.fixture
def sign(db: None, cluster: WorkerCluster, settings: Any) -> Callable[[], int]:
    """Let a worker sign what was ordered; how many commands it dealt with."""
    return lambda: sign_as_worker(cluster, settings)


@pytest.fixture
def nobody_there() -> str:
    """An address at which nobody answers."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def runs(device_url: str, keys: Path, tmp_path: Path) -> Runs:
    return Runs(device_url, keys, tmp_path / "state")
