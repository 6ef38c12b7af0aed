"""The states of rooms, devices, signals and links, and how a signal and a device may move.

Values are plain text and never database enums: comparing text is leakproof, so an index on it
still serves under row security.
"""

from __future__ import annotations

from django.db import models


class RoomStatus(models.TextChoices):
    """What a room shows. Onboarding, suppressed and unmonitored override what signals say."""

    UNHEALTHY = "unhealthy", "Unhealthy"
    UNMONITORED = "unmonitored", "Unmonitored"
    SUPPRESSED = "suppressed", "Suppressed"
    ONBOARDING = "onboarding", "Onboarding"
    HEALTHY = "healthy", "Healthy"


class Severity(models.TextChoices):
    """How much a signal matters. Only critical and important decide the health of a room."""

    CRITICAL = "critical", "Critical"
    IMPORTANT = "important", "Important"
    WARNING = "warning", "Warning"
    RECOMMENDED = "recommended", "Recommended"
    NOT_RATED = "not_rated", "Not rated"


DECIDING = frozenset({Severity.CRITICAL, Severity.IMPORTANT})
SEVERITY_ORDER: dict[str, int] = {severity.value: place for place, severity in enumerate(Severity)}


class SignalStatus(models.TextChoices):
    """Where one signal of one device stands."""

    UNKNOWN = "unknown", "Unknown"
    HEALTHY = "healthy", "Healthy"
    WATCHING = "watching", "Watching"
    UNHEALTHY = "unhealthy", "Unhealthy"


class DeviceState(models.TextChoices):
    """Whether the device is looked after. Onboarding devices raise nothing."""

    ONBOARDING = "onboarding", "Onboarding"
    MONITORED = "monitored", "Monitored"
    UNENROLLED = "unenrolled", "Unenrolled"


class LinkState(models.TextChoices):
    """Whether a peripheral answers at its port."""

    CONNECTED = "connected", "Connected"
    DISCONNECTED = "disconnected", "Disconnected"
    UNKNOWN = "unknown", "Unknown"


class IncidentState(models.TextChoices):
    """Where an incident stands. Resolved ones come back as themselves within seven days."""

    ACTIVE = "active", "Active"
    RESOLVED = "resolved", "Resolved"
    CLOSED = "closed", "Closed"


class Assignment(models.TextChoices):
    """Who takes the next step."""

    PENDING = "pending", "Pending investigation"
    SYSTEM = "system", "System investigating"
    US = "us", "Assigned to us"
    CUSTOMER = "customer", "Needs action"


class Cause(models.TextChoices):
    """What a person found at the bottom of an incident."""

    HARDWARE = "hardware", "Faulty hardware"
    CABLING = "cabling", "Cable or connection"
    CONFIGURATION = "configuration", "Wrong setting"
    ACCOUNT = "account", "Room account"
    UPDATE = "update", "Update or version"
    NETWORK = "network", "Network"
    POWER = "power", "Power"
    SERVICE = "service", "Service outage"
    FALSE_ALARM = "false_alarm", "False alarm"
    OTHER = "other", "Something else"


class EntryKind(models.TextChoices):
    """What one line of an incident's timeline tells."""

    OPENED = "opened", "Opened"
    REOPENED = "reopened", "Came back"
    RESOLVED = "resolved", "Resolved"
    CLOSED = "closed", "Closed"
    AUTOMATIC = "automatic", "Automatic step"
    NOTE = "note", "Note"
    MESSAGE = "message", "Message"
    ASSIGNED = "assigned", "Assigned"
    SUPPRESSED = "suppressed", "Suppressed"
    RELEASED = "released", "Suppression ended"


SIGNAL_MOVES: dict[SignalStatus, frozenset[SignalStatus]] = {
    SignalStatus.UNKNOWN: frozenset(
        {SignalStatus.HEALTHY, SignalStatus.WATCHING, SignalStatus.UNHEALTHY}
    ),
    SignalStatus.HEALTHY: frozenset(
        {SignalStatus.WATCHING, SignalStatus.UNHEALTHY, SignalStatus.UNKNOWN}
    ),
    SignalStatus.WATCHING: frozenset(
        {SignalStatus.HEALTHY, SignalStatus.UNHEALTHY, SignalStatus.UNKNOWN}
    ),
    SignalStatus.UNHEALTHY: frozenset({SignalStatus.HEALTHY, SignalStatus.UNKNOWN}),
}

DEVICE_MOVES: dict[DeviceState, frozenset[DeviceState]] = {
    DeviceState.ONBOARDING: frozenset({DeviceState.MONITORED, DeviceState.UNENROLLED}),
    DeviceState.MONITORED: frozenset({DeviceState.UNENROLLED}),
    DeviceState.UNENROLLED: frozenset({DeviceState.ONBOARDING}),
}

# A recorded incident is closed by hand; a signal's by seven healthy days, as a false alarm, or
# because its signal was switched off. What is closed never comes back.
INCIDENT_MOVES: dict[IncidentState, frozenset[IncidentState]] = {
    IncidentState.ACTIVE: frozenset({IncidentState.RESOLVED, IncidentState.CLOSED}),
    IncidentState.RESOLVED: frozenset({IncidentState.ACTIVE, IncidentState.CLOSED}),
    IncidentState.CLOSED: frozenset(),
}


def attention_rank(status: str, worst_severity: str) -> int:
    """The place in "what needs somebody first": 0 is a critical fault, 9 a room without any."""
    if status == RoomStatus.UNHEALTHY:
        return 0 if worst_severity == Severity.CRITICAL else 1
    if status == RoomStatus.UNMONITORED:
        return 2
    if status == RoomStatus.HEALTHY and worst_severity == Severity.WARNING:
        return 3
    if status == RoomStatus.SUPPRESSED:
        return 4
    if status == RoomStatus.ONBOARDING:
        return 5
    return 9
