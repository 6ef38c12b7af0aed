"""One PostgreSQL with the real roles for a whole test run, and four databases for each test worker.

The process that pytest was started in brings up the server and migrates four template databases as
their owner. Each worker copies them, and then logs in as rooms_web, as the web process does.
PORTAL_TEST_PG_URL names a server to use instead (as a superuser).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from portal.demo import ground, postgres, secrets, valkey
from portal.demo.cluster import ALIASES, OWNER, Cluster, into
from portal.demo.trouble import Trouble
from tests.plugins import prepared

ROOT = Path(__file__).resolve().parents[2]
HANDED_ON = "ROOMS_TEST_CLUSTER"  # how a test worker learns of the server that its parent started
WEB = "rooms_web"
FOLDERS = "rooms-ops-test-"  # then the number of the process that runs pytest
MEMORY_NEEDED = 2_000_000_000
MAIN = "main"  # the worker's name when there is only one process

_this: list[WorkerCluster] = []


class WorkerCluster(Cluster):
    """The four databases of one test worker."""

    # How often databases were made anew: each time, other processes' connections were cut.
    restored = 0

    def superuser(self, alias: str) -> str:
        """The superuser's connection string into the database of one alias."""
        return into(self.superuser_url, self.databases[alias])

    def restore(self, *aliases: str) -> None:
        """Make databases anew from their templates, for a test that has committed something.

        The roles can neither truncate nor delete from most tables, so Django's flush cannot do it.
        """
        for alias in aliases or ALIASES:
            connections[alias].close()
        self.copy_templates(*aliases)
        self.restored += 1

    def copy_templates(self, *aliases: str) -> None:
        """Make databases from their templates, in place of what stands there."""
        for alias in aliases or ALIASES:
            self.drop_database(self.databases[alias])
            self.make_database(self.databases[alias], template=template(alias))


def template(alias: str) -> str:
    """The database that workers copy for an alias."""
    return f"rooms_template_{alias}"


def worker() -> str:
    """This worker's name; empty in the process that only hands out work."""
    return os.environ.get("PYTEST_XDIST_WORKER", "")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Have databases, and the environment that names them, before anything imports the settings."""
    os.environ.update(PORTAL_ENV="test", PORTAL_DEMO="0", PORTAL_DEBUG="0")
    os.environ["CELERY_BROKER_URL"] = "memory://"
    options = early_config.known_args_namespace
    if not (options.help or options.version or options.collectonly):
        try:
            prepare(early_config)
        except Trouble as wrong:
            raise pytest.UsageError(str(wrong)) from wrong
    return (yield)


def prepare(config: pytest.Config) -> None:
    """Bring up the server unless this is a worker; give this process databases and environment."""
    if HANDED_ON in os.environ:
        become(worker() or MAIN, json.loads(os.environ[HANDED_ON]))
    else:
        handed_on = start_server(config)
        config.add_cleanup(lambda: os.environ.pop(HANDED_ON, None))
        os.environ[HANDED_ON] = json.dumps(handed_on)
        become(MAIN, handed_on)
        if config.known_args_namespace.numprocesses:
            return  # the workers make their own
    cluster = _this[0]
    cluster.copy_templates()
    if os.environ.get("PORTAL_TEST_PG_URL"):
        config.add_cleanup(cluster.drop_all)


def start_server(config: pytest.Config) -> dict[str, object]:
    """Have a server that holds the templates, for as long as pytest runs."""
    disk = quick_disk(config) or Path(tempfile.gettempdir())
    sweep(disk)
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDERS}{os.getpid()}-", dir=disk)).resolve()
    folder.chmod(0o711)  # PostgreSQL's unprivileged user walks through
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    if url := os.environ.get("PORTAL_TEST_PG_URL"):
        known = secrets.new()
        make_templates(url, known)
    else:
        programs = ground.programs(postgres.find_programs(), ROOT / "var")
        server, known = prepared.server(
            programs, folder, lambda running, known: make_templates(running.url(), known)
        )
        config.add_cleanup(server.stop)
        url = server.url()
    return {"url": url, "var": str(folder), "secrets": asdict(known)}


def quick_disk(config: pytest.Config) -> Path | None:
    """Memory, where the machine has enough: the data goes with the run. A bench wants a disk."""
    memory = Path("/dev/shm")
    args = config.invocation_params.args
    benching = any("bench" in arg and "not bench" not in arg for arg in args)
    if benching or not os.access(memory, os.W_OK):
        return None
    return memory if shutil.disk_usage(memory).free > MEMORY_NEEDED else None


def sweep(disk: Path) -> None:
    """Remove what runs that were killed left behind."""
    for left in disk.glob(f"{FOLDERS}[0-9]*-*"):
        pid = left.name.removeprefix(FOLDERS).partition("-")[0]
        with suppress(FileNotFoundError):  # its own run, or another's sweep, was faster
            if left.stat().st_uid == os.geteuid() and not Path(f"/proc/{pid}").exists():
                shutil.rmtree(left, ignore_errors=True)


def settings_of(known: secrets.Secrets, urls: dict[str, str]) -> dict[str, str]:
    """The environment that tells the settings where the databases are and what signs."""
    keys = {f"LOCK_KEY_{region.upper()}": key for region, key in known.lock_keys.items()}
    return {"PORTAL_SECRET_KEY": known.django} | keys | urls


def become(name: str, handed_on: dict[str, Any]) -> None:
    """Take on a worker's name: its cluster, and the environment of its settings."""
    known = secrets.Secrets(**handed_on["secrets"])
    databases = {alias: f"rooms_{alias}_{name}" for alias in ALIASES}
    cluster = WorkerCluster(handed_on["url"], known.roles, databases)
    _this[:] = [cluster]
    os.environ.update(settings_of(known, cluster.urls(WEB)), PORTAL_VAR=handed_on["var"])


def make_templates(url: str, known: secrets.Secrets) -> None:
    """Make the four template databases, migrated by their owner as in the demo."""
    templates = Cluster(url, known.roles, {alias: template(alias) for alias in ALIASES})
    templates.make_roles()
    if not os.environ.get("PORTAL_TEST_PG_URL"):
        templates.close_the_server()
    for name in templates.databases.values():
        templates.drop_database(name)
        templates.make_database(name)
    ran = subprocess.run(
        [sys.executable, "manage.py", "migrate_all"],
        cwd=ROOT,
        env=os.environ | settings_of(known, templates.urls(OWNER)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if ran.returncode:
        last = "\n    ".join(ran.stdout.decode().strip().splitlines()[-15:])
        raise Trouble(f"`manage.py migrate_all` failed:\n    {last}", "No test was run.")


@pytest.fixture(scope="session")
def cluster() -> WorkerCluster:
    """This worker's databases: `cluster.url(alias, role)`, `cluster.superuser(alias)`."""
    return _this[0]


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Valkey, for tests marked `broker`."""
    folder = Path(tempfile.mkdtemp(prefix="rooms-ops-broker-")).resolve()
    folder.chmod(0o711)
    process, url = valkey.start(folder, folder, secrets.new().broker, folder / "valkey.log")
    yield url
    process.terminate()
    process.wait(60)
    shutil.rmtree(folder)
