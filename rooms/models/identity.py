"""What identifies a room: its account, its place on the network and on the map.

All of it is opened by account.view, a scope of its own.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel
from rooms.models.devices import Device
from rooms.models.places import Room


class MeetingMode(models.TextChoices):
    """Which meetings the account may join."""

    TEAMS_ONLY = "teams_only", "Teams only"
    TEAMS_DEFAULT = "teams_default", "Teams (default) and Skype for Business"
    SKYPE_DEFAULT = "skype_default", "Skype for Business (default) and Teams"


class RoomAccount(RegionalModel):
    """The resource account that the room signs in with."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="accounts",
    )
    upn = models.CharField(max_length=254)
    display_name = models.CharField(max_length=120, blank=True)
    mode = models.CharField(
        max_length=16, choices=MeetingMode.choices, default=MeetingMode.TEAMS_ONLY
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "room"], name="one_account_a_room"),
        ]

    def __str__(self) -> str:
        return f"account of {self.room_id}"


class DeviceAddress(RegionalModel):
    """Where a device stands on the customer's network."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="addresses",
    )
    device = models.ForeignKey(
        Device,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="addresses",
    )
    ipv4 = models.GenericIPAddressField(protocol="IPv4", null=True, blank=True)
    ipv4_second = models.GenericIPAddressField(protocol="IPv4", null=True, blank=True)
    ipv6 = models.GenericIPAddressField(protocol="IPv6", null=True, blank=True)
    mac = models.CharField(max_length=17, blank=True)
    observed_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "room"], name="address_by_room"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "device"], name="one_address_a_device"),
        ]

    def __str__(self) -> str:
        return f"address of {self.device_id}"


class RoomPosition(RegionalModel):
    """The room's coordinates, from Windows location."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="positions",
    )
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "room"], name="one_position_a_room"),
            models.CheckConstraint(
                condition=models.Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="position_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return f"position of {self.room_id}"
