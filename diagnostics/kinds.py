"""The closed kinds of what can be collected from a device, and the data class of each.

The channels are those of the agent's own list (teams-rooms.md, 5.2); nothing else can be ordered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import models

from access.scopes import Scope


class PartKind(models.TextChoices):
    """One thing that an order asks for."""

    EVENT_LOG = "event_log", "Event log"
    ACTIVITY = "activity", "Room activity log"
    QUERY_USB = "query_usb", "USB devices"
    QUERY_POWER = "query_power", "Power state"
    QUERY_NETWORK = "query_network", "Network"
    QUERY_PROCESSES = "query_processes", "Processes"
    QUERY_UPDATES = "query_updates", "Installed updates"
    QUERY_TIME = "query_time", "Time service"
    APP_LOG = "app_log", "Teams Rooms app log"
    TEAMS_LOG = "teams_log", "Teams log"
    AGENT_LOG = "agent_log", "Agent log"


QUERIES: Final = frozenset(
    {
        PartKind.QUERY_USB,
        PartKind.QUERY_POWER,
        PartKind.QUERY_NETWORK,
        PartKind.QUERY_PROCESSES,
        PartKind.QUERY_UPDATES,
        PartKind.QUERY_TIME,
    }
)
LOGS: Final = frozenset(
    {PartKind.EVENT_LOG, PartKind.APP_LOG, PartKind.TEAMS_LOG, PartKind.AGENT_LOG}
)

# The agent's list of event logs (teams-rooms.md, 5.2).
CHANNELS: Final = (
    "System",
    "Application",
    "Skype Room System",
    "Microsoft Managed Rooms",
    "Security",
    "Microsoft-Windows-AAD/Operational",
    "Microsoft-Windows-AppXDeployment/Operational",
    "Microsoft-Windows-AppXDeploymentServer/Operational",
    "Microsoft-Windows-PowerShell/Operational",
    "Microsoft-Windows-TWinUI/Operational",
    "Microsoft-Windows-TaskScheduler/Operational",
)


class KeyClass(models.TextChoices):
    """What a data key encrypts. Each class has keys of its own, so each can be destroyed alone."""

    LOG = "log", "Log lines and their files"
    QUERY = "query", "Windows system queries"
    SEARCH = "search", "Words that can be searched for"
    NAME = "name", "Names that were masked in logs"
    ACTIVITY = "activity", "Activity of people in the room's log"


@dataclass(frozen=True)
class Level:
    """A level of Windows' event log, by its own number."""

    number: int
    word: str


LEVELS: Final = (
    Level(1, "Critical"),
    Level(2, "Error"),
    Level(3, "Warning"),
    Level(4, "Information"),
    Level(5, "Verbose"),
)

# What opens what was collected.
OPENED_BY: Final[dict[PartKind, Scope]] = {
    kind: Scope.ACTIVITY_VIEW if kind == PartKind.ACTIVITY else Scope.DIAGNOSTICS_VIEW
    for kind in PartKind
}
