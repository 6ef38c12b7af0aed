"""The fields of reports in the data catalogue: each with its class and the tables it lands in.

How long it stays and what opens it is said of those tables, in rooms/catalogue. A field that is not
listed here fails a test, which prints the line to add; the closed schema refuses it before that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from access.catalogue.register import tables
from access.catalogue.terms import DataClass, Table
from rooms.reports.parts import parts_of
from rooms.reports.schema import Report


@dataclass(frozen=True)
class Entry:
    """One field. `lands` names the models that hold it beside the report itself."""

    data: DataClass
    lands: str

    @property
    def tables(self) -> list[Table]:
        """What the data catalogue says of where it lands."""
        models = {f"rooms.{name}" for name in self.lands.split(", ")}
        return [table for table in tables() if table.model in models]


def _all(entry: Entry, part: str, names: str) -> dict[str, Entry]:
    return {f"{part}{name}": entry for name in names.split()}


_TRANSPORT: Final = Entry(DataClass.SYSTEM, "ReportInbox")
_DEVICE: Final = Entry(DataClass.SYSTEM, "Device")
_VERSION: Final = Entry(DataClass.SYSTEM, "SoftwareVersion")
_PERIPHERAL: Final = Entry(DataClass.SYSTEM, "Peripheral")
_SIGNAL: Final = Entry(DataClass.SYSTEM, "SignalState, Incident")
_ADDRESS: Final = Entry(DataClass.OII, "DeviceAddress")
_BUSY: Final = Entry(DataClass.SYSTEM, "RoomHealth")

ENTRIES: Final[dict[str, Entry]] = {
    **_all(_TRANSPORT, "", "report_id observed_at"),
    **_all(_SIGNAL, "", "device_clock paired"),
    **_all(_VERSION, "agent.", "version"),
    **_all(_DEVICE, "agent.", "ring"),
    **_all(_SIGNAL, "agent.", "uptime_minutes connection_errors_24h complete"),
    **_all(_DEVICE, "system.", "manufacturer model os_name os_build time_zone"),
    # a serial number names a thing that the tenant owns
    **_all(Entry(DataClass.OII, "Device"), "system.", "serial"),
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
        "kind name vendor_id product_id firmware port connected",
    ),
    # likewise, wherever a maker gives a peripheral one
    **_all(Entry(DataClass.OII, "Peripheral"), "peripherals.", "instance parent"),
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
