"""A machine's report: its parts and its condition in the words of rooms/reports/schema.py."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rooms.fleet.plans import NAMESPACE
from rooms.fleet.software import AGENTS
from rooms.kinds import DeviceKind, PeripheralKind
from rooms.releases import APP_RELEASES, NEWEST_WINDOWS
from rooms.simulator.condition import Condition
from rooms.simulator.machines import Machine
from rooms.simulator.parts import SOUND_IN, SOUND_OUT, Part, first_of

CAMERA: Final = frozenset({PeripheralKind.CAMERA})
CONTENT: Final = frozenset({PeripheralKind.CONTENT_CAMERA})
NEWEST_AGENT: Final = next(iter(AGENTS))
Told = dict[str, Any]


def report_of(machine: Machine, condition: Condition, moment: datetime) -> Told:
    """The whole report as plain JSON values. `moment` is the true time at which it is read."""
    told: Told = {
        "report_id": str(uuid.uuid5(NAMESPACE, f"{machine.seed}/{machine.name}/{moment!s}")),
        "observed_at": moment.astimezone(UTC).isoformat(),
        "device_clock": (moment + condition.clock_ahead).astimezone(UTC).isoformat(),
        "agent": _agent(machine, condition, moment),
        "system": _system(machine, condition, moment),
        "app": {
            "version": condition.app,
            "running": condition.app_running,
            "crashes_24h": condition.crashes,
            "in_use": condition.in_use and condition.app_running,
            "internet": condition.internet,
        },
        "network": {
            "ethernet": not condition.wifi_only,
            "wifi": condition.wifi_only,
            "wifi_dbm": condition.wifi_dbm if condition.wifi_only else None,
            "addresses": list(machine.addresses),
            "mac": machine.mac,
        },
        "peripherals": [_peripheral(part) for part in condition.parts],
        "versions": _versions(machine, condition),
    }
    if machine.kind != DeviceKind.PANEL:
        told["sign_in"] = _sign_in(machine, condition)
    told |= _windows(machine, condition) if machine.windows else _android(machine, condition)
    return told


def _agent(machine: Machine, condition: Condition, moment: datetime) -> Told:
    return {
        "version": condition.agent,
        "ring": machine.room.ring,
        "uptime_minutes": max(0, _minutes(moment - condition.started_at) - 1),
        "connection_errors_24h": condition.connection_errors,
        "complete": condition.complete,
    }


def _system(machine: Machine, condition: Condition, moment: datetime) -> Told:
    # by the hour: a figure that moved each minute would make every report a new one
    chance = machine.chance(f"load/{moment:%Y%m%d%H}/{condition.in_use}")
    told: Told = {
        "manufacturer": machine.manufacturer,
        "model": machine.model,
        "serial": machine.serial,
        "os_name": "Windows 10 IoT Enterprise" if machine.windows else "Android",
        "os_build": condition.os_build,
        "time_zone": machine.room.site.city.time_zone,
        "uptime_minutes": _minutes(moment - condition.started_at),
        "restarts_24h": condition.restarts,
        "blue_screens_24h": condition.blue_screens,
        "bluetooth_on": condition.bluetooth_on,
        "cpu_percent": round(chance.uniform(4, 12) + 34 * condition.in_use, 1),
        "memory_percent": round(chance.uniform(38, 46) + 15 * condition.in_use, 1),
        "temperature_celsius": round(chance.uniform(41, 47) + 9 * condition.in_use, 1),
    }
    if machine.windows:
        told |= {
            "bios": machine.bios,
            "os_activated": condition.os_activated,
            "nightly_restart": condition.nightly_restart,
            "factory_password": condition.factory_password,
            "disk_free_bytes": int(machine.disk_bytes * condition.disk_free),
            "disk_total_bytes": machine.disk_bytes,
            "disk_health": condition.disk_health,
        }
    return told


def _minutes(lasting: timedelta) -> int:
    return max(0, int(lasting.total_seconds() // 60))


def _sign_in(machine: Machine, condition: Condition) -> Told:
    teams, exchange = condition.teams_code, condition.exchange_code
    told = {"teams": "failed" if teams else "well", "teams_code": teams or None}
    if machine.windows:
        told |= {
            "exchange": "failed" if exchange else "well",
            "exchange_code": exchange or None,
            "calendar": "not_used",
        }
    return told


def _peripheral(part: Part) -> Told:
    return {
        "kind": part.kind.value,
        "name": part.name,
        "vendor_id": part.vendor_id or None,
        "product_id": part.product_id or None,
        "instance": part.instance,
        "firmware": part.firmware,
        "port": part.port,
        "parent": part.parent,
        "connected": part.connected,
        "usable": part.usable,
        "link_changes_24h": part.link_changes,
    }


def _versions(machine: Machine, condition: Condition) -> list[Told]:
    known = [("Agent", condition.agent, NEWEST_AGENT)]
    if machine.windows:
        known.append(("Meeting app", condition.app, APP_RELEASES[0]))
        known.append(("Windows", condition.os_build, NEWEST_WINDOWS))
        known.append(("BIOS", machine.bios, machine.bios))
    else:
        known.append(("Meeting app", condition.app, condition.app))
    known += [(name, version, version) for name, version in condition.drivers]
    return [
        {"component": component, "installed": installed, "available": available}
        for component, installed, available in known
    ]


def _windows(machine: Machine, condition: Condition) -> Told:
    """What only a Windows device tells."""
    rally = any(part.name.startswith("Logitech Rally Mic") for part in machine.parts)
    told: Told = {
        "power": {
            "usb_selective_suspend": condition.usb_suspend,
            "usb_power_drain": condition.usb_power_drain,
            "cpu_limit_percent": condition.cpu_limit,
            "sleep_after_minutes": condition.sleep_after,
        },
        "windows_update": {
            "service_on": condition.update_service_on,
            "wsus_set": condition.wsus_set,
            "reachable": condition.update_reachable,
            "last_success_at": condition.updated_at.astimezone(UTC).isoformat(),
            "rolled_back_30d": condition.update_rolled_back,
            "failing_services": condition.failing_services,
            "errors_24h": condition.update_errors,
        },
        "displays": {
            "front_configured": machine.displays,
            "front_found": condition.connected(PeripheralKind.FRONT_DISPLAY),
            "console_configured": True,
            "console_found": condition.connected(PeripheralKind.CONSOLE_DISPLAY) > 0,
        },
        "configured": _configured(machine, rally=rally),
    }
    if machine.manufacturer == "Logitech" or rally:
        pods, speakers = (
            sum(part.name == name and part.connected for part in condition.parts)
            for name in ("Logitech Rally Mic Pod", "Logitech Rally Speaker")
        )
        told["logitech"] = {"sync_running": True, "mic_pods": pods, "rally_speakers": speakers}
    return told


def _configured(machine: Machine, *, rally: bool) -> Told:
    """What the room was set up to use, whether it still answers or not."""

    def chosen(kinds: frozenset[PeripheralKind]) -> str | None:
        part = first_of(machine.parts, kinds)
        return part.hardware_id if part else None

    return {
        "camera": chosen(CAMERA),
        "content_camera": chosen(CONTENT),
        "microphone": chosen(SOUND_IN),
        "speaker": chosen(SOUND_OUT),
        "default_speaker": chosen(SOUND_OUT),
        "hdmi_ingest": any(part.kind == PeripheralKind.HDMI_INGEST for part in machine.parts),
        "mic_pods": int(rally),
        "rally_speakers": int(rally),
    }


def _android(machine: Machine, condition: Condition) -> Told:
    """What only an Android device tells."""
    bar = machine.kind == DeviceKind.VIDEO_BAR
    displays = condition.connected(PeripheralKind.FRONT_DISPLAY)
    told: Told = {
        "displays": {
            "front_configured": machine.displays,
            "front_found": displays if bar else None,
            "console_configured": False,
        },
        "configured": {"console_paired": machine.kind != DeviceKind.PANEL},
    }
    if machine.kind != DeviceKind.PANEL:
        told["paired"] = condition.paired
    return told
