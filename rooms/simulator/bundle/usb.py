"""USB devices as Windows names and lists them."""

from __future__ import annotations

from typing import Any, Final

from rooms.kinds import PeripheralKind
from rooms.simulator.condition import Condition
from rooms.simulator.parts import Part

ROOT_HUB: Final = "USB\\ROOT_HUB30\\4&2C5E4F1D&0&0"
SPEEDS: Final = {
    PeripheralKind.CAMERA: "super",
    PeripheralKind.CONTENT_CAMERA: "super",
    PeripheralKind.HDMI_INGEST: "super",
    PeripheralKind.HUB: "super",
}
# Windows' numbers: the device reported a problem; it is not connected.
REPORTED_PROBLEM, NOT_CONNECTED = 43, 45


def instance_path(part: Part) -> str:
    """The device instance path, such as USB\\VID_046D&PID_0866\\serial."""
    if not part.on_usb:
        return f"DISPLAY\\{part.instance[:7]}\\5&{part.instance[7:]}&0&UID4352"
    vendor, product = part.vendor_id or "0bda", part.product_id or "5411"
    return f"USB\\VID_{vendor.upper()}&PID_{product.upper()}\\{part.instance}"


def usb_devices(condition: Condition) -> list[dict[str, Any]]:
    """The tree below the root hub, those that are gone as well."""
    paths = {part.instance: instance_path(part) for part in condition.parts}
    root = {
        "instance": ROOT_HUB, "parent": None, "vendor_id": None, "product_id": None,
        "name": "USB Root Hub (USB 3.0)", "port": "", "speed": "super_plus", "state": "started",
        "problem_code": 0,
    }  # fmt: skip
    return [root] + [
        {
            "instance": paths[part.instance],
            "parent": paths.get(part.parent or "", ROOT_HUB),
            "vendor_id": part.vendor_id or None,
            "product_id": part.product_id or None,
            "name": part.name,
            "port": part.port,
            "speed": SPEEDS.get(part.kind, "high") if part.connected else "unknown",
            "state": _state(part),
            "problem_code": _problem(part),
        }
        for part in condition.parts
        if part.on_usb
    ]


def _state(part: Part) -> str:
    if not part.connected:
        return "disconnected"
    return "started" if part.usable else "problem"


def _problem(part: Part) -> int:
    if not part.connected:
        return NOT_CONNECTED
    return 0 if part.usable else REPORTED_PROBLEM
