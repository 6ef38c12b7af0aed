"""The data catalogue of reports: each field with its class, where it lands and how long it stays.

A field that is not listed here fails a test, which prints the line to add; the closed schema
refuses it before that. Classes and times follow the published ones: what points at an
organisation (OII) is kept 180 days at the most, system metadata a year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import BaseModel

from rooms.reports.parts import parts_of
from rooms.reports.schema import Report


class DataClass(StrEnum):
    """What a field says, and of whom."""

    OII = "organisational identity"
    SYSTEM = "system metadata"


class Retention(StrEnum):
    """How long a field stays after it was told."""

    HISTORY = "30 days of history"
    INVENTORY = "while the device is enrolled, then at most 180 days"
    SIGNALS = "a year of signals and incidents"
    TRANSPORT = "until the report is drained"


@dataclass(frozen=True)
class Entry:
    """One field. `lands` names the tables that hold it beside the report itself."""

    data: DataClass
    lands: str
    retention: Retention


def _all(entry: Entry, part: str, names: str) -> dict[str, Entry]:
    return {f"{part}{name}": entry for name in names.split()}


_TRANSPORT: Final = Entry(DataClass.SYSTEM, "the inbox", Retention.TRANSPORT)
_DEVICE: Final = Entry(DataClass.SYSTEM, "Device", Retention.INVENTORY)
_VERSION: Final = Entry(DataClass.SYSTEM, "SoftwareVersion", Retention.INVENTORY)
_PERIPHERAL: Final = Entry(DataClass.SYSTEM, "Peripheral", Retention.INVENTORY)
_SIGNAL: Final = Entry(DataClass.SYSTEM, "SignalState, Incident", Retention.SIGNALS)
_HISTORY: Final = Entry(DataClass.SYSTEM, "DeviceReport", Retention.HISTORY)
_ADDRESS: Final = Entry(DataClass.OII, "DeviceAddress", Retention.INVENTORY)
_BUSY: Final = Entry(DataClass.SYSTEM, "RoomHealth", Retention.INVENTORY)

ENTRIES: Final[dict[str, Entry]] = {
    **_all(_TRANSPORT, "", "report_id observed_at"),
    **_all(_SIGNAL, "", "device_clock paired"),
    **_all(_VERSION, "agent.", "version"),
    **_all(_DEVICE, "agent.", "ring"),
    **_all(_SIGNAL, "agent.", "uptime_minutes connection_errors_24h complete"),
    **_all(_DEVICE, "system.", "manufacturer model os_name os_build time_zone"),
    # a serial number names a thing that the tenant owns
    **_all(Entry(DataClass.OII, "Device", Retention.INVENTORY), "system.", "serial"),
    **_all(_VERSION, "system.", "bios"),
    **_all(
        _SIGNAL,
        "system.",
        "os_activated uptime_minutes restarts_24h blue_screens_24h nightly_restart bluetooth_on"
        " tpm_on factory_password cpu_percent memory_percent temperature_celsius disk_free_bytes"
        " disk_total_bytes disk_health",
    ),
    **_all(
        _SIGNAL,
        "power.",
        "usb_selective_suspend usb_power_drain cpu_limit_percent sleep_after_minutes",
    ),
    **_all(
        _SIGNAL,
        "windows_update.",
        "service_on wsus_set reachable last_success_at rolled_back_30d failing_services errors_24h",
    ),
    **_all(_VERSION, "app.", "version"),
    # busy or free, and nothing of what the meeting is
    **_all(_BUSY, "app.", "in_use"),
    **_all(_SIGNAL, "app.", "running crashes_24h newer_interface internet"),
    **_all(_SIGNAL, "sign_in.", "exchange exchange_code teams teams_code calendar"),
    **_all(_SIGNAL, "network.", "ethernet wifi wifi_dbm"),
    **_all(_ADDRESS, "network.", "addresses mac"),
    **_all(
        _SIGNAL,
        "displays.",
        "front_configured front_found console_configured console_found second_configured"
        " second_found",
    ),
    **_all(
        _SIGNAL,
        "configured.",
        "camera content_camera microphone speaker default_speaker speaker_is_display hdmi_ingest"
        " mic_pods rally_speakers console_paired",
    ),
    **_all(_SIGNAL, "logitech.", "sync_running mic_pods rally_speakers"),
    **_all(
        _PERIPHERAL,
        "peripherals.",
        "kind name vendor_id product_id instance firmware port parent connected",
    ),
    **_all(_SIGNAL, "peripherals.", "usable link_changes_24h"),
    **_all(_VERSION, "versions.", "component installed available"),
}


def fields(model: type[BaseModel] = Report, part: str = "") -> Iterator[str]:
    """All fields of the schema that hold a value, such as `system.serial`."""
    for name, field in model.model_fields.items():
        inner = list(parts_of(field.annotation))
        for found in inner:
            yield from fields(found, f"{part}{name}.")
        if not inner:
            yield part + name


def unlisted() -> list[str]:
    """The lines to add for fields of the schema that the catalogue does not know."""
    return [
        f"    **_all(_SIGNAL, {part!r}, {name!r}),  # or whatever it is"
        for part, name in (_split(field) for field in fields() if field not in ENTRIES)
    ]


def _split(field: str) -> tuple[str, str]:
    part, dot, name = field.rpartition(".")
    return part + dot, name
