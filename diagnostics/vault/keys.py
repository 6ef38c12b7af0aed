"""Keys from their tables: made for workers that write, unwrapped for whoever may read the row.

The web process sees the row of a wrapped key only under a live grant for the scope that opens its
class. An unwrapped key lives in a `Ring`, which ends with the transaction it was opened in.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from access import clock, residency
from access.lock import context
from diagnostics.kinds import KeyClass
from diagnostics.models.keys import ContentKey, KeyLevel, WrappedKey
from diagnostics.vault.providers import provider
from diagnostics.vault.sealing import CannotOpen, Key, Place, key_id_of
from diagnostics.vault.tables import (
    Destroyed,
    KeyTable,
    insert_once,
    label_of,
    month_of,
    newest,
    place_of,
    table_of,
)
from diagnostics.vault.words import WordHasher
from diagnostics.vault.wrapping import (
    unwrap_under_region,
    unwrap_under_tenant,
    wrap_under_region,
    wrap_under_tenant,
)

__all__ = [
    "Destroyed",
    "Ring",
    "RingClosed",
    "opening",
    "place_of",
    "reading",
    "search_hasher",
    "table_of",
    "writing_key",
]


class RingClosed(RuntimeError):
    """A key was asked for outside of the transaction in which its ring was opened."""


# -- Writing: workers -----------------------------------------------------------------------------


def writing_key(region: str, tenant_id: uuid.UUID, klass: KeyClass | str, at: datetime) -> Key:
    """The key that seals what is stored at that time for a tenant and class; made when missing.

    Of two who make it at once, one does, and both get that one. Called inside the transaction that
    writes the content, it also keeps the key from being destroyed before that ends: ask before the
    first row is written, and for several classes in the order of KeyClass. A month whose key was
    destroyed gets a new one; Destroyed is raised once the tenant's own key is gone.
    """
    table, month = table_of(klass), month_of(klass, at)
    with residency.region(region), transaction.atomic(using=region):
        tenant_key = _tenant_key(table, region, tenant_id)
        row = newest(table, tenant_id, KeyLevel.DATA, klass, month)
        if row is None or row.destroyed_at is not None:
            row = table(
                tenant_id=tenant_id,
                level=KeyLevel.DATA,
                klass=klass,
                month=month,
                number=row.number + 1 if row else 1,
                parent_id=tenant_key.id,
                made_at=clock.now(region),
            )
            made = Key.make(row.pk)
            row.wrapped = wrap_under_tenant(made, tenant_key, label_of(row, region))
            if insert_once(row, region):
                return made
            row = newest(table, tenant_id, KeyLevel.DATA, klass, month)
        if row is None or row.destroyed_at is not None or row.parent_id != tenant_key.id:
            raise CannotOpen
        return unwrap_under_tenant(bytes(row.wrapped), tenant_key, label_of(row, region))


def search_hasher(region: str, tenant_id: uuid.UUID) -> WordHasher:
    """Hashes the words of a tenant for the index; for workers."""
    return WordHasher(writing_key(region, tenant_id, KeyClass.SEARCH, clock.now(region)))


def new_tenant_key(
    table: KeyTable, region: str, tenant_id: uuid.UUID, number: int = 1
) -> tuple[WrappedKey, Key]:
    """A tenant key that stands in no table yet, and its row."""
    row = table(
        tenant_id=tenant_id, level=KeyLevel.TENANT, number=number, made_at=clock.now(region)
    )
    made = Key.make(row.pk)
    row.wrapped, row.provider_key = wrap_under_region(made, provider(), label_of(row, region))
    return row, made


def _tenant_key(table: KeyTable, region: str, tenant_id: uuid.UUID) -> Key:
    """The tenant's key, held against rotation and destruction; made when there never was one."""
    row = newest(table, tenant_id, KeyLevel.TENANT)
    if row is None:
        fresh, made = new_tenant_key(table, region, tenant_id)
        if insert_once(fresh, region):
            return made
        row = newest(table, tenant_id, KeyLevel.TENANT)
    if row is None:
        raise CannotOpen
    return unwrapped_tenant_key(row, region)


def unwrapped_tenant_key(row: WrappedKey, region: str) -> Key:
    """The tenant key of a row. Raises Destroyed, CannotOpen or ProviderFault."""
    if row.destroyed_at is not None:
        raise Destroyed(row.destroyed_at)
    return unwrap_under_region(
        bytes(row.wrapped), row.provider_key, provider(), label_of(row, region)
    )


# -- Reading --------------------------------------------------------------------------------------


class Ring:
    """The keys that one transaction has unwrapped, of one tenant and one table of keys."""

    def __init__(
        self,
        table: KeyTable,
        region: str,
        tenant_id: uuid.UUID,
        opened_in: context.Context | None,
    ) -> None:
        self.table, self.region, self.tenant_id = table, region, tenant_id
        self._opened_in = opened_in
        self._closed = False
        self._rows: dict[uuid.UUID, WrappedKey] = {}
        self._places: dict[tuple[type[Any], str], Place] = {}
        self._keys: dict[uuid.UUID, Key] = {}
        self._parents: dict[uuid.UUID, Key] = {}

    def load(self, sealed: Iterable[bytes]) -> None:
        """Read the rows of all keys that these values name, in one statement."""
        self._load_ids({key_id_of(value) for value in sealed})

    def open(self, row: Any, column: str) -> bytes:
        """What is sealed in a column of a row of this tenant.

        Raises Destroyed for a key that is gone, CannotOpen for everything else that does not open
        (no grant, no key, another place, other bytes), ProviderFault when nobody can be asked.
        """
        sealed = bytes(getattr(row, column))
        which = (type(row), column)
        if which not in self._places:
            self._places[which] = place_of(self.region, self.tenant_id, *which)
        return self.key(key_id_of(sealed)).open(sealed, self._places[which], row.pk)

    def open_all(self, rows: Iterable[Any], column: str) -> list[bytes]:
        """The same for many rows, in order, with one statement for their keys."""
        rows = list(rows)
        self.load(bytes(getattr(row, column)) for row in rows)
        return [self.open(row, column) for row in rows]

    def key(self, key_id: uuid.UUID) -> Key:
        """A data key by its id. Raises as `open` does."""
        self._must_be_open()
        if key_id not in self._keys:
            self._load_ids({key_id})
            self._keys[key_id] = self._unwrapped(self._rows.get(key_id))
        return self._keys[key_id]

    def hasher(self) -> WordHasher | None:
        """Hashes words as the index has them; None where no word can be looked for (any more)."""
        self._must_be_open()
        rows = self.table.objects.filter(
            tenant_id=self.tenant_id,
            level=KeyLevel.DATA,
            klass=KeyClass.SEARCH,
            destroyed_at=None,
        )
        found = rows.order_by("-number").first()
        return WordHasher(self.key(found.pk)) if found else None

    def close(self) -> None:
        """Forget every key; afterwards the ring opens nothing."""
        self._closed = True
        self._keys.clear()
        self._parents.clear()
        self._rows.clear()

    def _load_ids(self, ids: set[uuid.UUID]) -> None:
        self._must_be_open()
        wanted = ids - self._rows.keys()
        if not wanted:
            return
        which = Q(pk__in=wanted)
        if not any(row.level == KeyLevel.TENANT for row in self._rows.values()):
            which |= Q(level=KeyLevel.TENANT)
        for row in self.table.objects.filter(which, tenant_id=self.tenant_id):
            self._rows[row.pk] = row

    def _unwrapped(self, row: WrappedKey | None) -> Key:
        if row is None:
            raise CannotOpen
        if row.destroyed_at is not None:
            raise Destroyed(row.destroyed_at)
        if row.level != KeyLevel.DATA or row.parent_id is None:
            raise CannotOpen
        parent = row.parent_id
        if parent not in self._parents:
            above = self._rows.get(parent)
            if above is None or above.level != KeyLevel.TENANT:
                raise CannotOpen
            self._parents[parent] = unwrapped_tenant_key(above, self.region)
        return unwrap_under_tenant(
            bytes(row.wrapped), self._parents[parent], label_of(row, self.region)
        )

    def _must_be_open(self) -> None:
        if self._closed:
            raise RingClosed("This ring has ended with its transaction.")
        if self._opened_in is not None:
            try:
                inside = context.current() is self._opened_in
            except context.NoContext:
                inside = False
            if not inside:
                raise RingClosed("A key is used in the transaction that read its row, only there.")


@contextmanager
def opening(table: KeyTable = ContentKey) -> Iterator[Ring]:
    """The keys of the tenant that the open context names, as far as its grants show them.

    For pages: inside of the gate's transaction, and gone with the block.
    """
    now = context.current()
    if now.tenant is None:
        raise context.NoContext("Keys belong to a tenant, and this context names none.")
    ring = Ring(table, now.region, now.tenant.pk, now)
    try:
        yield ring
    finally:
        ring.close()


@contextmanager
def reading(region: str, tenant_id: uuid.UUID, table: KeyTable = ContentKey) -> Iterator[Ring]:
    """The keys of a tenant for a worker, in one transaction on the region."""
    with residency.region(region), transaction.atomic(using=region):
        ring = Ring(table, region, tenant_id, None)
        try:
            yield ring
        finally:
            ring.close()
