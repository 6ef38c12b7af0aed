"""Wrapped keys open as what they were wrapped as, and as nothing else."""

from __future__ import annotations

import dataclasses
import os
import uuid
from datetime import date
from pathlib import Path

import pytest

from diagnostics.vault.providers.base import NoRegionKey
from diagnostics.vault.providers.local import LocalProvider
from diagnostics.vault.sealing import CannotOpen, Key
from diagnostics.vault.wrapping import (
    Label,
    unwrap_under_region,
    unwrap_under_tenant,
    wrap_under_region,
    wrap_under_tenant,
)

LABEL = Label(
    id=uuid.UUID(int=5),
    region="eu",
    tenant=uuid.UUID(int=1),
    table="diagnostics_contentkey",
    level="data",
    klass="log",
    month=date(2026, 11, 1),
    number=1,
)
CHANGES: list[dict[str, object]] = [
    {"id": uuid.UUID(int=6)},
    {"region": "us"},
    {"tenant": uuid.UUID(int=2)},
    {"table": "diagnostics_activitykey"},
    {"level": "tenant"},
    {"klass": "name"},
    {"month": date(2026, 12, 1)},
    {"month": None},
    {"number": 2},
]


@pytest.fixture
def local(tmp_path: Path) -> LocalProvider:
    """Keys of two regions in files."""
    provider = LocalProvider(tmp_path / "vault")
    assert provider.make("eu")
    assert provider.make("us")
    return provider


def test_a_data_key_comes_back() -> None:
    tenant_key, key = Key.make(), Key.make(LABEL.id)
    wrapped = wrap_under_tenant(key, tenant_key, LABEL)
    assert key.secret_to_wrap() not in wrapped
    again = unwrap_under_tenant(wrapped, tenant_key, LABEL)
    assert again.open(key.seal(b"x", LABEL.place, "1"), LABEL.place, "1") == b"x"


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: str(change))
def test_a_relabelled_key_does_not_unwrap(change: dict[str, object], local: LocalProvider) -> None:
    tenant_key, key = Key.make(), Key.make(LABEL.id)
    other = dataclasses.replace(LABEL, **change)
    with pytest.raises(CannotOpen):
        unwrap_under_tenant(wrap_under_tenant(key, tenant_key, LABEL), tenant_key, other)
    blob, by = wrap_under_region(key, local, LABEL)
    with pytest.raises(CannotOpen):
        unwrap_under_region(blob, by, local, other)


def test_another_tenants_key_does_not_unwrap() -> None:
    wrapped = wrap_under_tenant(Key.make(LABEL.id), Key.make(), LABEL)
    with pytest.raises(CannotOpen):
        unwrap_under_tenant(wrapped, Key.make(), LABEL)


def test_a_tenant_key_comes_back_after_a_new_version(local: LocalProvider) -> None:
    key = Key.make(LABEL.id)
    blob, by = wrap_under_region(key, local, LABEL)
    assert by == "local:1"
    assert local.rotate("eu") == "local:2"
    again = unwrap_under_region(blob, by, local, LABEL)
    assert again.secret_to_wrap() == key.secret_to_wrap()
    assert wrap_under_region(key, local, LABEL)[1] == "local:2"


@pytest.mark.parametrize("by", ["local:2", "local:x", "local:", "1", "azure:rooms/" + "0" * 32, ""])
def test_a_version_or_provider_that_did_not_wrap_it_is_refused(
    by: str, local: LocalProvider
) -> None:
    blob, _ = wrap_under_region(Key.make(LABEL.id), local, LABEL)
    local.rotate("eu")
    with pytest.raises(CannotOpen):
        unwrap_under_region(blob, by, local, LABEL)


@pytest.mark.parametrize("blob", [b"", b"x" * 10, bytes(72)], ids=["none", "few", "zeros"])
def test_what_was_never_wrapped_is_refused(blob: bytes, local: LocalProvider) -> None:
    with pytest.raises(CannotOpen):
        unwrap_under_region(blob, "local:1", local, LABEL)


def test_the_file_is_its_owners_alone(local: LocalProvider) -> None:
    assert local.path("eu").stat().st_mode & 0o777 == 0o600
    assert local.folder.stat().st_mode & 0o777 == 0o700
    assert not local.make("eu"), "a key that is there is kept"
    local.path("eu").chmod(0o640)
    with pytest.raises(NoRegionKey, match="chmod 600"):
        local.wrap("eu", os.urandom(32), b"")


@pytest.mark.parametrize("text", ["", "1 abcd\n", "x\n", "1 " + "0" * 64 + "\n2\n"])
def test_a_file_that_cannot_be_read_whole_is_refused(text: str, local: LocalProvider) -> None:
    local.path("eu").write_text(text)
    with pytest.raises(NoRegionKey, match="line"):
        local.wrap("eu", os.urandom(32), b"")


def test_a_region_without_a_key_says_how_to_make_one(local: LocalProvider) -> None:
    with pytest.raises(NoRegionKey, match="make_vault_keys"):
        local.wrap("apac", os.urandom(32), b"")
