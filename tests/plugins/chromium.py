"""Browser tests need Chromium: without one they are skipped and say so, and fail where CI=true."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BENCH = Path(__file__).resolve().parents[1] / "bench"


def find_chromium() -> str | None:
    """The browser's program: $CHROMIUM, or one on the path."""
    named = os.environ.get("CHROMIUM")
    return named if named else next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser's program."""
    found = find_chromium()
    if found is None:
        pytest.fail("Chromium is missing: apt-get install chromium, or set CHROMIUM to its path.")
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip browser tests on a machine without a browser, except in CI, where they then fail."""
    if find_chromium() or os.environ.get("CI") == "true":
        return
    missing = pytest.mark.skip(reason="Chromium is missing (apt-get install chromium)")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(missing)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave tests/bench alone unless it was asked for by name."""
    asked = any("bench" in arg for arg in config.args)
    return True if collection_path == BENCH and not asked else None
