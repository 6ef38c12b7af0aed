"""New keys over old ones: everything stays readable, and the old keys open nothing any more."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from access import residency
from access.models import AuditEvent, Tenant
from diagnostics.models import ActivityKey, ContentKey, KeyLevel, LogEntry
from diagnostics.vault.destroying import destroy_all_keys
from diagnostics.vault.intake import open_chunk, seal_chunk
from diagnostics.vault.keys import reading
from diagnostics.vault.providers.local import LocalProvider
from tests.diagnostics.vault.sealed import CANARY, DECEMBER, NOVEMBER, activity_entry, log_entry

Become = Callable[[], None]


def run(*words: str) -> str:
    """What the command said."""
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def stored(
    regions: LocalProvider, tenant: Tenant, other_tenant: Tenant, as_worker: Become
) -> list[tuple[Tenant, Any]]:
    """Lines of two tenants and two months, and an activity; the process is the worker."""
    as_worker()
    return [
        *((who, log_entry(who, CANARY, at)) for who in (tenant, other_tenant)
          for at in (NOVEMBER, DECEMBER)),
        (tenant, activity_entry(tenant)),
    ]  # fmt: skip


def all_open(stored: list[tuple[Tenant, Any]]) -> None:
    """Every row opens, and not a byte of it was changed."""
    for who, row in stored:
        table = ContentKey if isinstance(row, LogEntry) else ActivityKey
        with reading("eu", who.pk, table) as keys:
            now = type(row).objects.get(pk=row.pk)
            assert bytes(now.content) == bytes(row.content)
            assert keys.open(now, "content") == CANARY


def columns(*names: str, **which: object) -> set[tuple[Any, ...]]:
    """Columns of both tables of keys."""
    with residency.region("eu"):
        return {
            row
            for table in (ContentKey, ActivityKey)
            for row in table.objects.filter(**which).values_list(*names)
        }


def test_a_new_region_key_wraps_all_tenants_keys_anew(
    stored: list[tuple[Tenant, Any]], regions: LocalProvider, as_owner: Become
) -> None:
    data_keys = columns("pk", "wrapped", level=KeyLevel.DATA)
    as_owner()
    said = run("rotate_vault_keys", "--region", "eu")
    assert "local:2" in said
    assert "3 tenant keys of 2 tenants" in said
    assert columns("provider_key", level=KeyLevel.TENANT) == {("local:2",)}
    assert {(pk, bytes(b)) for pk, b in columns("pk", "wrapped", level=KeyLevel.DATA)} == {
        (pk, bytes(b)) for pk, b in data_keys
    }
    all_open(stored)
    # the old version may go now
    newest = regions.path("eu").read_text().splitlines()[0]
    regions.path("eu").write_text(newest + "\n")
    all_open(stored)


def test_a_vault_that_rotated_by_itself_is_followed(
    stored: list[tuple[Tenant, Any]], regions: LocalProvider, as_owner: Become
) -> None:
    regions.rotate("eu")
    all_open(stored)
    as_owner()
    said = run("rotate_vault_keys", "--region", "eu", "--rewrap-only")
    assert "new version" not in said
    assert columns("provider_key", level=KeyLevel.TENANT) == {("local:2",)}
    all_open(stored)


def test_a_tenant_gets_a_new_key_and_nobody_else_does(
    stored: list[tuple[Tenant, Any]], tenant: Tenant, other_tenant: Tenant, as_owner: Become
) -> None:
    others = columns("pk", "parent_id", tenant_id=other_tenant.pk)
    as_owner()
    said = run("rotate_vault_keys", "--region", "eu", "--tenant", tenant.reference)
    assert "3 data keys" in said
    all_open(stored)
    assert columns("pk", "parent_id", tenant_id=other_tenant.pk) == others
    retired = columns("wrapped", tenant_id=tenant.pk, level=KeyLevel.TENANT, number=1)
    assert {bytes(wrapped) for (wrapped,) in retired} == {b""}
    as_owner()
    run("rotate_vault_keys", "--region", "eu", "--tenant", tenant.reference)
    all_open(stored)


def test_the_acts_are_on_record(
    stored: list[tuple[Tenant, Any]], tenant: Tenant, other_tenant: Tenant, as_owner: Become
) -> None:
    as_owner()
    run("rotate_vault_keys", "--region", "eu")
    run("rotate_vault_keys", "--region", "eu", "--tenant", tenant.reference)
    with residency.region("eu"):
        found = AuditEvent.objects.filter(type__startswith="vault.")
        events = {(event.type, event.tenant_reference, event.detail["keys"]) for event in found}
    assert events == {
        ("vault.rewrapped", tenant.reference, 2),
        ("vault.rewrapped", other_tenant.reference, 1),
        ("vault.rotated", tenant.reference, 3),
    }


def test_a_tenant_without_keys_is_an_error(
    regions: LocalProvider, tenant: Tenant, as_worker: Become, as_owner: Become
) -> None:
    as_owner()
    words = ("rotate_vault_keys", "--region", "eu", "--tenant")
    with pytest.raises(CommandError, match="no key here"):
        run(*words, tenant.reference)
    with pytest.raises(CommandError, match="No tenant TN-NOBODY in eu"):
        run(*words, "TN-NOBODY")
    as_worker()
    log_entry(tenant)
    destroy_all_keys("eu", tenant.pk)
    as_owner()
    with pytest.raises(CommandError, match="no key here"):
        run(*words, tenant.reference)


def test_a_rotation_that_fails_changes_nothing(
    stored: list[tuple[Tenant, Any]], tenant: Tenant, regions: LocalProvider, as_owner: Become
) -> None:
    """The region's key is not the one that wrapped: told, and all is as it was."""
    before = columns("pk", "parent_id", "destroyed_at", "provider_key")
    kept = regions.path("eu").read_text()
    regions.path("eu").write_text("1 " + "0" * 64 + "\n")
    as_owner()
    for more in ((), ("--tenant", tenant.reference)):
        with pytest.raises(CommandError, match="cannot be opened"):
            run("rotate_vault_keys", "--region", "eu", *more)
    assert columns("pk", "parent_id", "destroyed_at", "provider_key") == before
    regions.path("eu").write_text(kept)
    all_open(stored)


def test_keys_are_made_once_and_for_their_owner(settings: Any, tmp_path: Any) -> None:
    settings.VAULT_KEYS_DIR = tmp_path / "vault"
    said = run("make_vault_keys")
    assert "eu: made" in said
    files = {path: path.read_text() for path in settings.VAULT_KEYS_DIR.iterdir()}
    assert {path.name for path in files} == {"eu.key", "apac.key", "us.key", "intake.json"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    secrets = [word for text in files.values() for word in text.replace('"', " ").split()]
    assert not [word for word in secrets if len(word) == 64 and word in said]
    assert "eu: kept" in run("make_vault_keys")
    assert {path: path.read_text() for path in files} == files
    pairs = json.loads((settings.VAULT_KEYS_DIR / "intake.json").read_text())
    settings.VAULT_INTAKE_PUBLIC = {region: pair["public"] for region, pair in pairs.items()}
    settings.VAULT_INTAKE_PRIVATE = {region: pair["private"] for region, pair in pairs.items()}
    assert open_chunk("us", "UP-1", 0, seal_chunk("us", "UP-1", 0, b"chunk")) == b"chunk"
