"""What tests of diagnostic data stand on: keys, a storage, and the device surface beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from access.models import Tenant
from diagnostics.intake.check import check_next
from diagnostics.models import Collection
from diagnostics.retention import job
from diagnostics.vault import intake
from diagnostics.vault.providers.local import LocalProvider
from rooms.device_api import keys, pace, refusals
from tests.diagnostics.collections import collected, stands
from tests.diagnostics.sending import bundle_of, upload_all
from tests.rooms.device_api.devices import Box, enrolled

CONTENT_TABLES = (
    "logentry", "logword", "loghour", "logtotal", "logmask", "systemquery", "activityentry",
    "collectionfile",
)  # fmt: skip


@pytest.fixture
def vault(settings: Any, tmp_path: Path) -> Path:
    """Keys for every region, and an empty storage for each; the folder of both."""
    settings.VAULT_PROVIDER, settings.VAULT_KEYS_DIR = "local", tmp_path / "vault"
    provider = LocalProvider(settings.VAULT_KEYS_DIR)
    pairs = {}
    for region in settings.PORTAL_REGIONS:
        provider.make(region)
        pairs[region] = intake.make_pair()
    settings.VAULT_INTAKE_PRIVATE = {region: private for region, (private, _) in pairs.items()}
    settings.VAULT_INTAKE_PUBLIC = {region: public for region, (_, public) in pairs.items()}
    settings.STORAGES = {
        name: value | {"OPTIONS": {"location": str(tmp_path / name)}}
        if name.startswith("bundles_")
        else value
        for name, value in settings.STORAGES.items()
    }
    return tmp_path


@pytest.fixture
def surface(vault: Path, as_device: Callable[[], None]) -> Iterator[Callable[[], Any]]:
    """`with surface():` the process is the device surface, with its role and its middleware."""

    def enter() -> Any:
        keys._points.clear()
        pace._looked_at.clear()
        refusals._gathered.clear()
        refusals._written_at.clear()
        as_device()
        return override_settings(
            ROOT_URLCONF="portal.urls_device",
            MIDDLEWARE=["rooms.device_api.middleware.DeviceSurface"],
            ALLOWED_HOSTS=["testserver"],
            DATA_UPLOAD_MAX_MEMORY_SIZE=2 * 1024 * 1024,
        )

    return enter


@pytest.fixture
def box(tenant: Tenant, db: None) -> Box:
    """An enrolled device of the EU, in a furnished tenant."""
    return enrolled(tenant)


@pytest.fixture
def ready(
    surface: Callable[[], Any],
    box: Box,
    tenant: Tenant,
    as_worker: Callable[[], None],
    as_web: Callable[[], None],
) -> Callable[..., Collection]:
    """`ready(*files)`: a collection whose bundle of these files was sent and checked."""

    def make(
        *files: tuple[str, str, bytes], device: Box | None = None, **fields: Any
    ) -> Collection:
        sender = device or box
        collection = collected(sender.device, tenant, **fields)
        with surface():
            upload_all(sender, collection, bundle_of(collection, *files))
        as_worker()
        assert check_next("eu") == collection.reference
        as_web()
        now = stands(collection)
        assert (now.state, now.why) == ("ready", "")
        return now

    return make


@pytest.fixture
def rows(superuser: Any) -> Callable[[], dict[str, int]]:
    """How many rows each table of content has."""

    def count() -> dict[str, int]:
        return {
            name: superuser["eu"].execute(f"select count(*) from diagnostics_{name}").fetchone()[0]
            for name in CONTENT_TABLES
        }

    return count


@pytest.fixture
def retain(as_worker: Callable[[], None], as_web: Callable[[], None]) -> Callable[..., Any]:
    """Run the job as the worker."""

    def run(seconds: float = 60) -> job.Done:
        as_worker()
        try:
            return job.retain("eu", seconds)
        finally:
            as_web()

    return run
