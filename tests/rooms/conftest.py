"""A region that does not answer, for the pages that read several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import connections


@pytest.fixture
def unplugged(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], AbstractContextManager[None]]:
    """`with unplugged("us"):` nothing listens where that database should be."""

    @contextmanager
    def unplug(alias: str) -> Iterator[None]:
        connections[alias].close()
        with monkeypatch.context() as patch:
            patch.setitem(connections[alias].settings_dict, "PORT", "1")
            yield
        connections[alias].close()

    return unplug
