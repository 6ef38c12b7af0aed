"""What the check of one bundle knows: whose it is, and the keys that seal what comes of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from diagnostics.intake.guarding import EntryGuard
from diagnostics.kinds import KeyClass
from diagnostics.vault.keys import search_hasher, writing_key
from diagnostics.vault.sealing import Key
from diagnostics.vault.words import WordHasher


@dataclass
class Keys:
    """The data keys of a tenant at one time, each asked for once."""

    region: str
    tenant_id: uuid.UUID
    at: datetime
    _keys: dict[KeyClass, Key] = field(default_factory=dict)
    _hasher: WordHasher | None = None

    def ready(self) -> None:
        """Ask for every key before the first row is written, in the order of KeyClass."""
        for klass in KeyClass:
            if klass == KeyClass.SEARCH:
                self._hasher = search_hasher(self.region, self.tenant_id)
            else:
                self._keys[klass] = writing_key(self.region, self.tenant_id, klass, self.at)

    def key(self, klass: KeyClass) -> Key:
        """The key of a class. KeyError before `ready`."""
        return self._keys[klass]

    def hasher(self) -> WordHasher:
        """Hashes words for the index. RuntimeError before `ready`."""
        if self._hasher is None:
            raise RuntimeError("The keys are not ready.")
        return self._hasher


@dataclass(frozen=True)
class FileJob:
    """One file of a bundle that is being stored."""

    keys: Keys
    tenant_id: uuid.UUID
    room_id: uuid.UUID
    device_id: uuid.UUID
    room_reference: str
    device_reference: str
    collection_reference: str
    file_id: uuid.UUID
    kind: str
    source: str
    # What was stored for the bundle, so that it can be removed when the check is undone.
    names: list[str] = field(default_factory=list)
    # What it has judged of one file it knows in the next.
    guard: EntryGuard = field(default_factory=EntryGuard)
