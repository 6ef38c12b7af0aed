"""What a well device in a middle-sized room sends: about 3 KB."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any


def report(at: datetime | None = None, **changes: Any) -> dict[str, Any]:
    """A whole report, as the JSON that is sent; `changes` replace parts of it."""
    moment = (at or datetime.now(UTC)).isoformat()
    whole: dict[str, Any] = {
        "report_id": str(uuid.uuid4()),
        "observed_at": moment,
        "device_clock": moment,
        "agent": {"version": "1.14.2", "ring": "general", "uptime_minutes": 4210, "complete": True},
        "system": {
            "manufacturer": "Lenovo",
            "model": "ThinkSmart Core Gen 2",
            "serial": "MJ0FAKE7",
            "bios": "M4AKT37A",
            "os_name": "Windows 11 IoT Enterprise",
            "os_build": "10.0.26100.4061",
            "os_activated": True,
            "time_zone": "Europe/Copenhagen",
            "uptime_minutes": 1433,
            "restarts_24h": 1,
            "blue_screens_24h": 0,
            "nightly_restart": True,
            "bluetooth_on": True,
            "tpm_on": True,
            "factory_password": False,
            "cpu_percent": 12.5,
            "memory_percent": 48.0,
            "temperature_celsius": 51.5,
            "disk_free_bytes": 98_712_444_928,
            "disk_total_bytes": 255_000_000_000,
            "disk_health": "good",
        },
        "power": {
            "usb_selective_suspend": False,
            "usb_power_drain": False,
            "cpu_limit_percent": 100,
            "sleep_after_minutes": 0,
        },
        "windows_update": {"service_on": True, "reachable": True, "last_success_at": moment},
        "app": {
            "version": "5.4.229.0",
            "running": True,
            "crashes_24h": 0,
            "in_use": False,
            "internet": "full",
        },
        "sign_in": {"exchange": "well", "teams": "well", "calendar": "well"},
        "network": {
            "ethernet": True,
            "wifi": False,
            "addresses": ["10.20.30.40", "fe80::1c2d:3eff:fe4f:5a6b"],
            "mac": "00:1b:21:aa:bb:cc",
        },
        "displays": {"front_configured": 1, "front_found": 1, "console_found": True},
        "configured": {
            "camera": "046d:0893:7&2A1B3C4D&0&0001",
            "microphone": "0b0e:24f0:7&2A1B3C4D&0&0002",
            "speaker": "0b0e:24f0:7&2A1B3C4D&0&0002",
            "hdmi_ingest": True,
        },
        "paired": True,
        "peripherals": [peripheral(number) for number in range(1, 6)],
        "versions": [
            {"component": "teams_rooms_app", "installed": "5.4.229.0", "available": "5.4.229.0"},
            {"component": "windows", "installed": "10.0.26100.4061"},
            {"component": "firmware", "installed": "1.0.1912", "available": "1.0.1913"},
        ],
    }
    return whole | changes


def peripheral(number: int, **changes: Any) -> dict[str, Any]:
    """One thing that is plugged in."""
    kinds = ("camera", "speakerphone", "front_display", "console_display", "hdmi_ingest")
    return {
        "kind": kinds[number % len(kinds)],
        "name": f"Logitech Rally Bar Part {number}",
        "vendor_id": "046d",
        "product_id": "0893",
        "instance": f"7&2A1B3C4D&0&{number:04}",
        "firmware": "1.13.51",
        "port": f"Port_#0003.Hub_#{number:04}",
        "connected": True,
        "usable": True,
        "link_changes_24h": 0,
    } | changes


def as_bytes(whole: dict[str, Any]) -> bytes:
    """The report as it is sent."""
    return json.dumps(whole, separators=(",", ":")).encode()
