"""Put new keys over old ones: keys are wrapped anew, and not a byte of content is touched."""

from __future__ import annotations

import uuid

from django.db import transaction

from access import audit, clock, residency
from diagnostics.models.keys import KeyLevel, WrappedKey
from diagnostics.vault.keys import new_tenant_key, unwrapped_tenant_key
from diagnostics.vault.providers import provider
from diagnostics.vault.tables import TABLES, KeyTable, insert_once, label_of, newest
from diagnostics.vault.wrapping import (
    unwrap_under_tenant,
    wrap_under_region,
    wrap_under_tenant,
)

Tenant = tuple[uuid.UUID, str]


class NothingToRotate(LookupError):
    """The tenant has no key here, or it was destroyed."""


def tenants_with_keys(region: str) -> set[uuid.UUID]:
    """Whose keys stand in the region."""
    with residency.region(region):
        return {
            tenant_id
            for table in TABLES
            for tenant_id in table.objects.filter(
                level=KeyLevel.TENANT, destroyed_at=None
            ).values_list("tenant_id", flat=True)
        }


def rewrap_tenant_keys(region: str, tenant: Tenant) -> int:
    """Wrap the tenant's own keys under the newest version of the region's key; how many.

    One transaction; running it again is harmless. Raises CannotOpen or ProviderFault, and then
    nothing of this tenant was changed.
    """
    done = 0
    with residency.region(region), transaction.atomic(using=region):
        for table in TABLES:
            for row in table.objects.select_for_update().filter(
                tenant_id=tenant[0], level=KeyLevel.TENANT, destroyed_at=None
            ):
                key = unwrapped_tenant_key(row, region)
                wrapped, by = wrap_under_region(key, provider(), label_of(row, region))
                row.wrapped, row.provider_key = wrapped, by
                row.save(update_fields=["wrapped", "provider_key"])
                done += 1
        if done:
            _record("vault.rewrapped", region, tenant, done)
    return done


def rotate_tenant(region: str, tenant: Tenant) -> int:
    """Give the tenant new keys of their own, and wrap the data keys under them; how many of those.

    Writers wait for it, or it for them, so that no data key is left under a key that is gone.
    Raises NothingToRotate, and what unwrapping raises; then nothing was changed.
    """
    done, tables = 0, 0
    with residency.region(region), transaction.atomic(using=region):
        for table in TABLES:
            old = newest(table, tenant[0], KeyLevel.TENANT, lock="update")
            if old is not None and old.destroyed_at is None:
                done += _rotate(table, region, old)
                tables += 1
        if not tables:
            raise NothingToRotate("This tenant has no key here.")
        _record("vault.rotated", region, tenant, done)
    return done


def _rotate(table: KeyTable, region: str, old: WrappedKey) -> int:
    old_key = unwrapped_tenant_key(old, region)
    row, new_key = new_tenant_key(table, region, old.tenant_id, old.number + 1)
    if not insert_once(row, region):
        raise NothingToRotate("Somebody else is rotating this tenant's key.")
    done = 0
    for data in table.objects.select_for_update().filter(
        tenant_id=old.tenant_id, level=KeyLevel.DATA, parent_id=old.pk, destroyed_at=None
    ):
        label = label_of(data, region)
        key = unwrap_under_tenant(bytes(data.wrapped), old_key, label)
        data.wrapped, data.parent_id = wrap_under_tenant(key, new_key, label), row.pk
        data.save(update_fields=["wrapped", "parent_id"])
        done += 1
    old.wrapped, old.destroyed_at = b"", clock.now(region)
    old.save(update_fields=["wrapped", "destroyed_at"])
    return done


def _record(kind: str, region: str, tenant: Tenant, keys: int) -> None:
    audit.record_system(
        kind, region=region, tenant=tenant, subject=("tenant", tenant[1]), detail={"keys": keys}
    )
