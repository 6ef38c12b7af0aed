"""Which versions exist of what, and for which model: a version that is not listed does not exist.

From the public release notes of 2022 and the list of certified hardware of 2024-09-17, with some
made-up newer firmware for made-up rooms. Makers publish no list of drivers, so there is none until
somebody names a release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from rooms.fleet.firmware import NEWER
from rooms.fleet.hardware import CONTENT_CAMERAS, KITS
from rooms.fleet.software import AGENTS, ANDROID_APP, PANEL_APP, WINDOWS
from rooms.kinds import Platform
from rooms.releases import APP_RELEASES


class Component(StrEnum):
    """What is updated."""

    APP = "app"
    OS = "os"
    AGENT = "agent"
    DRIVER = "driver"
    FIRMWARE = "firmware"


@dataclass(frozen=True)
class Release:
    """A version that exists. `model` is what it is for: the platform, a peripheral or a driver."""

    component: Component
    model: str
    version: str


def _key(component: Component, model: str) -> tuple[Component, str]:
    return component, " ".join(model.casefold().split())


@dataclass(frozen=True)
class KnownReleases:
    """All releases that may be named, newest first for each model."""

    releases: tuple[Release, ...] = ()
    _of: Mapping[tuple[Component, str], tuple[str, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        of: dict[tuple[Component, str], tuple[str, ...]] = {}
        for release in dict.fromkeys(self.releases):
            key = _key(release.component, release.model)
            of[key] = (*of.get(key, ()), release.version)
        object.__setattr__(self, "_of", of)

    def versions(self, component: Component, model: str) -> tuple[str, ...]:
        """The versions of that model, newest first; none for a model that is not known."""
        return self._of.get(_key(component, model), ())

    def has(self, component: Component, model: str, version: str) -> bool:
        """Whether that very version exists for that model. Versions are compared as text."""
        return version in self.versions(component, model)

    def adding(self, newest_first: Iterable[Release]) -> KnownReleases:
        """These and some newer ones."""
        return KnownReleases((*newest_first, *self.releases))

    def without(self, recalled: Iterable[Release]) -> KnownReleases:
        """These less some that were taken back."""
        gone = {(*_key(one.component, one.model), one.version) for one in recalled}
        kept = (r for r in self.releases if (*_key(r.component, r.model), r.version) not in gone)
        return KnownReleases(tuple(kept))


# Firmware of certified peripherals that the made-up rooms have none of.
CERTIFIED: Final[dict[str, str]] = {
    "Logitech C930e": "8.0.914",
    "Logitech Rally Bar Mini": "10.5.880",
    "Logitech PTZ Pro": "1.1.219",
    "Huddly IQ": "1.3.22",
    "Huddly L1": "1.2.9",
    "AVer VB342 Pro": "0.0.7800.61",
    "Jabra PanaCast 3": "1.3.9.12",
    "Jabra Speak 510": "2.10.0",
    "Poly Trio 8500": "5.7.2.3205",
    "Poly Trio 8800": "5.7.2.3205",
    "Poly Sync 40": "0.0.94.1461",
    "Poly Sync 60": "0.0.150.1671",
    "Yealink UVC30": "105.420.0.11",
    "Yealink UVC40": "128.410.0.10",
    "Yamaha CS-500": "1.0.4",
    "Shure MXA310": "4.1",
    "EPOS Expand Capture 5": "1.0.1",
    "Nureva HDL300": "2.3.6",
}


def _public() -> Iterable[Release]:
    """Every release that the public lists name."""
    for version in APP_RELEASES:
        yield Release(Component.APP, Platform.WINDOWS, version)
    for version in (PANEL_APP, ANDROID_APP):
        yield Release(Component.APP, Platform.ANDROID, version)
    for version in WINDOWS:
        yield Release(Component.OS, Platform.WINDOWS, version)
    for version in AGENTS:
        yield Release(Component.AGENT, Platform.WINDOWS, version)
        yield Release(Component.AGENT, Platform.ANDROID, version)
    for model, versions in NEWER.items():
        for version in versions:
            yield Release(Component.FIRMWARE, model, version)
    kits = (part for kits in KITS.values() for kit in kits for part in kit.parts)
    for part in (*kits, *CONTENT_CAMERAS):
        yield Release(Component.FIRMWARE, part.name, part.firmware)
    for model, version in CERTIFIED.items():
        yield Release(Component.FIRMWARE, model, version)


PUBLIC: Final = KnownReleases(tuple(_public()))
