"""The words of an event: a log file holds only the values, and Windows the sentences around them.

So the events that matter in a meeting room have a sentence of ours; others show their values.
Facts: teams-rooms 7.1 (the app's own), 7.4 (sign-in), and Windows' public event ids.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

SRS: Final = "SRS-App"
PLACE: Final = re.compile(r"\{(\w+)\}")
# Event by provider and id; {0} is the first value, {Name} a named one; what is missing is left out.
MESSAGES: Final[dict[tuple[str, int], str]] = {
    ("Microsoft-Windows-Kernel-Power", 41): "Windows restarted without having been shut down.",
    ("Microsoft-Windows-Kernel-Power", 42): "Windows is going to sleep.",
    ("Microsoft-Windows-Kernel-Power", 107): "Windows woke from sleep.",
    ("Microsoft-Windows-Kernel-Power", 109): "Windows was asked to shut down.",
    ("Microsoft-Windows-Kernel-General", 12): "Windows started.",
    ("Microsoft-Windows-Kernel-General", 13): "Windows is shutting down.",
    ("EventLog", 6005): "The event log started, as it does with Windows.",
    ("EventLog", 6006): "The event log stopped, as it does when Windows shuts down.",
    ("EventLog", 6008): "Windows had stopped without being shut down, at {0} on {1}.",
    ("User32", 1074): "{0} asked for a restart: {2}",
    ("Microsoft-Windows-WER-SystemErrorReporting", 1001): "Windows stopped with an error: {param1}",
    ("BugCheck", 1001): "Windows stopped with an error: {param1}",
    ("Application Error", 1000): (
        "{AppName} {AppVersion} crashed in {ModuleName}, exception {ExceptionCode}."
    ),
    ("Application Hang", 1002): "{0} {1} did not answer any more and was ended.",
    ("Windows Error Reporting", 1001): "A crash was reported: {EventName} of {P1} {P2}.",
    ("Microsoft-Windows-Kernel-PnP", 400): "{DeviceInstanceId} was set up.",
    ("Microsoft-Windows-Kernel-PnP", 410): "{DeviceInstanceId} started.",
    ("Microsoft-Windows-Kernel-PnP", 411): "{DeviceInstanceId} had a problem starting: {Problem}.",
    ("Microsoft-Windows-Kernel-PnP", 420): "{DeviceInstanceId} was removed.",
    ("Microsoft-Windows-Kernel-PnP", 442): "{DeviceInstanceId} is not connected any more.",
    ("Microsoft-Windows-DriverFrameworks-UserMode", 2003): "{InstanceId} was plugged in.",
    ("Microsoft-Windows-DriverFrameworks-UserMode", 2100): "{InstanceId} changes its power state.",
    ("Microsoft-Windows-DriverFrameworks-UserMode", 2102): "{InstanceId} was unplugged.",
    ("Microsoft-Windows-AAD", 1098): "Signing in failed: {ErrorCode} {ErrorMessage}",
    ("Microsoft-Windows-Time-Service", 35): "The time is taken from {TimeSource}.",
    ("Microsoft-Windows-Time-Service", 37): "Time arrives from {TimeSource}.",
    ("Microsoft-Windows-Time-Service", 47): "No time arrives from {TimeSource}.",
    ("Microsoft-Windows-Time-Service", 50): (
        "The clock differs by more than {TimeDifferenceMilliseconds} milliseconds."
    ),
    ("Microsoft-Windows-WindowsUpdateClient", 19): "{updateTitle} was installed.",
    ("Microsoft-Windows-WindowsUpdateClient", 20): (
        "{updateTitle} could not be installed: {errorCode}."
    ),
    ("Microsoft-Windows-WindowsUpdateClient", 16): (
        "Windows cannot connect to the update service."
    ),
    ("Service Control Manager", 7000): "The service {param1} could not start: {param2}",
    ("Service Control Manager", 7031): (
        "The service {param1} ended unexpectedly, {param2} times by now."
    ),
    ("Service Control Manager", 7034): (
        "The service {param1} ended unexpectedly, {param2} times by now."
    ),
    ("Service Control Manager", 7036): "The service {param1} is now {param2}.",
    ("Service Control Manager", 7040): (
        "The start of the service {param1} was changed from {param2} to {param3}."
    ),
    ("disk", 7): "{0} has a bad block.",
    ("disk", 51): "An error came up on {0} while memory was being paged.",
    ("disk", 52): "{0} foresees that it will fail soon.",
    ("srv", 2013): "The disk {1} is nearly full.",
    ("Microsoft-Windows-DNS-Client", 1014): "The name {QueryName} could not be found.",
    ("Microsoft-Windows-TaskScheduler", 100): "The task {TaskName} started.",
    ("Microsoft-Windows-TaskScheduler", 102): "The task {TaskName} finished.",
    ("Microsoft-Windows-TaskScheduler", 103): "The task {TaskName} failed: {ResultCode}.",
    ("Microsoft-Windows-Security-Auditing", 4624): "An account signed in to Windows.",
    ("Microsoft-Windows-Security-Auditing", 4625): "An account could not sign in to Windows.",
    ("Microsoft-Windows-Security-Auditing", 4634): "An account signed out of Windows.",
    ("Microsoft-Windows-Security-Auditing", 4672): "Special rights were given at signing in.",
    ("Microsoft-Windows-AppXDeployment-Server", 400): "The package {PackageFullName} was deployed.",
    ("Microsoft-Windows-AppXDeployment-Server", 401): (
        "The package {PackageFullName} could not be deployed: {ErrorCode}."
    ),
    ("Managed Rooms", 1): "The agent started.",
}


def describe(provider: str, event_id: int, data: Mapping[str, str]) -> str:
    """An event in words: by a known sentence, else its values one after the other.

    `data` are its values by name; those without a name by their number from 1, as text.
    """
    if provider == SRS:
        told = _told_by_app(data)
        if told:
            return told
    sentence = MESSAGES.get((provider, event_id))
    if sentence is None:
        return joined(data) or f"Event {event_id} of {provider or 'nobody'}."
    values = list(data.values())

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name.isdecimal():
            return values[int(name)] if int(name) < len(values) else ""
        return data.get(name, "")

    return " ".join(PLACE.sub(value, sentence).split())


def joined(data: Mapping[str, str]) -> str:
    """Values with their names, where they have one."""
    return "; ".join(
        value if name.isdecimal() else f"{name}: {value}" for name, value in data.items() if value
    )


def _told_by_app(data: Mapping[str, str]) -> str:
    """The app writes one JSON object; its Description is the message (teams-rooms 7.1)."""
    for value in data.values():
        if value.lstrip().startswith("{"):
            try:
                said: Any = json.loads(value)
            except (ValueError, RecursionError):
                continue
            if isinstance(said, dict) and isinstance(said.get("Description"), str):
                operation, result = said.get("OperationName"), said.get("OperationResult")
                lead = f"{operation} {result}: " if isinstance(operation, str) else ""
                return f"{lead}{said['Description']}"
    return ""
