"""Two at once: one key is made, and none is destroyed under the hands of a writer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connections, transaction

from access import residency
from access.models import Tenant
from diagnostics.kinds import KeyClass
from diagnostics.models import ContentKey, KeyLevel
from diagnostics.vault.destroying import destroy_all_keys, destroy_data_keys
from diagnostics.vault.keys import Destroyed, reading, writing_key
from diagnostics.vault.rotation import rotate_tenant
from diagnostics.vault.sealing import Key
from tests.conftest import Superusers
from tests.diagnostics.vault.sealed import CANARY, NOVEMBER, log_entry

Become = Callable[[], None]
pytestmark = pytest.mark.usefixtures("regions")
SECONDS = 60  # at the most, on a busy machine


@pytest.fixture
def others(as_worker: Become) -> Iterator[ThreadPoolExecutor]:
    """Other processes of the worker: threads, each with connections of its own."""
    as_worker()
    pool = ThreadPoolExecutor(8)
    yield pool
    pool.shutdown()


def elsewhere(pool: ThreadPoolExecutor, act: Callable[[], Any]) -> Future[Any]:
    """Do it on another connection."""

    def alone() -> Any:
        try:
            return act()
        finally:
            connections.close_all()

    return pool.submit(alone)


def wait_until_blocked(behind: psycopg.Connection, sessions: int = 1) -> None:
    """Return when that many sessions wait for a lock of another."""
    for _ in range(SECONDS * 200):
        waiting = behind.execute(
            "select count(*), pg_sleep(0.005) from pg_stat_activity where datname ="
            " current_database() and cardinality(pg_blocking_pids(pid)) > 0"
        ).fetchone()
        if waiting[0] >= sessions:
            return
    raise AssertionError("nobody came to wait")


@contextmanager
def writing(tenant: Tenant) -> Iterator[Key]:
    """A worker in the middle of its transaction, with a key in hand."""
    with residency.region("eu"), transaction.atomic(using="eu"):
        yield writing_key("eu", tenant.pk, KeyClass.LOG, NOVEMBER)


def test_many_at_once_get_one_key(tenant: Tenant, others: ThreadPoolExecutor) -> None:
    barrier = threading.Barrier(8)

    def make() -> bytes:
        barrier.wait(SECONDS)
        return writing_key("eu", tenant.pk, KeyClass.LOG, NOVEMBER).secret_to_wrap()

    made = [elsewhere(others, make) for _ in range(8)]
    assert len({one.result(SECONDS) for one in made}) == 1
    with residency.region("eu"):
        assert ContentKey.objects.filter(level=KeyLevel.TENANT).count() == 1
        assert ContentKey.objects.filter(level=KeyLevel.DATA).count() == 1


def test_who_waits_for_an_unfinished_key_gets_that_one(
    tenant: Tenant, others: ThreadPoolExecutor, superuser: Superusers
) -> None:
    with writing(tenant) as first:
        second = elsewhere(
            others, lambda: writing_key("eu", tenant.pk, KeyClass.LOG, NOVEMBER).secret_to_wrap()
        )
        wait_until_blocked(superuser["eu"])
    assert second.result(SECONDS) == first.secret_to_wrap()


def test_who_waits_for_a_key_that_never_came_makes_one(
    tenant: Tenant, others: ThreadPoolExecutor, superuser: Superusers
) -> None:
    with pytest.raises(RuntimeError, match="gave up"), writing(tenant) as first:
        second = elsewhere(others, lambda: writing_key("eu", tenant.pk, KeyClass.LOG, NOVEMBER).id)
        wait_until_blocked(superuser["eu"])
        raise RuntimeError("gave up")
    assert second.result(SECONDS) not in (None, first.id)


def test_writers_do_not_wait_for_each_other(tenant: Tenant, others: ThreadPoolExecutor) -> None:
    writing_key("eu", tenant.pk, KeyClass.LOG, NOVEMBER)
    with writing(tenant) as first:
        second = elsewhere(others, lambda: writing_key("eu", tenant.pk, KeyClass.LOG, NOVEMBER).id)
        assert second.result(SECONDS) == first.id


@pytest.mark.parametrize(
    "destroy",
    [
        lambda tenant: destroy_data_keys("eu", tenant.pk, [KeyClass.LOG]),
        lambda tenant: destroy_all_keys("eu", tenant.pk),
    ],
    ids=["data keys", "all keys"],
)
def test_destruction_waits_for_the_writer(
    destroy: Callable[[Tenant], list[Any]],
    tenant: Tenant,
    others: ThreadPoolExecutor,
    superuser: Superusers,
) -> None:
    """So that rows which are written meanwhile are there when the rows are deleted."""
    writing_key("eu", tenant.pk, KeyClass.LOG, NOVEMBER)
    with writing(tenant) as key:
        gone = elsewhere(others, lambda: destroy(tenant))
        wait_until_blocked(superuser["eu"])
    assert key.id in gone.result(SECONDS)


def test_a_writer_that_waits_for_the_destruction_gets_no_key(
    tenant: Tenant, others: ThreadPoolExecutor, superuser: Superusers
) -> None:
    writing_key("eu", tenant.pk, KeyClass.LOG, NOVEMBER)
    with residency.region("eu"), transaction.atomic(using="eu"):
        destroy_all_keys("eu", tenant.pk)
        late = elsewhere(others, lambda: writing_key("eu", tenant.pk, KeyClass.LOG, NOVEMBER))
        wait_until_blocked(superuser["eu"])
    with pytest.raises(Destroyed):
        late.result(SECONDS)


def test_a_rotation_leaves_no_writer_with_a_key_that_is_lost(
    tenant: Tenant, others: ThreadPoolExecutor, superuser: Superusers
) -> None:
    """A writer makes a class's first key while the tenant's key is being rotated."""
    who = (tenant.pk, tenant.reference)
    before = log_entry(tenant)
    with writing(tenant):
        rotated = elsewhere(others, lambda: rotate_tenant("eu", who))
        wait_until_blocked(superuser["eu"])
        writing_key("eu", tenant.pk, KeyClass.QUERY, NOVEMBER)
    assert rotated.result(SECONDS) == 2
    with residency.region("eu"), transaction.atomic(using="eu"):
        rotate_tenant("eu", who)
        late = elsewhere(others, lambda: writing_key("eu", tenant.pk, KeyClass.NAME, NOVEMBER).id)
        wait_until_blocked(superuser["eu"])
    late_id = late.result(SECONDS)
    with reading("eu", tenant.pk) as keys:
        for row in ContentKey.objects.filter(level=KeyLevel.DATA):
            keys.key(row.pk)
        assert keys.key(late_id)
        assert keys.open(before, "content") == CANARY
