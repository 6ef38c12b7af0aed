"""Environment ready: the network, Wi-Fi, the way to the update servers, the clock, the agent."""

from __future__ import annotations

from typing import Final

from rooms.reports.schema import Internet
from rooms.signals.reading import Facts, Reading, Words, both
from rooms.signals.thresholds import Thresholds

NETWORK: Final = Words("network")
WIFI_ONLY: Final = Words("wifi_only")
WIFI_WEAK: Final = Words("wifi_weak")
BLOCKED: Final = Words("windows_update_blocked")
DRIFT: Final = Words("time_drift")
PARTIAL: Final = Words("monitoring_partial")


def network(facts: Facts, limits: Thresholds) -> Reading:
    """The meeting app has the whole internet."""
    internet = facts.report.app.internet
    if internet is None:
        return NETWORK.unclear
    if internet is Internet.NONE:
        return NETWORK.fault("The meeting app reports no internet.")
    return NETWORK.expects(internet is Internet.FULL)


def _wifi_alone(facts: Facts) -> bool | None:
    """Whether Wi-Fi is the only path. Neither path is no answer: the report came by one."""
    network = facts.report.network
    if network.ethernet:
        return False
    if network.ethernet is None or network.wifi is None:
        return None if network.wifi is not False else False
    return True if network.wifi else None


def wifi_only(facts: Facts, limits: Thresholds) -> Reading:
    """There is an Ethernet path."""
    return WIFI_ONLY.trips(_wifi_alone(facts))


def wifi_weak(facts: Facts, limits: Thresholds) -> Reading:
    """Wi-Fi is strong enough, or not the only path."""
    strength = facts.report.network.wifi_dbm
    weak = None if strength is None else strength < limits.least_wifi_dbm
    trips = both(_wifi_alone(facts), weak)
    if trips:
        return WIFI_WEAK.fault(f"Only Wi-Fi, at {strength:.0f} dBm.")
    return WIFI_WEAK.trips(trips)


def windows_update_blocked(facts: Facts, limits: Thresholds) -> Reading:
    """The servers of Windows Update are reached."""
    update = facts.report.windows_update
    return BLOCKED.unclear if update is None else BLOCKED.expects(update.reachable)


def time_drift(facts: Facts, limits: Thresholds) -> Reading:
    """The device's clock agrees with the service's. Both are always told."""
    drift = (facts.report.device_clock - facts.report.observed_at).total_seconds()
    if abs(drift) <= limits.most_drift_seconds:
        return DRIFT.well
    return DRIFT.fault(f"The clock is {_length(abs(drift))} {'fast' if drift > 0 else 'slow'}.")


def _length(seconds: float) -> str:
    """A length of time in the largest unit of which there are two or more."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} seconds"


def monitoring_partial(facts: Facts, limits: Thresholds) -> Reading:
    """The agent could read and send everything."""
    return PARTIAL.expects(facts.report.agent.complete)
