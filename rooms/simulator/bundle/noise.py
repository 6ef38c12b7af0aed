"""What Windows writes all day whether all is well or not: the bulk of every log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from rooms.simulator.bundle.happenings import INFORMATION, WARNING, Happening

SERVICES: Final = (
    "Windows Update", "Windows Modules Installer", "Background Intelligent Transfer Service",
    "Device Setup Manager", "Software Protection", "Network Setup Service", "AppX Deployment",
)  # fmt: skip
TASKS: Final = (
    "\\Microsoft\\Windows\\UpdateOrchestrator\\Schedule Scan", "\\ManagedRoomsUpdater",
    "\\Microsoft\\Windows\\Time Synchronization\\SynchronizeTime", "\\ManagedRoomsLauncher",
    "\\Microsoft\\Skype\\NightlyReboot",
)  # fmt: skip
PACKAGES: Final = (
    "Microsoft.SkypeRoomSystem_{}_x64__8wekyb3d8bbwe",
    "Microsoft.VCLibs.140.00_14.0.30704.0_x64__8wekyb3d8bbwe",
    "Microsoft.NET.Native.Runtime.2.2_2.2.28604.0_x64__8wekyb3d8bbwe",
)

Kind = tuple[str, int, int, tuple[str, ...]]
LINES: Final[dict[str, tuple[Kind, ...]]] = {
    "System": (
        ("Service Control Manager", 7036, INFORMATION, ("param1", "param2")),
        ("Microsoft-Windows-Time-Service", 37, INFORMATION, ("TimeSource",)),
        ("Microsoft-Windows-DNS-Client", 1014, WARNING, ("QueryName",)),
    ),
    "Application": (("Software Protection Platform Service", 16384, INFORMATION, ("0", "1")),),
    "Security": (
        ("Microsoft-Windows-Security-Auditing", 4624, 0, ("TargetUserSid", "LogonType")),
        ("Microsoft-Windows-Security-Auditing", 4672, 0, ("SubjectUserSid", "PrivilegeList")),
        ("Microsoft-Windows-Security-Auditing", 4634, 0, ("TargetUserSid", "LogonType")),
    ),
    "Microsoft-Windows-TaskScheduler/Operational": (
        ("Microsoft-Windows-TaskScheduler", 100, INFORMATION, ("TaskName", "InstanceId")),
        ("Microsoft-Windows-TaskScheduler", 102, INFORMATION, ("TaskName", "InstanceId")),
    ),
    "Microsoft-Windows-AppXDeploymentServer/Operational": (
        ("Microsoft-Windows-AppXDeployment-Server", 400, INFORMATION, ("PackageFullName",)),
    ),
    "Microsoft-Windows-AppXDeployment/Operational": (
        ("Microsoft-Windows-AppXDeployment", 10001, INFORMATION, ("PackageFullName",)),
    ),
    "Microsoft-Windows-PowerShell/Operational": (
        ("Microsoft-Windows-PowerShell", 40961, INFORMATION, ()),
        ("Microsoft-Windows-PowerShell", 40962, INFORMATION, ()),
    ),
    "Microsoft-Windows-TWinUI/Operational": (
        ("Microsoft-Windows-Immersive-Shell", 5961, INFORMATION, ("AppId", "Result")),
    ),
    "Microsoft-Windows-AAD/Operational": (
        ("Microsoft-Windows-AAD", 1025, INFORMATION, ("Message",)),
    ),
    "Skype Room System": (("SRS-App", 1001, INFORMATION, ("0",)),),
    "Microsoft Managed Rooms": (("Microsoft Managed Rooms", 3, INFORMATION, ("0",)),),
}


def noise(
    channel: str, app: str, begin: datetime, lasting: timedelta, count: int, chance: Random
) -> Iterator[Happening]:
    """So many events of a channel, spread over the time that begins there."""
    kinds = LINES.get(channel)
    if not kinds:
        return
    for number in range(count):
        provider, event_id, level, names = chance.choice(kinds)
        values = tuple((name, _value(name, app, chance)) for name in names)
        at = begin + lasting * (number + chance.random()) / count
        yield Happening(at, channel, provider, event_id, level, values)


def _value(name: str, app: str, chance: Random) -> str:
    """Something believable for a value of that name."""
    match name:
        case "param1":
            return chance.choice(SERVICES)
        case "param2":
            return chance.choice(("running", "stopped"))
        case "TimeSource":
            return "time.windows.com,0x9 (ntp.m|0x9|0.0.0.0:123->20.101.57.9:123)"
        case "QueryName":
            return chance.choice(("login.microsoftonline.com", "teams.microsoft.com", "wpad"))
        case "TaskName":
            return chance.choice(TASKS)
        case "InstanceId":
            return f"{{{chance.getrandbits(128):032x}}}"
        case "PackageFullName":
            return chance.choice(PACKAGES).format(app)
        case "TargetUserSid" | "SubjectUserSid":
            return chance.choice(("S-1-5-18", "S-1-5-19", "S-1-5-20"))
        case "LogonType":
            return chance.choice(("2", "5"))
        case "PrivilegeList":
            return "SeBackupPrivilege SeRestorePrivilege SeDebugPrivilege"
        case "AppId":
            return "Microsoft.SkypeRoomSystem_8wekyb3d8bbwe!App"
        case "Message":
            return "Http transport status 200."
        case _:
            return f"Status {chance.randrange(4096):#06x}"
