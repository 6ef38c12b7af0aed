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
from dataclasses import asdict
from pathlib import Path

import pytest
from django.db import connections

from portal.demo import ground, postgres, secrets, valkey
from portal.demo.cluster import ALIASES, OWNER, Cluster, into
from portal.demo.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
HANDED_ON = "ROOMS_TEST_CLUSTER"  # how a test worker learns of the server that its parent started
WEB = "rooms_web"
MAIN = "main"  # the worker's name when there is only one process

_this: list[WorkerCluster] = []


class WorkerCluster(Cluster):
    """The four databases of one test worker."""

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
    if HANDED_ON not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="rooms-ops-test-")).resolve()
        folder.chmod(0o711)  # PostgreSQL's unprivileged user walks through
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        config.add_cleanup(lambda: os.environ.pop(HANDED_ON, None))
        known = secrets.new()
        url = os.environ.get("PORTAL_TEST_PG_URL") or start_server(config, folder, known.superuser)
        handed_on = {"url": url, "var": str(folder), "secrets": asdict(known)}
        os.environ[HANDED_ON] = json.dumps(handed_on)
        become(MAIN, handed_on)
        make_templates()
        only_hands_out = bool(config.known_args_namespace.numprocesses) and not worker()
        if only_hands_out:
            return
    else:
        become(worker() or MAIN, json.loads(os.environ[HANDED_ON]))
    cluster = _this[0]
    cluster.copy_templates()
    if os.environ.get("PORTAL_TEST_PG_URL"):
        config.add_cleanup(cluster.drop_all)


def start_server(config: pytest.Config, folder: Path, password: str) -> str:
    """Start a PostgreSQL that goes with its folder; the superuser's connection string."""
    programs = ground.programs(postgres.find_programs(), ROOT / "var")
    data = folder / f"pg{postgres.major_version(programs)}"
    postgres.make_data(programs, data, password, careless=True)
    server = postgres.start(
        programs, data, password, folder / "postgres.log", settings=postgres.CARELESS
    )
    config.add_cleanup(server.stop)
    return server.url()


def become(name: str, handed_on: dict[str, object]) -> None:
    """Take on a worker's name: its cluster, and the environment of its settings."""
    known = secrets.Secrets(**handed_on["secrets"])
    databases = {alias: f"rooms_{alias}_{name}" for alias in ALIASES}
    cluster = WorkerCluster(str(handed_on["url"]), known.roles, databases)
    _this[:] = [cluster]
    os.environ.update(cluster.urls(WEB))
    os.environ.update({f"LOCK_KEY_{key.upper()}": value for key, value in known.lock_keys.items()})
    os.environ.update(PORTAL_SECRET_KEY=known.django, PORTAL_VAR=str(handed_on["var"]))


def make_templates() -> None:
    """Make the four template databases, migrated by their owner as in the demo."""
    here = _this[0]
    templates = Cluster(here.superuser_url, here.passwords, {a: template(a) for a in ALIASES})
    templates.make_roles()
    for name in templates.databases.values():
        templates.drop_database(name)
        templates.make_database(name)
    ran = subprocess.run(
        [sys.executable, "manage.py", "migrate_all"],
        cwd=ROOT,
        env=os.environ | templates.urls(OWNER),
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
    process.wait(10)
    shutil.rmtree(folder)
