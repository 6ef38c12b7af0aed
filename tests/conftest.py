"""What every test stands on: real databases, cleaned after each test, and a clock to hold still."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from access.audit import recording
from access.models import Staff, Tenant
from access.residency import CONTROL, REGIONS
from tests import people
from tests.cleaning import clean
from tests.plugins.cluster import WorkerCluster

ALIASES = (CONTROL, *REGIONS)

# The same examples in each run, however busy the machine is; `--hypothesis-profile=explore` finds
# new ones.
_UNHURRIED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
hypothesis_settings.register_profile("explore", **_UNHURRIED)
hypothesis_settings.register_profile("same", derandomize=True, **_UNHURRIED)
hypothesis_settings.load_profile("same")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their length: workers must find the same names, and keys are made at random."""
    return f"{argname} of {len(val)} bytes" if isinstance(val, bytes) else None


class Superusers(dict[str, psycopg.Connection]):
    """A superuser's connection by alias; one that was cut is made anew when it is asked for."""

    def __init__(self, cluster: WorkerCluster) -> None:
        super().__init__()
        self.cluster = cluster

    def __missing__(self, alias: str) -> psycopg.Connection:
        self[alias] = psycopg.connect(self.cluster.superuser(alias), autocommit=True)
        return self[alias]

    def __getitem__(self, alias: str) -> psycopg.Connection:
        if alias in self:
            try:
                super().__getitem__(alias).execute("select 1")
            except psycopg.OperationalError:
                del self[alias]
        return super().__getitem__(alias)


class FromTheStart:
    """The five minutes in which a view counts as the same one, but counted from the test's start.

    Those of the wall clock would end in the middle of one test in some hundred.
    """

    def __init__(self) -> None:
        self.begun = time.time() - 60
        self.seconds: int = recording.REPEAT_SECONDS

    def __rfloordiv__(self, epoch: float) -> float:
        return (epoch - self.begun) // self.seconds


@pytest.fixture(autouse=True)
def whole_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window for repeated views ends in the middle of a test."""
    monkeypatch.setattr(recording, "REPEAT_SECONDS", FromTheStart())


@pytest.fixture(scope="session")
def superuser(cluster: WorkerCluster) -> Iterator[Superusers]:
    """A superuser's connection to each database: for cleaning, and to look behind the lock."""
    opened = Superusers(cluster)
    yield opened
    for connection in opened.values():
        connection.close()


@pytest.fixture(scope="session", autouse=True)
def owner_aliases(cluster: WorkerCluster) -> None:
    """A second alias of each database, as its owner: `eu_owner` and so on. For making data."""
    for alias in ALIASES:
        url = psycopg.conninfo.conninfo_to_dict(cluster.url(alias, "rooms_owner"))
        connections.settings[f"{alias}_owner"] = {
            **connections.settings[alias],
            "USER": url["user"],
            "PASSWORD": url["password"],
        }


@pytest.fixture(scope="session", autouse=True)
def static_root() -> None:
    """WhiteNoise looks for the folder of collected files; tests serve from the sources."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """The databases stand already; Django makes none of its own."""


@pytest.fixture
def db(
    django_db_blocker: pytest.FixtureRequest, superuser: dict[str, psycopg.Connection]
) -> Iterator[None]:
    """Databases that really commit; what a test wrote is removed when it ends."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined] # pytest-django's own
        yield
        for connection in connections.all(initialized_only=True):
            connection.close()
    for alias in ALIASES:
        clean(superuser[alias])


@pytest.fixture
def transactional_db(db: None) -> None:
    """Every test commits; there is no other kind here."""


class HeldClock:
    """The database's clock, held still or moved: what lock.now() says in every database."""

    def __init__(self, superuser: dict[str, psycopg.Connection]) -> None:
        self.superuser = superuser

    def _say(self, expression: str) -> None:
        for alias in ALIASES:
            self.superuser[alias].execute(
                "create or replace function lock.now() returns timestamptz language sql volatile"
                " parallel safe set search_path = pg_catalog, pg_temp"
                f" as $$ select {expression} $$"
            )

    def hold(self, at: datetime) -> None:
        """Stand still at this moment, to the microsecond."""
        self._say(f"timestamptz '{at.isoformat()}'")

    def shift(self, by: timedelta) -> None:
        """Run, ahead of real time by this much."""
        self._say(f"clock_timestamp() + interval '{by.total_seconds()} seconds'")

    def release(self) -> None:
        """Run as in production."""
        self._say("clock_timestamp()")


@pytest.fixture
def held_clock(db: None, superuser: dict[str, psycopg.Connection]) -> Iterator[HeldClock]:
    """Hold or shift the database's clock; it runs again afterwards."""
    clock = HeldClock(superuser)
    yield clock
    clock.release()


def _log_in_as(cluster: WorkerCluster, role: str) -> None:
    """From here on the plain aliases log in as another process role."""
    for alias in ALIASES:
        url = psycopg.conninfo.conninfo_to_dict(cluster.url(alias, role))
        connections[alias].close()
        connections[alias].settings_dict |= {"USER": url["user"], "PASSWORD": url["password"]}


@pytest.fixture
def as_worker(db: None, cluster: WorkerCluster) -> Iterator[Callable[[], None]]:
    """Call it, and the process is the worker; afterwards it is the web process again."""
    yield lambda: _log_in_as(cluster, "rooms_worker")
    _log_in_as(cluster, "rooms_web")


@pytest.fixture
def as_device(db: None, cluster: WorkerCluster) -> Iterator[Callable[[], None]]:
    """Call it, and the process is the device surface; afterwards it is the web process again."""
    yield lambda: _log_in_as(cluster, "rooms_device")
    _log_in_as(cluster, "rooms_web")


@pytest.fixture
def as_web(db: None, cluster: WorkerCluster) -> Callable[[], None]:
    """Call it, and the process is the web process again."""
    return lambda: _log_in_as(cluster, "rooms_web")


@pytest.fixture
def as_auditor(db: None, cluster: WorkerCluster) -> Iterator[Callable[[], None]]:
    """Call it, and the process is the sequencer; afterwards it is the web process again."""
    yield lambda: _log_in_as(cluster, "rooms_auditor")
    _log_in_as(cluster, "rooms_web")


# -- People and tenants ---------------------------------------------------------------------------


@pytest.fixture
def policy(db: None) -> None:
    """The first policy is published."""
    people.publish_policy()


@pytest.fixture
def tenant(policy: None) -> Tenant:
    """A tenant in the EU that asha and eli may ask for, bo and bea decide, and dana audits."""
    return people.tenant("eu")


@pytest.fixture
def other_tenant(policy: None) -> Tenant:
    """A second tenant in the EU, casey's: nobody else has anything to do with it."""
    return people.tenant("eu")


@pytest.fixture
def asha(tenant: Tenant) -> Staff:
    """Asks."""
    return people.person("asha", asks=[tenant])


@pytest.fixture
def bo(tenant: Tenant) -> Staff:
    """Decides; in operations."""
    return people.person("bo", decides=[tenant], groups=["operations"])


@pytest.fixture
def bea(tenant: Tenant) -> Staff:
    """Decides; in security."""
    return people.person("bea", decides=[tenant], groups=["security"])


@pytest.fixture
def casey(other_tenant: Tenant) -> Staff:
    """Asks for another tenant."""
    return people.person("casey", asks=[other_tenant])


@pytest.fixture
def dana(tenant: Tenant) -> Staff:
    """Audits."""
    return people.person("dana", audits=[tenant])


@pytest.fixture
def eli(tenant: Tenant) -> Staff:
    """Asks, as a subcontractor."""
    return people.person("eli", asks=[tenant], subcontractor=True)


@pytest.fixture
def sign_in(db: None) -> Callable[[Staff], Client]:
    """A browser in which that person is signed in, with the second factor given."""
    return people.signed_in_client
