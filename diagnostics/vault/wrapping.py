"""Keys that encrypt keys: a data key under its tenant key, a tenant key under the region's key.

What a key is for is bound into its wrapping, so that a row which is relabelled, or moved to
another tenant, class, month or table, does not unwrap.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from diagnostics.vault.providers.base import KeyProvider
from diagnostics.vault.sealing import CannotOpen, Key, Place


@dataclass(frozen=True)
class Label:
    """What a wrapped key is: everything that its row says of it."""

    id: uuid.UUID
    region: str
    tenant: uuid.UUID
    table: str
    level: str
    klass: str
    month: date | None
    number: int

    @property
    def place(self) -> Place:
        """The column that the wrapped key stands in."""
        return Place(self.region, self.tenant, self.table, "wrapped")

    @property
    def row(self) -> str:
        """The key's name and meaning."""
        month = self.month.isoformat() if self.month else ""
        return f"{self.id}/{self.level}/{self.klass}/{month}/{self.number}"

    @property
    def context(self) -> bytes:
        """The same for a provider, which binds bytes."""
        return self.place.additional(self.row, self.id)


def wrap_under_tenant(key: Key, tenant_key: Key, label: Label) -> bytes:
    """A data key as it may be stored."""
    return tenant_key.seal(key.secret_to_wrap(), label.place, label.row)


def unwrap_under_tenant(wrapped: bytes, tenant_key: Key, label: Label) -> Key:
    """The data key again; CannotOpen when it was wrapped by another key or as something else."""
    return _key(label, tenant_key.open(wrapped, label.place, label.row))


def wrap_under_region(key: Key, provider: KeyProvider, label: Label) -> tuple[bytes, str]:
    """A tenant key as it may be stored, and which version of the region's key wrapped it."""
    wrapped = provider.wrap(label.region, key.secret_to_wrap(), label.context)
    return wrapped.blob, wrapped.by


def unwrap_under_region(wrapped: bytes, by: str, provider: KeyProvider, label: Label) -> Key:
    """The tenant key again. CannotOpen, or ProviderFault when the provider cannot say."""
    return _key(label, provider.unwrap(label.region, by, wrapped, label.context))


def _key(label: Label, secret: bytes) -> Key:
    try:
        return Key(label.id, secret)
    except ValueError:
        raise CannotOpen from None
