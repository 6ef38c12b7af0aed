"""Reports to read signals from: a room in which all is well, and changes to it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from rooms.reports.schema import Report
from rooms.signals import DeviceType
from rooms.signals.read import read_all
from rooms.signals.reading import Reading, Value
from rooms.signals.thresholds import DEFAULTS, Thresholds

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
HEALTHY, UNHEALTHY, UNKNOWN = Value

Changes = dict[str, Any]
# code, what differs from the well room, how it reads, words of the sentence
Case = tuple[str, Changes, Value, str]


def seen(kind: str, number: int, **changes: Any) -> dict[str, Any]:
    """A peripheral that is plugged in and works; its hardware id is `hardware_id(number)`."""
    return {
        "kind": kind,
        "name": f"Something {number}",
        "vendor_id": "046d",
        "product_id": f"{number:04x}",
        "instance": f"S{number}",
        "port": f"USB {number}",
        "connected": True,
        "link_changes_24h": 0,
    } | changes


def hardware_id(number: int) -> str:
    """What `configured` calls the peripheral of that number."""
    return f"046d:{number:04x}:S{number}"


CAMERA, SOUND, INGEST, CONTENT, SPARE_CAMERA, SPARE_MICROPHONE, SPARE_SPEAKER = range(1, 8)


def plugged(*without: int, **changes: Any) -> list[dict[str, Any]]:
    """What is plugged into the well room; those of `without` are still listed, but gone."""
    kinds = {
        CAMERA: "camera",
        SOUND: "speakerphone",
        INGEST: "hdmi_ingest",
        CONTENT: "content_camera",
        SPARE_CAMERA: "camera",
        SPARE_MICROPHONE: "microphone",
        SPARE_SPEAKER: "speaker",
    }
    gone = {"connected": False} | changes
    return [seen(kind, n, **(gone if n in without else {})) for n, kind in kinds.items()]


def _merge(whole: dict[str, Any], changes: Changes) -> dict[str, Any]:
    """Parts are merged, so that a change names no more than what differs; ... leaves one out."""
    merged = dict(whole)
    for name, value in changes.items():
        if value is ...:
            del merged[name]
        elif isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = _merge(merged[name], value)
        else:
            merged[name] = value
    return merged


def well_room() -> dict[str, Any]:
    """A room with two displays, two cameras and a Rally kit, in which nothing is wrong."""
    return {
        "report_id": uuid.UUID(int=7),
        "observed_at": AT,
        "device_clock": AT,
        "agent": {"version": "1.14.2", "uptime_minutes": 420, "complete": True},
        "system": {
            "manufacturer": "Lenovo",
            "model": "ThinkSmart Core",
            "serial": "MJ0FAKE7",
            "os_name": "Windows 10 IoT Enterprise",
            "os_build": "10.0.19044.1889",
            "os_activated": True,
            "time_zone": "Europe/Copenhagen",
            "uptime_minutes": 430,
            "restarts_24h": 1,
            "blue_screens_24h": 0,
            "nightly_restart": True,
            "bluetooth_on": True,
            "factory_password": False,
            "disk_free_bytes": 60 * 2**30,
            "disk_total_bytes": 128 * 2**30,
            "disk_health": "good",
        },
        "power": {
            "usb_selective_suspend": False,
            "usb_power_drain": False,
            "cpu_limit_percent": 100,
            "sleep_after_minutes": 0,
        },
        "windows_update": {
            "service_on": True,
            "wsus_set": False,
            "reachable": True,
            "last_success_at": AT - timedelta(days=8),
            "rolled_back_30d": False,
            "failing_services": 0,
            "errors_24h": 0,
        },
        "app": {
            "version": "4.13.132.0",
            "running": True,
            "crashes_24h": 0,
            "internet": "full",
            "newer_interface": False,
        },
        "sign_in": {"exchange": "well", "teams": "well", "calendar": "well"},
        "network": {"ethernet": True, "wifi": False},
        "displays": {
            "front_configured": 2,
            "front_found": 2,
            "console_found": True,
            "second_configured": True,
            "second_found": True,
        },
        "configured": {
            "camera": hardware_id(CAMERA),
            "content_camera": hardware_id(CONTENT),
            "microphone": hardware_id(SOUND),
            "speaker": hardware_id(SOUND),
            "default_speaker": hardware_id(SOUND),
            "hdmi_ingest": True,
            "mic_pods": 2,
            "rally_speakers": 2,
            "console_paired": True,
        },
        "logitech": {"sync_running": True, "mic_pods": 2, "rally_speakers": 2},
        "paired": True,
        "peripherals": plugged(),
    }


def report(changes: Changes | None = None) -> Report:
    """The well room with changes, checked by the schema as if a device had sent it."""
    return Report.model_validate(_merge(well_room(), changes or {}))


def device_of(code: str) -> DeviceType:
    """The type of device to read a signal on: Windows where it has it."""
    return DeviceType.VIDEO_BAR if code in {"pairing", "display_second"} else DeviceType.WINDOWS


def read(code: str, changes: Changes | None = None, limits: Thresholds = DEFAULTS) -> list[Reading]:
    """All readings of one signal."""
    readings = read_all(report(changes), device_of(code), limits)
    return [reading for reading in readings if reading.code == code]


def check(case: Case) -> None:
    """The signal has one reading, and that is as the case says."""
    code, changes, value, words = case
    (reading,) = read(code, changes)
    assert reading.value == value
    assert words in reading.sentence


def names(cases: list[Case]) -> list[str]:
    """How the cases are called when one fails."""
    return [f"{code} {value}: {words}" for code, _, value, words in cases]
