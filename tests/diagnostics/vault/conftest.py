"""Keys of the regions for tests that store or read diagnostic data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from access.models import Tenant
from diagnostics.models import LogEntry
from diagnostics.vault.providers.local import LocalProvider
from tests.conftest import _log_in_as
from tests.diagnostics.vault.sealed import log_entry
from tests.plugins.cluster import WorkerCluster


@pytest.fixture
def regions(settings: Any, tmp_path: Path) -> LocalProvider:
    """The local provider, with a key for each region."""
    settings.VAULT_PROVIDER, settings.VAULT_KEYS_DIR = "local", tmp_path / "vault"
    provider = LocalProvider(settings.VAULT_KEYS_DIR)
    for region in settings.PORTAL_REGIONS:
        provider.make(region)
    return provider


@pytest.fixture
def as_owner(db: None, cluster: WorkerCluster) -> Iterator[Callable[[], None]]:
    """Call it, and the process is the owner's; afterwards it is the web process again."""
    yield lambda: _log_in_as(cluster, "rooms_owner")
    _log_in_as(cluster, "rooms_web")


@pytest.fixture
def entry(
    tenant: Tenant,
    regions: LocalProvider,
    as_worker: Callable[[], None],
    as_web: Callable[[], None],
) -> LogEntry:
    """A stored line of the tenant; the process is the web process again."""
    as_worker()
    row = log_entry(tenant)
    as_web()
    return row
