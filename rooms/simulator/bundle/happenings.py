"""What happened to a device between two looks at it, as Windows and the app write it down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rooms.kinds import PeripheralKind
from rooms.simulator.bundle.usb import instance_path
from rooms.simulator.condition import Condition
from rooms.simulator.machines import Machine
from rooms.simulator.parts import SOUND_IN, SOUND_OUT, Part

CRITICAL, ERROR, WARNING, INFORMATION = 1, 2, 3, 4
SYSTEM, APPLICATION, SRS = "System", "Application", "Skype Room System"
AAD, AGENT = "Microsoft-Windows-AAD/Operational", "Microsoft Managed Rooms"
SIGN_IN_WORDS = {
    "AADSTS50076": "Due to a configuration change multi-factor authentication is needed.",
    "AADSTS50079": "The user is required to use multi-factor authentication.",
    "AADSTS53003": "Access has been blocked by Conditional Access policies.",
    "AADSTS50055": "The password is expired.",
    "AADSTS50126": "Invalid username or password.",
}


@dataclass(frozen=True)
class Happening:
    """One event. `values` by name; a name that begins with a digit stands for an unnamed value."""

    at: datetime
    channel: str
    provider: str
    event_id: int
    level: int
    values: tuple[tuple[str, str], ...] = ()


def event(
    at: datetime, channel: str, provider: str, event_id: int, level: int, **values: str
) -> Happening:
    """An event whose values have names."""
    return Happening(at, channel, provider, event_id, level, tuple(values.items()))


def happenings(
    machine: Machine, before: Condition | None, now: Condition, at: datetime
) -> Iterator[Happening]:
    """What is written between two looks, the later of them at `at`."""
    if before is not None:
        yield from _starts(before, now, at)
        yield from _plugged(before, now, at)
        yield from _crashes(before, now, at)
    yield from _sign_in(machine, before, now, at)
    yield from heartbeat(machine, now, at)
    yield from _service(before, now, at)


def _starts(before: Condition, now: Condition, at: datetime) -> Iterator[Happening]:
    """A start of Windows; after a crash with what went before it."""
    if now.started_at <= before.started_at:
        return
    began = min(now.started_at, at)
    crashed = now.restarts > before.restarts or now.blue_screens > before.blue_screens
    if crashed:
        yield event(began, SYSTEM, "Microsoft-Windows-Kernel-Power", 41, CRITICAL,
                    BugcheckCode="159", BugcheckParameter1="0x3", SleepInProgress="0")  # fmt: skip
        if now.blue_screens > before.blue_screens:
            stop = "0x0000009f (0x0000000000000003, 0xffffa50d8e6f3060, 0xfffff8017c47f750)"
            yield event(began, SYSTEM, "Microsoft-Windows-WER-SystemErrorReporting", 1001, ERROR,
                        param1=stop, param2="C:\\Windows\\MEMORY.DMP")  # fmt: skip
        yield Happening(began, SYSTEM, "EventLog", 6008, ERROR,
                        (("0", f"{began:%H:%M:%S}"), ("1", f"{began:%Y-%m-%d}")))  # fmt: skip
    else:
        asked = began - timedelta(seconds=40)
        yield Happening(asked, SYSTEM, "User32", 1074, INFORMATION,
                        (("0", "C:\\Windows\\System32\\svchost.exe"), ("1", "ROOM"),
                         ("2", "Nightly maintenance"), ("3", "0x80020010")))  # fmt: skip
        yield event(asked, SYSTEM, "Microsoft-Windows-Kernel-General", 13, INFORMATION)
    yield event(began, SYSTEM, "Microsoft-Windows-Kernel-General", 12, INFORMATION,
                MajorVersion="10", BuildVersion=now.os_build.split(".")[2])  # fmt: skip
    yield event(began, SYSTEM, "EventLog", 6005, INFORMATION)
    yield Happening(began + timedelta(seconds=35), SRS, "SRS-App", 4000, INFORMATION,
                    (("0", json.dumps({"Description": "App restarted.", "OperationName": "Restart",
                                       "OperationResult": "Pass"})),))  # fmt: skip


def _plugged(before: Condition, now: Condition, at: datetime) -> Iterator[Happening]:
    """What came or went at the ports; a loose cable does both, time after time."""
    was = {part.instance: part for part in before.parts}
    for part in now.parts:
        old = was.get(part.instance, part)
        path = instance_path(part)
        if part.connected != old.connected:
            yield from _moved(part, path, at, gone=not part.connected)
        elif part.link_changes > old.link_changes and part.on_usb:
            # each change that left no trace is a going and a coming, in the order that fits
            for number in range(min(2, part.link_changes - old.link_changes)):
                first = at - timedelta(seconds=40 * (number + 1))
                yield from _moved(part, path, first, gone=part.connected)
                second = first + timedelta(seconds=20)
                yield from _moved(part, path, second, gone=not part.connected)


def _moved(part: Part, path: str, at: datetime, *, gone: bool) -> Iterator[Happening]:
    umdf, pnp = "Microsoft-Windows-DriverFrameworks-UserMode", "Microsoft-Windows-Kernel-PnP"
    if gone:
        if part.on_usb:
            yield event(at, SYSTEM, umdf, 2102, WARNING, InstanceId=path, Status="0xC00000C0")
        yield event(at, SYSTEM, pnp, 442, WARNING, DeviceInstanceId=path, Status="0x0")
    else:
        if part.on_usb:
            yield event(at, SYSTEM, umdf, 2003, INFORMATION, InstanceId=path)
        yield event(at, SYSTEM, pnp, 410, INFORMATION, DeviceInstanceId=path, Status="0x0")


def _crashes(before: Condition, now: Condition, at: datetime) -> Iterator[Happening]:
    """Each new crash of the app, and the report of it."""
    ended = before.app_running and not now.app_running
    for number in range(min(10, max(now.crashes - before.crashes, int(ended)))):
        when = at - timedelta(seconds=25 * number + 5)
        yield event(when, APPLICATION, "Application Error", 1000, ERROR,
                    AppName="SkypeRoomSystem.exe", AppVersion=now.app, AppTimeStamp="62f0a1b2",
                    ModuleName="Windows.UI.Xaml.dll", ModuleVersion="10.0.19041.1865",
                    ExceptionCode="0xc000027b", FaultingOffset="0x00000000008a1f2c",
                    ProcessId="0x1a2c")  # fmt: skip
        yield event(when, APPLICATION, "Windows Error Reporting", 1001, INFORMATION,
                    Bucket="1845923746512", EventName="MoAppCrash",
                    P1="Microsoft.SkypeRoomSystem", P2=now.app, P3="Windows.UI.Xaml.dll",
                    P4="c000027b")  # fmt: skip


def _sign_in(
    machine: Machine, before: Condition | None, now: Condition, at: datetime
) -> Iterator[Happening]:
    """A failed sign-in is tried again every ten minutes or so."""
    if not at.minute // 5 % 2:
        return
    for code in sorted({now.teams_code, now.exchange_code} & SIGN_IN_WORDS.keys()):
        yield event(at, AAD, "Microsoft-Windows-AAD", 1098, ERROR,
                    Error="0xCAA20003", ErrorCode=code, ErrorMessage=SIGN_IN_WORDS[code],
                    AdditionalInformation="Correlation ID: "
                    f"{machine.chance(f'correlation/{at}').getrandbits(64):016x}")  # fmt: skip


def heartbeat(machine: Machine, now: Condition, at: datetime) -> Iterator[Happening]:
    """The app's two events in five minutes (teams-rooms 7.1), while it runs."""
    if not now.app_running:
        return
    online = now.internet == "full"
    signed_in = not (now.teams_code or now.exchange_code)
    exchange = now.exchange_code or "Connected"
    exchange = f"code : {exchange}" if exchange.startswith("AADSTS") else exchange
    teams = "Unhealthy" if now.teams_code else "Healthy"
    said = (
        f"Network status : {'Healthy' if online else 'Unhealthy'}. Exchange status : {exchange}."
        f" Signin status: NotApplicable. Teams Signin status: {teams}."
    )
    yield _told(machine, now, at, 2000 if online and signed_in else 2001, "Heartbeat", said)
    checks = {
        "Conference Microphone": any(now.connected(kind) for kind in SOUND_IN),
        "Conference Speaker": any(now.connected(kind) for kind in SOUND_OUT),
        "Default Speaker": any(now.connected(kind) for kind in SOUND_OUT),
        "Camera": now.connected(PeripheralKind.CAMERA) > 0,
        "Front of Room Display": now.connected(PeripheralKind.FRONT_DISPLAY) >= machine.displays,
        "HDMI Ingest": all(
            part.connected for part in now.parts if part.kind == PeripheralKind.HDMI_INGEST
        ),
    }
    said = " ".join(
        f"{name} status : {'Healthy' if well else 'Unhealthy'}." for name, well in checks.items()
    )
    if not checks["Front of Room Display"]:
        found = now.connected(PeripheralKind.FRONT_DISPLAY)
        said += f" Configured display count is {machine.displays}. Real display count is {found}."
    well = all(checks.values())
    yield _told(machine, now, at, 3000 if well else 3001, "HardwareCheckEngine", said)


def _told(
    machine: Machine, now: Condition, at: datetime, event_id: int, operation: str, said: str
) -> Happening:
    well = event_id % 1000 == 0
    body = {
        "Description": said,
        "ResourceState": "Healthy" if well else "Unhealthy",
        "OperationName": operation,
        "OperationResult": "Pass" if well else "Fail",
        "OS": "Windows 10",
        "OSVersion": now.os_build,
        "Alias": "",
        "DisplayName": "",
        "AppVersion": now.app,
        "IPv4Address": machine.addresses[0],
        "IPv6Address": machine.addresses[-1],
    }
    level = INFORMATION if well else ERROR
    return Happening(at, SRS, "SRS-App", event_id, level, (("0", json.dumps(body)),))


def _service(before: Condition | None, now: Condition, at: datetime) -> Iterator[Happening]:
    """Clock, updates and disk, when they change for the worse; and the agent's own log."""
    if before is not None and now.clock_ahead != before.clock_ahead:
        ahead = abs(int(now.clock_ahead.total_seconds() * 1000))
        yield event(at, SYSTEM, "Microsoft-Windows-Time-Service", 50, WARNING,
                    TimeDifferenceMilliseconds=str(ahead), TimeSampleSeconds="900")  # fmt: skip
    if not now.update_reachable and at.minute < 5:
        yield event(at, SYSTEM, "Microsoft-Windows-WindowsUpdateClient", 16, WARNING)
    if now.disk_health != "good" and at.minute < 5:
        yield Happening(at, SYSTEM, "disk", 52, WARNING, (("0", "\\Device\\Harddisk0\\DR0"),))
    if now.disk_free < 0.1 and at.minute < 5:
        yield Happening(at, SYSTEM, "srv", 2013, WARNING,
                        (("0", "\\Device\\LanmanServer"), ("1", "C:")))  # fmt: skip
    if at.minute % 15 < 5:
        yield Happening(at.astimezone(UTC), AGENT, "Microsoft Managed Rooms", 2, INFORMATION,
                        (("0", f"Report sent. Agent {now.agent}."),))  # fmt: skip
