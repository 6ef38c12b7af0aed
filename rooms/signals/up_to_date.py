"""Up to date: the meeting app, Windows, and whether updates of Windows come through."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rooms.releases import APP_RELEASES, WINDOWS_BUILDS, app_standing
from rooms.reports.schema import WindowsUpdate
from rooms.signals.reading import Facts, Reading, Words, both
from rooms.signals.thresholds import Thresholds

APP_VERSION: Final = Words("app_version")
OS_VERSION: Final = Words("os_version")
DISABLED: Final = Words("windows_update_disabled")
ACTIVATION: Final = Words("windows_activation")
WSUS: Final = Words("wsus_enabled")
RESET: Final = Words("windows_update_reset")

SECONDS_A_DAY: Final = 24 * 60 * 60
# Editions that the meeting app has never been supported on, whatever their build.
UNSUPPORTED_EDITIONS: Final = frozenset({"home", "pro", "ltsb", "ltsc"})
SUPPORTED_BUILDS: Final = {build: supported for _, build, supported in WINDOWS_BUILDS}
KNOWN_APPS: Final = {version: app_standing(version) for version in APP_RELEASES}


def _numbers(version: str) -> tuple[int, ...] | None:
    """The parts of a dotted version; None for anything that is not one."""
    parts = version.split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return tuple(int(part) for part in parts)


NEWEST_APP: Final = _numbers(APP_RELEASES[0]) or ()


def app_version(facts: Facts, limits: Thresholds) -> Reading:
    """The meeting app is one of the two newest releases. One newer than our list is well."""
    return _app(facts.report.app.version)


@lru_cache(maxsize=4096)
def _app(installed: str) -> Reading:
    standing = KNOWN_APPS.get(installed)
    if standing is None:
        numbers = _numbers(installed)
        if numbers is not None and numbers > NEWEST_APP:
            return APP_VERSION.well
        return APP_VERSION.unknown("This release of the meeting app is not in our list.")
    if standing.supported:
        return APP_VERSION.well
    return APP_VERSION.fault(f"{installed} is {standing.behind} releases behind.")


def os_version(facts: Facts, limits: Thresholds) -> Reading:
    """The edition and the build of Windows are supported. A build we do not know is unknown."""
    system = facts.report.system
    return _windows(system.os_name, system.os_build)


@lru_cache(maxsize=4096)
def _windows(name: str, version: str) -> Reading:
    if not UNSUPPORTED_EDITIONS.isdisjoint(name.casefold().split()):
        return OS_VERSION.fault(f"{name} is an edition that is not supported.")
    parts = version.split(".")
    build = parts[2] if len(parts) > 2 else parts[0]
    known = build.isascii() and build.isdigit()
    supported = SUPPORTED_BUILDS.get(int(build)) if known else None
    if supported is None:
        return OS_VERSION.unknown("This build of Windows is not in our list.")
    if supported:
        return OS_VERSION.well
    return OS_VERSION.fault(f"Windows {version} is not supported any more.")


def windows_update_disabled(facts: Facts, limits: Thresholds) -> Reading:
    """The service of Windows Update runs."""
    update = facts.report.windows_update
    return DISABLED.unclear if update is None else DISABLED.expects(update.service_on)


def windows_activation(facts: Facts, limits: Thresholds) -> Reading:
    """Windows is activated."""
    return ACTIVATION.expects(facts.report.system.os_activated)


def _stale(facts: Facts, update: WindowsUpdate, limits: Thresholds) -> bool | None:
    """Whether no update has come for longer than allowed; None when nobody knows."""
    last = update.last_success_at
    if last is None:
        return None
    seconds = (facts.report.observed_at - last).total_seconds()
    return seconds > limits.most_days_without_update * SECONDS_A_DAY


def wsus_enabled(facts: Facts, limits: Thresholds) -> Reading:
    """Updates are recent, or no WSUS server stands in their way."""
    update = facts.report.windows_update
    if update is None:
        return WSUS.unclear
    if update.wsus_set is False:
        return WSUS.well
    return WSUS.trips(both(update.wsus_set, _stale(facts, update, limits)))


def windows_update_reset(facts: Facts, limits: Thresholds) -> Reading:
    """Updates are recent, or their components show nothing that a reset would mend."""
    update = facts.report.windows_update
    if update is None:
        return RESET.unclear
    failing, errors = update.failing_services, update.errors_24h
    signs = (
        update.rolled_back_30d,
        None if failing is None else failing > 0,
        None if errors is None else errors > limits.most_update_errors,
    )
    broken = True if True in signs else (None if None in signs else False)
    if broken is False:
        return RESET.well
    return RESET.trips(both(broken, _stale(facts, update, limits)))
