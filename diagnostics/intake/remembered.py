"""What was seen lately, and no more of it than a bound: a mapping that forgets what nobody asks
for."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """A mapping of at most `most` keys. When it is full, those that were not asked for go."""

    def __init__(self, most: int) -> None:
        self._half = max(1, most // 2)
        self._new: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __contains__(self, key: K) -> bool:
        return key in self._new or key in self._old

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def get(self, key: K) -> V | None:
        """The value, or None."""
        found = self._new.get(key)
        if found is None and key in self._old:
            found = self._old.pop(key)
            self[key] = found
        return found

    def __setitem__(self, key: K, value: V) -> None:
        if len(self._new) >= self._half:
            self._old, self._new = self._new, {}
        self._new[key] = value
