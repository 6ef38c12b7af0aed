"""Releases of the meeting app and builds of Windows, and how far behind an installed one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Newest first, from the public release notes of 2022. The service supports the first two.
APP_RELEASES: Final = (
    "4.13.132.0",
    "4.12.138.0",
    "4.12.126.0",
    "4.11.17.0",
    "4.11.12.0",
    "4.10.10.0",
    "4.9.12.0",
    "4.8.31.0",
)
SUPPORTED_APP_RELEASES: Final = 2

# Builds of Windows 10 in the same year, newest first: feature update, build, whether supported.
WINDOWS_BUILDS: Final = (
    ("21H2", 19044, True),
    ("20H2", 19042, True),
    ("19H2", 18363, False),
    ("1809", 17763, False),
)
NEWEST_WINDOWS: Final = "10.0.19044.1889"


@dataclass(frozen=True)
class Standing:
    """Where an installed version stands: releases behind (None: unknown), and whether supported."""

    behind: int | None
    supported: bool | None


def app_standing(installed: str) -> Standing:
    """Where a meeting app stands. A release that is not in the list is unknown, not wrong."""
    if installed not in APP_RELEASES:
        return Standing(None, None)
    behind = APP_RELEASES.index(installed)
    return Standing(behind, behind < SUPPORTED_APP_RELEASES)


def windows_standing(installed: str) -> Standing:
    """Where a Windows version such as 10.0.19044.1889 stands, by its build."""
    build = int(installed.split(".")[2])
    for behind, (_, known, supported) in enumerate(WINDOWS_BUILDS):
        if build == known:
            return Standing(behind, supported)
    return Standing(None, None)
