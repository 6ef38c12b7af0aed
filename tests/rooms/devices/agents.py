"""A device that is known already, stored as the owner."""

from __future__ import annotations

from datetime import UTC, datetime

from access.residency import region
from rooms.kinds import DeviceKind
from rooms.models import Device, DeviceIdentity, DeviceKey, Room


def known_device(room: Room) -> Device:
    """A room's computer, given an identity and a key, as an enrolment would; all are monitored."""
    with region("eu"):
        devices = Device.objects.using("eu_owner").filter(room_id=room.pk)
        devices.update(state="monitored")
        device = devices.get(kind=DeviceKind.COMPUTE)
        own = {"tenant_id": room.tenant_id, "device_id": device.pk, "room_id": room.pk}
        now = datetime.now(UTC)
        DeviceIdentity.objects.using("eu_owner").create(
            **own, ek_digest="e" * 64, ak_public=b"ak", trust="registered", enrolled_at=now
        )
        DeviceKey.objects.using("eu_owner").create(
            **own, name="eu.DK-TEST0000", public=b"\x04" + bytes(64), made_at=now
        )
    return device
