"""The key provider of this process, as the settings say."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from diagnostics.vault.providers.base import KeyProvider
from diagnostics.vault.providers.local import LocalProvider


def provider() -> KeyProvider:
    """The provider that VAULT_PROVIDER names: "local" or "azure"; there is no third."""
    name = settings.VAULT_PROVIDER
    if name == "local":
        return LocalProvider(Path(settings.VAULT_KEYS_DIR))
    if name == "azure":
        return _azure(tuple(settings.VAULT_URLS.items()), settings.VAULT_KEY_NAME)
    raise ImproperlyConfigured(f"VAULT_PROVIDER is {name!r}. Set it to local or azure.")


@lru_cache(maxsize=4)
def _azure(vaults: tuple[tuple[str, str], ...], key_name: str) -> KeyProvider:
    """One for the process, which keeps its connections.

    It is, to the vault, the managed identity of its machine, or what AZURE_* variables say.
    """
    # Slow to import, and needed by those alone who keep their keys there.
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415

    from diagnostics.vault.providers.azure import AzureKeyVaultProvider  # noqa: PLC0415

    return AzureKeyVaultProvider(dict(vaults), key_name, DefaultAzureCredential())
