"""The closed schema of a device report: each field that may be sent, and no other.

Every model forbids unknown fields, so a field that is not listed here is refused by its name.
Text is one short line without control characters; free text has no place in a report. Numbers
have bounds: what no device can measure is a mistake, or worse. None means "the device cannot
tell", which makes a signal unknown, never healthy.

The fields are those of the agent's published list of April 2022 (teams-rooms PRIV-2022-04),
less what no signal and no page needs.
"""

from __future__ import annotations

import uuid
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from rooms.kinds import PeripheralKind

MOST_PERIPHERALS = 64
MOST_VERSIONS = 32
MOST_ADDRESSES = 8
MOST_BYTES = 64 * 1024
DEEPEST = 6

# One line of printable characters. No "@" and no URL: neither belongs into a name or a version.
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=120, pattern=r"^[^\x00-\x1f\x7f@]*$")
]
Word = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=60, pattern=r"^[^\x00-\x1f\x7f@]*$")
]
UsbId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{4}$")]
# vendor:product:instance, as Windows names a USB device
HardwareId = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}:[^\x00-\x20@]{1,60}$")
]
Zone = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_+\-/]+$")]
Mac = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2}:){5}[0-9a-f]{2}$")]
Count = Annotated[int, Field(ge=0, le=100_000)]
Percent = Annotated[float, Field(ge=0, le=100)]
Minutes = Annotated[int, Field(ge=0, le=5_256_000, description="minutes, at most ten years")]
Bytes = Annotated[int, Field(ge=0, le=2**50, description="bytes")]


def _address(value: object) -> IPv4Address | IPv6Address:
    """One that is written out; a number would be taken for an address as well."""
    if not isinstance(value, str):
        raise ValueError("an address is written out")
    try:
        return IPv6Address(value) if ":" in value else IPv4Address(value)
    except ValueError:
        raise ValueError("not an IPv4 or IPv6 address") from None


# pydantic's own tries one kind and then the other, at a quarter of the cost of a whole report.
Address = Annotated[
    IPv4Address | IPv6Address,
    PlainValidator(_address),
    WithJsonSchema({"type": "string", "format": "ipvanyaddress"}),
]


class Closed(BaseModel):
    """A part of a report: what is not listed is refused, and nothing is guessed from text."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=False, allow_inf_nan=False, ser_json_inf_nan="null"
    )


class Answer(StrEnum):
    """How a sign-in or a synchronisation went."""

    WELL = "well"
    FAILED = "failed"
    NOT_USED = "not_used"


class Internet(StrEnum):
    """What the meeting app says of its connection."""

    FULL = "full"
    LIMITED = "limited"
    NONE = "none"


class DiskHealth(StrEnum):
    """What the system drive says of itself."""

    GOOD = "good"
    WORN = "worn"
    ERRORS = "errors"


class Agent(Closed):
    """The agent that reports."""

    version: Word
    ring: Word | None = None
    uptime_minutes: Minutes
    connection_errors_24h: Count = 0
    complete: bool | None = Field(
        default=None, description="whether every signal could be read and sent"
    )


class System(Closed):
    """The computer: what it is, and how long it has run."""

    manufacturer: Word
    model: Line
    serial: Word
    bios: Word | None = None
    os_name: Word
    os_build: Word
    os_activated: bool | None = None
    time_zone: Zone
    uptime_minutes: Minutes
    restarts_24h: Count | None = None
    blue_screens_24h: Count | None = None
    nightly_restart: bool | None = None
    bluetooth_on: bool | None = None
    tpm_on: bool = True
    factory_password: bool | None = None
    cpu_percent: Percent | None = None
    memory_percent: Percent | None = None
    temperature_celsius: Annotated[float, Field(ge=-50, le=150)] | None = None
    disk_free_bytes: Bytes | None = None
    disk_total_bytes: Bytes | None = None
    disk_health: DiskHealth | None = None


class Power(Closed):
    """The power plan on mains power."""

    usb_selective_suspend: bool | None = None
    usb_power_drain: bool | None = None
    cpu_limit_percent: Percent | None = None
    sleep_after_minutes: Minutes | None = Field(default=None, description="minutes; 0 means never")


class WindowsUpdate(Closed):
    """How the updates of Windows go."""

    service_on: bool | None = None
    wsus_set: bool | None = None
    reachable: bool | None = None
    last_success_at: AwareDatetime | None = None
    rolled_back_30d: bool | None = None
    failing_services: Count | None = None
    errors_24h: Count | None = None


class MeetingApp(Closed):
    """The meeting app. `in_use` is busy or free and nothing more."""

    version: Word
    running: bool | None = None
    crashes_24h: Count | None = None
    in_use: bool | None = None
    newer_interface: bool = False
    internet: Internet | None = None


class SignIn(Closed):
    """How the room account signs in. Codes are those of the service, such as AADSTS50055."""

    exchange: Answer | None = None
    exchange_code: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,32}[0-9]{0,8}$")] | None
    ) = None
    teams: Answer | None = None
    teams_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,32}[0-9]{0,8}$")] | None = (
        None
    )
    calendar: Answer | None = None


class Network(Closed):
    """How the device is connected."""

    ethernet: bool | None = None
    wifi: bool | None = None
    wifi_dbm: Annotated[float, Field(ge=-120, le=0)] | None = None
    addresses: Annotated[list[Address], Field(max_length=MOST_ADDRESSES)] = []
    mac: Mac | None = None


class Displays(Closed):
    """How many displays there should be and are. Sleep does not make one missing."""

    front_configured: Annotated[int, Field(ge=0, le=4)] = 1
    front_found: Annotated[int, Field(ge=0, le=8)] | None = None
    console_configured: bool = True
    console_found: bool | None = None
    second_configured: bool = False
    second_found: bool | None = None


class Configured(Closed):
    """What the room is set up to use. None of a device means that none was chosen."""

    camera: HardwareId | None = None
    content_camera: HardwareId | None = None
    microphone: HardwareId | None = None
    speaker: HardwareId | None = None
    default_speaker: HardwareId | None = None
    speaker_is_display: bool = False
    hdmi_ingest: bool = False
    mic_pods: Count = 0
    rally_speakers: Count = 0
    console_paired: bool = Field(
        default=False, description="whether a console and a bar belong together"
    )


class Logitech(Closed):
    """What Logitech Sync sees, where it runs."""

    sync_running: bool
    mic_pods: Count = 0
    rally_speakers: Count = 0


class PeripheralSeen(Closed):
    """One thing that is, or was, plugged in."""

    kind: PeripheralKind
    name: Line
    vendor_id: UsbId | None = None
    product_id: UsbId | None = None
    instance: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x20@]{1,60}$")]
    firmware: Word = ""
    port: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00-\x1f\x7f@]*$")] = ""
    parent: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x20@]{1,60}$")] | None = Field(
        default=None, description="the instance of the hub that it hangs on"
    )
    connected: bool
    usable: bool = True
    link_changes_24h: Count | None = None

    @property
    def hardware_id(self) -> str:
        """vendor:product:instance, as `Configured` names it."""
        return f"{self.vendor_id or '0000'}:{self.product_id or '0000'}:{self.instance}"


class VersionSeen(Closed):
    """A component, what is installed of it, and what could be."""

    component: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00-\x1f\x7f@]+$")]
    installed: Word
    available: Word | None = None


class Report(Closed):
    """Everything that a device tells at one moment."""

    report_id: uuid.UUID = Field(description="the same when a report is sent again")
    observed_at: AwareDatetime = Field(
        description="when it was read, in service time: the device's clock, put right by `Date`"
    )
    device_clock: AwareDatetime = Field(description="the device's own clock, as it stands")
    agent: Agent
    system: System
    power: Power = Power()
    windows_update: WindowsUpdate | None = None
    app: MeetingApp
    sign_in: SignIn = SignIn()
    network: Network = Network()
    displays: Displays = Displays()
    configured: Configured = Configured()
    logitech: Logitech | None = None
    paired: bool | None = None
    peripherals: Annotated[list[PeripheralSeen], Field(max_length=MOST_PERIPHERALS)] = []
    versions: Annotated[list[VersionSeen], Field(max_length=MOST_VERSIONS)] = []
