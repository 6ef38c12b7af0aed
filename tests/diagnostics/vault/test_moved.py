"""Whoever can write to the database moves ciphertext and keys about, and gains nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from access.models import Staff, Tenant
from access.scopes import Scope
from diagnostics.models import ActivityEntry, ContentKey, LogEntry
from diagnostics.vault.keys import (
    reading,
)
from diagnostics.vault.providers.local import LocalProvider
from tests.acts import granted
from tests.conftest import Superusers
from tests.diagnostics.vault.sealed import (
    CANARY,
    log_entry,
    refused,
    ring,
)

Become = Callable[[], None]
pytestmark = pytest.mark.usefixtures("regions")


# -- Moved ciphertext -----------------------------------------------------------------------------


def test_ciphertext_that_was_moved_does_not_open(
    tenant: Tenant,
    other_tenant: Tenant,
    asha: Staff,
    bo: Staff,
    as_worker: Become,
    as_web: Become,
    superuser: Superusers,
) -> None:
    """Whoever can write to the database can swap values, and gains nothing by it."""
    as_worker()
    one, two = log_entry(tenant, b"one"), log_entry(tenant, b"two")
    foreign = log_entry(other_tenant, b"foreign")
    as_web()
    behind = superuser["eu"]
    grant = granted(asha, tenant, [bo], Scope.DIAGNOSTICS_VIEW)
    swap = "update diagnostics_logentry set content = %s where id = %s"
    for stolen in (two.content, foreign.content):
        behind.execute(swap, [stolen, one.pk])
        with ring(asha, tenant, grant) as keys:
            refused(keys, LogEntry.objects.get(pk=one.pk))
    # the other tenant's keys moved here as well
    behind.execute(
        "update diagnostics_contentkey set tenant_id = %s, number = 2 where tenant_id = %s",
        [tenant.pk, other_tenant.pk],
    )
    with ring(asha, tenant, grant) as keys:
        refused(keys, LogEntry.objects.get(pk=one.pk))
        assert keys.open(LogEntry.objects.get(pk=two.pk), "content") == b"two"


def test_ciphertext_of_another_region_does_not_open(
    tenant: Tenant, as_worker: Become, superuser: Superusers
) -> None:
    """The same tenant and the same rows, carried to another region with their keys."""
    as_worker()
    entry = log_entry(tenant)
    columns = [
        f.column
        for f in ContentKey._meta.concrete_fields  # as the table has them
    ]
    names = ", ".join(columns)
    for row in superuser["eu"].execute(f"select {names} from diagnostics_contentkey").fetchall():
        superuser["us"].execute(
            f"insert into diagnostics_contentkey ({names})"
            f" values ({', '.join(['%s'] * len(columns))})",
            row,
        )
    with reading("eu", tenant.pk) as keys:
        assert keys.open(entry, "content") == CANARY
    with reading("us", tenant.pk) as keys:
        assert ContentKey.objects.count() == 2
        refused(keys, entry)


@pytest.mark.parametrize(
    "change",
    [
        "klass = 'name'",
        "month = '2026-10-01'",
        "number = 2",
        "level = 'tenant'",
        "parent_id = id",
        "wrapped = set_byte(wrapped, 80, get_byte(wrapped, 80) # 1)",
        "wrapped = ''",
    ],
)
def test_a_relabelled_key_does_not_open(
    change: str, tenant: Tenant, entry: LogEntry, as_worker: Become, superuser: Superusers
) -> None:
    superuser["eu"].execute(
        f"update diagnostics_contentkey set {change} where level = 'data' and klass = 'log'"
    )
    as_worker()
    with reading("eu", tenant.pk) as keys:
        refused(keys, entry)


def test_the_database_shows_ciphertext_only(
    tenant: Tenant,
    entry: LogEntry,
    as_worker: Become,
    superuser: Superusers,
    regions: LocalProvider,
) -> None:
    """All rows of all tables, as a superuser reads them, hold neither the text nor a key."""
    behind = superuser["eu"]
    tables = behind.execute(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = relnamespace"
        " where relkind in ('r', 'p') and n.nspname in ('public', 'lock', 'device')"
    ).fetchall()
    dumped = "".join(
        str(row) for (table,) in tables for row in behind.execute(f"select t::text from {table} t")
    )
    assert entry.pk.hex in dumped.replace("-", ""), "the row was read"
    as_worker()
    with reading("eu", tenant.pk) as keys:
        keys.open(entry, "content")
        secrets = [key.secret_to_wrap() for key in (*keys._keys.values(), *keys._parents.values())]
    region_key = regions.path("eu").read_text().split()[1]
    assert len(secrets) == 2
    for secret in (CANARY.decode(), CANARY.hex(), region_key, *(key.hex() for key in secrets)):
        assert secret not in dumped


# -- Providers ------------------------------------------------------------------------------------


def test_another_provider_opens_nothing(
    tenant: Tenant, entry: LogEntry, as_worker: Become, settings: Any, tmp_path: Path
) -> None:
    as_worker()
    settings.VAULT_KEYS_DIR = tmp_path / "other"
    LocalProvider(settings.VAULT_KEYS_DIR).make("eu")
    with reading("eu", tenant.pk) as keys:
        refused(keys, entry)
    settings.VAULT_PROVIDER = "azure"
    settings.VAULT_URLS = {"eu": "https://127.0.0.1:9"}
    with reading("eu", tenant.pk) as keys:
        refused(keys, entry)


def test_the_web_process_makes_no_key(
    tenant: Tenant, asha: Staff, bo: Staff, entry: LogEntry, cluster: Any
) -> None:
    with psycopg.connect(cluster.url("eu", "rooms_web"), autocommit=True) as web:
        for statement in (
            "insert into diagnostics_contentkey (id) values (gen_random_uuid())",
            "update diagnostics_contentkey set wrapped = ''",
            "delete from diagnostics_contentkey",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                web.execute(statement)
    with (
        psycopg.connect(cluster.url("eu", "rooms_device"), autocommit=True) as device,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        device.execute("select from diagnostics_contentkey")


def test_a_key_of_another_row_kind_does_not_open(tenant: Tenant, as_worker: Become) -> None:
    """A line's bytes put into an activity, or under a key id that no row has."""
    as_worker()
    line = log_entry(tenant)
    stranger = ActivityEntry(id=line.pk, tenant_id=tenant.pk, content=line.content)
    nobody = LogEntry(id=line.pk, tenant_id=tenant.pk)
    nobody.content = line.content[:1] + uuid.uuid4().bytes + line.content[17:]
    with reading("eu", tenant.pk) as keys:
        for row in (stranger, nobody):
            refused(keys, row)
