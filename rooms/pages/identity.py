"""What account.view opens of a room: its account, its addresses, its place on the map.

The context of these pages names one room, so every table holds that room's rows only.
"""

from __future__ import annotations

import uuid
from typing import Any

from rooms.models import DeviceAddress, RoomAccount, RoomPosition


def account_facts(device_names: dict[uuid.UUID, str]) -> dict[str, Any]:
    """Account, addresses by device, and coordinates."""
    account = RoomAccount.objects.first()
    position = RoomPosition.objects.first()
    return {
        "account": [
            ("Account", account.upn),
            ("Display name", account.display_name),
            ("Meeting mode", account.get_mode_display()),
        ]
        if account
        else [],
        "position": f"{position.latitude:.5f}, {position.longitude:.5f}" if position else "",
        "addresses": [
            {"device": device_names.get(address.device_id, ""), "address": address}
            for address in DeviceAddress.objects.order_by("device_id")
        ],
    }


def addresses_of(device_id: uuid.UUID) -> list[tuple[str, Any]]:
    """The addresses of one device as facts."""
    address = DeviceAddress.objects.filter(device_id=device_id).first()
    if address is None:
        return []
    return [
        ("IPv4", address.ipv4),
        ("IPv4, second", address.ipv4_second),
        ("IPv6", address.ipv6),
        ("MAC", address.mac),
    ]
