"""What stands in a room: devices, what is plugged into them, and the software they run.

All of it is opened by inventory.view.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel
from rooms.kinds import DeviceKind, PeripheralKind, Platform
from rooms.models.places import Room
from rooms.states import DeviceState, LinkState


class Device(RegionalModel):
    """A device of a room, known to the service by its own identity."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="devices",
    )
    kind = models.CharField(max_length=12, choices=DeviceKind.choices)
    platform = models.CharField(max_length=8, choices=Platform.choices)
    manufacturer = models.CharField(max_length=60)
    model = models.CharField(max_length=120)
    serial = models.CharField(max_length=60)
    os_name = models.CharField(max_length=60, blank=True)
    os_build = models.CharField(max_length=40, blank=True)
    state = models.CharField(
        max_length=12, choices=DeviceState.choices, default=DeviceState.ONBOARDING
    )
    enrolled_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    # What the newest drained report was observed at: older ones change nothing any more.
    last_observed_at = models.DateTimeField(null=True, blank=True)
    last_digest = models.BinaryField(max_length=32, null=True, blank=True)
    time_zone = models.CharField(max_length=64, help_text="IANA name")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "room", "kind"], name="device_by_room"),
            models.Index(fields=["tenant_id", "state", "reference"], name="device_by_state"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="device_reference"),
        ]

    def __str__(self) -> str:
        return self.reference


class Peripheral(RegionalModel):
    """A thing plugged into a device, at its port or behind a hub.

    Identity is vendor, product and instance: another unit of the same model is another peripheral.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="peripherals",
    )
    device = models.ForeignKey(
        Device,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="peripherals",
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="children",
        null=True,
        blank=True,
    )
    kind = models.CharField(max_length=16, choices=PeripheralKind.choices)
    name = models.CharField(max_length=120)
    vendor_id = models.CharField(max_length=4, blank=True, help_text="USB, four hex digits")
    product_id = models.CharField(max_length=4, blank=True, help_text="USB, four hex digits")
    instance = models.CharField(max_length=60, help_text="Serial number, or what Windows makes up")
    # Free-form text, compared as text: makers write V2.2.50, 1.0.0 / 1.2.3, and worse.
    firmware = models.CharField(max_length=60, blank=True)
    port = models.CharField(max_length=40, help_text="As printed at the socket, such as USB 3")
    position = models.PositiveSmallIntegerField(default=0, help_text="Order at its parent")
    link = models.CharField(max_length=12, choices=LinkState.choices, default=LinkState.UNKNOWN)
    since = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "device", "position"], name="peripheral_by_device"),
            models.Index(fields=["tenant_id", "room", "kind"], name="peripheral_by_room"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "device", "vendor_id", "product_id", "instance"],
                name="peripheral_identity",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SoftwareVersion(RegionalModel):
    """What a device runs of one component, what it could run, and how many releases lie between."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="versions",
    )
    device = models.ForeignKey(
        Device,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="versions",
    )
    component = models.CharField(max_length=40)
    installed = models.CharField(max_length=60)
    available = models.CharField(max_length=60, blank=True)
    behind_by = models.PositiveSmallIntegerField(null=True, blank=True, help_text="None: unknown")
    observed_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "room"], name="version_by_room"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "device", "component"], name="version_of_component"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.installed}"
