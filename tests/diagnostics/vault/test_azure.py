"""The Azure provider, by Azure's own libraries, against a stand-in of the service."""

from __future__ import annotations

import dataclasses
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.identity import ClientSecretCredential
from django.core.exceptions import ImproperlyConfigured

from access.models import Tenant
from diagnostics.vault import keys, providers, rotation
from diagnostics.vault.providers.azure import AzureKeyVaultProvider
from diagnostics.vault.providers.base import NoRegionKey, ProviderFault
from diagnostics.vault.providers.local import LocalProvider
from diagnostics.vault.sealing import CannotOpen
from tests.diagnostics.vault import key_vault
from tests.diagnostics.vault.key_vault import KeyVault
from tests.diagnostics.vault.sealed import CANARY, log_entry

NAME = "rooms-tenant-keys"
CONTEXT = b"rooms-ops 1|eu|tenant"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyVault]:
    """One server for the module."""
    with key_vault.running(tmp_path_factory.mktemp("vault")) as vault:
        yield vault


@pytest.fixture
def vault(running: KeyVault) -> KeyVault:
    """The server, with one fresh version of the key and nothing asked yet."""
    running.keys.clear()
    running.asked.clear()
    running.throttle_next, running.broken = 0, False
    running.make(NAME)
    return running


def provider_of(vault: KeyVault, secret: str = key_vault.CLIENT_SECRET) -> AzureKeyVaultProvider:
    """The provider, as a process would have it with a client's secret."""
    trust: dict[str, Any] = {"connection_verify": str(vault.certificate)}
    credential = ClientSecretCredential(
        key_vault.DIRECTORY,
        key_vault.CLIENT_ID,
        secret,
        authority=vault.authority,
        disable_instance_discovery=True,
        **trust,
    )
    return AzureKeyVaultProvider(
        {"eu": vault.url},
        NAME,
        credential,
        verify_challenge_resource=False,  # the stand-in has no name under vault.azure.net
        retry_backoff_factor=0.02,
        **trust,
    )


@pytest.fixture
def azure(vault: KeyVault) -> AzureKeyVaultProvider:
    """The provider."""
    return provider_of(vault)


def test_a_key_comes_back(vault: KeyVault, azure: AzureKeyVaultProvider) -> None:
    key = os.urandom(32)
    wrapped = azure.wrap("eu", key, CONTEXT)
    (version,) = vault.keys[NAME]
    assert wrapped.by == f"azure:{NAME}/{version}"
    assert key not in wrapped.blob
    assert azure.unwrap("eu", wrapped.by, wrapped.blob, CONTEXT) == key
    assert vault.asked[0] == f"GET /keys/{NAME}/", "asked without a token, and challenged"
    assert f"POST /keys/{NAME}/{version}/unwrapkey" in vault.asked


def test_the_vault_itself_wraps_what_we_unwrap(
    vault: KeyVault, azure: AzureKeyVaultProvider
) -> None:
    """Its wrapkey and our library's local wrapping are the same operation."""
    (version,) = vault.keys[NAME].values()
    wrapped = azure.wrap("eu", bytes(32), CONTEXT)
    size = int.from_bytes(wrapped.blob[:2])
    seed = version.private.decrypt(wrapped.blob[2 : 2 + size], key_vault.OAEP_256)
    by_vault = version.private.public_key().encrypt(seed, key_vault.OAEP_256)
    blob = wrapped.blob[:2] + by_vault + wrapped.blob[2 + size :]
    assert azure.unwrap("eu", wrapped.by, blob, CONTEXT) == bytes(32)


def test_another_context_does_not_unwrap(azure: AzureKeyVaultProvider) -> None:
    """RSA-OAEP binds none; we do."""
    wrapped = azure.wrap("eu", os.urandom(32), CONTEXT)
    with pytest.raises(CannotOpen):
        azure.unwrap("eu", wrapped.by, wrapped.blob, CONTEXT + b"2")


def test_a_changed_blob_does_not_unwrap(azure: AzureKeyVaultProvider) -> None:
    wrapped = azure.wrap("eu", os.urandom(32), CONTEXT)
    for at in (0, 1, 2, 100, 258, 282, len(wrapped.blob) - 1):
        changed = bytearray(wrapped.blob)
        changed[at] ^= 1
        with pytest.raises(CannotOpen):
            azure.unwrap("eu", wrapped.by, bytes(changed), CONTEXT)
    with pytest.raises(CannotOpen):
        azure.unwrap("eu", wrapped.by, b"", CONTEXT)


def test_old_versions_unwrap_after_a_rotation(
    vault: KeyVault, azure: AzureKeyVaultProvider
) -> None:
    before = azure.wrap("eu", b"1" * 32, CONTEXT)
    made = azure.rotate("eu")
    after = azure.wrap("eu", b"2" * 32, CONTEXT)
    assert after.by == made != before.by
    assert list(vault.keys[NAME]) == [by.rpartition("/")[2] for by in (before.by, after.by)]
    assert azure.unwrap("eu", before.by, before.blob, CONTEXT) == b"1" * 32
    with pytest.raises(CannotOpen):
        azure.unwrap("eu", after.by, before.blob, CONTEXT)


def test_a_disabled_key_is_a_fault_and_not_a_broken_value(
    vault: KeyVault, azure: AzureKeyVaultProvider
) -> None:
    wrapped = azure.wrap("eu", os.urandom(32), CONTEXT)
    for version in vault.keys[NAME].values():
        version.enabled = False
    with pytest.raises(ProviderFault, match="answered 403"):
        azure.unwrap("eu", wrapped.by, wrapped.blob, CONTEXT)
    with pytest.raises(ProviderFault, match="disabled"):
        azure.wrap("eu", os.urandom(32), CONTEXT)


def test_a_throttled_request_is_repeated(vault: KeyVault, azure: AzureKeyVaultProvider) -> None:
    wrapped = azure.wrap("eu", b"1" * 32, CONTEXT)
    vault.throttle_next = 2
    assert azure.unwrap("eu", wrapped.by, wrapped.blob, CONTEXT) == b"1" * 32
    assert vault.throttle_next == 0
    vault.throttle_next = 100
    with pytest.raises(ProviderFault, match="answered 429"):
        azure.unwrap("eu", wrapped.by, wrapped.blob, CONTEXT)
    assert vault.throttle_next > 90, "it gives up after a few"


@pytest.mark.parametrize(
    "by",
    [
        "local:1",
        "azure:",
        "azure:other/short",
        "azure:https://attacker.example/keys/x/" + "0" * 32,
        f"azure:{NAME}/../{'0' * 32}",
    ],
)
def test_a_version_that_is_no_version_is_never_asked_for(
    by: str, vault: KeyVault, azure: AzureKeyVaultProvider
) -> None:
    wrapped = azure.wrap("eu", os.urandom(32), CONTEXT)
    vault.asked.clear()
    with pytest.raises(CannotOpen):
        azure.unwrap("eu", by, wrapped.blob, CONTEXT)
    assert vault.asked == []


def test_a_broken_vault_is_a_fault(vault: KeyVault, azure: AzureKeyVaultProvider) -> None:
    wrapped = azure.wrap("eu", os.urandom(32), CONTEXT)
    vault.broken = True
    with pytest.raises(ProviderFault, match="answered 500"):
        azure.unwrap("eu", wrapped.by, wrapped.blob, CONTEXT)


def test_an_unknown_version_is_a_fault(azure: AzureKeyVaultProvider) -> None:
    wrapped = azure.wrap("eu", os.urandom(32), CONTEXT)
    with pytest.raises(ProviderFault, match="answered 404"):
        azure.unwrap("eu", f"azure:{NAME}/{'0' * 32}", wrapped.blob, CONTEXT)


def test_a_wrong_secret_is_a_fault(vault: KeyVault) -> None:
    with pytest.raises(ProviderFault) as fault:
        provider_of(vault, "wrong-secret").wrap("eu", bytes(32), CONTEXT)
    assert "wrong-secret" not in str(fault.value)


def test_a_vault_that_is_down_is_a_fault(vault: KeyVault, tmp_path: Path) -> None:
    gone = dataclasses.replace(vault, url="https://127.0.0.1:9")
    hasty = provider_of(gone)
    hasty._options |= {"retry_total": 0}
    with pytest.raises(ProviderFault, match="could not be asked"):
        hasty.wrap("eu", bytes(32), CONTEXT)


def test_a_region_without_a_vault_says_which_setting(azure: AzureKeyVaultProvider) -> None:
    with pytest.raises(NoRegionKey, match="VAULT_URL_US"):
        azure.wrap("us", bytes(32), CONTEXT)


def test_a_tenants_keys_stand_under_the_vaults(
    vault: KeyVault,
    azure: AzureKeyVaultProvider,
    tenant: Tenant,
    as_worker: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the first line, over a rotation of the vault's key, to a vault that is gone."""
    for module in (keys, rotation):
        monkeypatch.setattr(module, "provider", lambda: azure)
    as_worker()
    row = log_entry(tenant)
    who = (tenant.pk, tenant.reference)
    azure.rotate("eu")
    assert rotation.rewrap_tenant_keys("eu", who) == 1
    first, second = vault.keys[NAME].values()
    first.enabled = False
    with keys.reading("eu", tenant.pk) as ring:
        assert ring.open(row, "content") == CANARY
        asked = len(vault.asked)
        assert ring.open(row, "content") == CANARY
        assert len(vault.asked) == asked, "one unwrapping a transaction"
    second.enabled = False
    with keys.reading("eu", tenant.pk) as ring, pytest.raises(ProviderFault):
        ring.open(row, "content")


def test_the_settings_choose(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_PROVIDER, settings.VAULT_KEYS_DIR = "local", tmp_path
    assert isinstance(providers.provider(), LocalProvider)
    settings.VAULT_PROVIDER = "azure"
    settings.VAULT_URLS = {"eu": f"https://{uuid.uuid4()}.vault.azure.net"}
    chosen = providers.provider()
    assert isinstance(chosen, AzureKeyVaultProvider)
    assert providers.provider() is chosen, "its connections are kept"
    settings.VAULT_PROVIDER = "none"
    with pytest.raises(ImproperlyConfigured, match="local or azure"):
        providers.provider()
