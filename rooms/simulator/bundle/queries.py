"""What the device's Windows answers to the agent's queries, by the state it is in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rooms.simulator.bundle.order import DeviceState
from rooms.simulator.bundle.usb import usb_devices
from rooms.simulator.condition import Condition

Answer = dict[str, Any]
SESSIONS: Final = (
    ("System", 0, 4), ("services.exe", 0, 700), ("svchost.exe", 0, 1012), ("lsass.exe", 0, 732),
    ("ServicePortalAgent.exe", 0, 3120), ("dwm.exe", 1, 1208), ("explorer.exe", 1, 4880),
    ("DesktopAPIService.exe", 1, 5204), ("SkypeRoomSystem.exe", 1, 6188), ("Teams.exe", 1, 7012),
)  # fmt: skip
OF_APP: Final = frozenset({"SkypeRoomSystem.exe", "DesktopAPIService.exe", "Teams.exe"})
KBS: Final = ("KB5016616", "KB5015684", "KB5014032", "KB5012170", "KB5015020", "KB4562830")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def usb(state: DeviceState, now: Condition) -> Answer:
    """USB devices."""
    return {"devices": usb_devices(now)}


def power(state: DeviceState, now: Condition) -> Answer:
    """The power plan. A meeting computer has no battery and no lid."""
    return {
        "plan": "Teams Rooms" if now.cpu_limit == 100 else "Balanced",
        "source": "mains",
        "sleep_after_minutes": now.sleep_after,
        "display_off_minutes": 10,
        "hibernate_after_minutes": 0,
        "usb_selective_suspend": now.usb_suspend,
        "cpu_limit_percent": now.cpu_limit,
        "lid": None,
        "batteries": [],
    }


def network(state: DeviceState, now: Condition) -> Answer:
    """Cable, and wireless where there is nothing else."""
    machine = state.machine
    gateway = machine.addresses[0].rsplit(".", 1)[0] + ".1"
    reached: Answer = {
        "up": True,
        "dhcp": True,
        "addresses": list(machine.addresses),
        "prefixes": [24, 64],
        "gateways": [gateway],
        "dns": [gateway],
    }
    unreached: Answer = {
        "up": False, "dhcp": True, "addresses": [], "prefixes": [], "gateways": [], "dns": [],
    }  # fmt: skip
    cable = {"name": "Ethernet", "kind": "ethernet", "mac": machine.mac, "speed_mbps": 1000.0}
    air = {
        "name": "Wi-Fi", "kind": "wifi", "mac": None, "speed_mbps": 433.0,
        "wifi": {
            "signal_dbm": now.wifi_dbm, "channel": 44, "authentication": "WPA2-Enterprise",
        },
    }  # fmt: skip
    if now.wifi_only:
        adapters = [cable | unreached | {"speed_mbps": 0.0}, air | reached]
    else:
        adapters = [cable | reached]
    return {"adapters": adapters, "proxy": {"mode": "none", "address": ""}}


def processes(state: DeviceState, now: Condition) -> Answer:
    """The processes that matter."""
    found = []
    for name, session, pid in SESSIONS:
        if name in OF_APP and not now.app_running:
            continue
        chance = state.machine.chance(f"process/{name}")
        found.append(
            {
                "pid": pid,
                "name": name,
                "session": session,
                "started_at": _iso(now.started_at + timedelta(seconds=chance.randint(5, 90))),
                "cpu_seconds": round(chance.uniform(1, 900), 1),
                "memory_bytes": chance.randint(4, 600) * 2**20,
                "handles": chance.randint(100, 4000),
                "responding": True,
            }
        )
    return {"processes": found}


def updates(state: DeviceState, now: Condition) -> Answer:
    """Installed and waiting updates, and the services that bring them."""
    chance = state.machine.chance("updates")
    installed = [
        {
            "kb": kb,
            "title": f"Update for Windows 10 ({kb})",
            "installed_at": _iso(now.updated_at - timedelta(days=14 * place)),
            "restart_needed": False,
        }
        for place, kb in enumerate(chance.sample(KBS, 4))
    ]
    pending = []
    if not now.update_service_on or not now.update_reachable or now.update_rolled_back:
        pending.append(
            {
                "kb": "KB5017308",
                "title": "Cumulative update for Windows 10 (KB5017308)",
                "installed_at": None,
                "restart_needed": now.update_rolled_back,
            }
        )
    on = "automatic" if now.update_service_on else "disabled"
    return {
        "installed": installed,
        "pending": pending,
        "services": [
            {"name": "wuauserv", "start": on, "running": now.update_service_on},
            {"name": "bits", "start": "manual", "running": now.failing_services == 0},
            {"name": "TrustedInstaller", "start": "manual", "running": False},
        ],
        "wsus_server": "http://wsus.local:8530" if now.wsus_set else None,
        "last_search_at": _iso(now.updated_at),
        "last_install_at": _iso(now.updated_at),
    }


def time_service(state: DeviceState, now: Condition) -> Answer:
    """Where the time comes from, and how far off it is."""
    ahead = now.clock_ahead.total_seconds()
    lost = abs(ahead) >= 1
    return {
        "source": "Local CMOS Clock" if lost else "time.windows.com,0x9",
        "running": not lost,
        "stratum": 1 if lost else 4,
        "offset_seconds": round(ahead + state.machine.chance("offset").uniform(-0.05, 0.05), 4),
        "last_sync_at": None if lost else _iso(state.moment - timedelta(minutes=37)),
        "time_zone": state.machine.zone.key,
    }


QUERIES: Final[dict[str, tuple[str, Callable[[DeviceState, Condition], Answer]]]] = {
    "query_usb": ("Queries/usb.json", usb),
    "query_power": ("Queries/power.json", power),
    "query_network": ("Queries/network.json", network),
    "query_processes": ("Queries/processes.json", processes),
    "query_updates": ("Queries/updates.json", updates),
    "query_time": ("Queries/time.json", time_service),
}


def answer(kind: str, state: DeviceState) -> Answer:
    """The answer to one query, with the time at which it was asked. KeyError: no such query."""
    now = state.at(state.moment)
    return {"made_at": _iso(state.moment)} | QUERIES[kind][1](state, now)
