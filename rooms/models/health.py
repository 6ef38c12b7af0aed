"""How rooms are: one row of health a room, its signals, and what bars are drawn from.

All of it is opened by health.view, which is why none of it stands in Room.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel
from rooms.models.devices import Device
from rooms.models.places import Room
from rooms.states import RoomStatus, Severity, SignalStatus


class RoomHealthQuerySet(models.QuerySet["RoomHealth"]):
    """Reads of health."""

    def worst_first(self) -> RoomHealthQuerySet:
        """What needs somebody first, oldest first; the key makes the order total for paging."""
        return self.order_by("attention", "since", "room_id")


class RoomHealth(RegionalModel):
    """What a room shows now, and the signal that makes it so."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="health_rows",
    )
    status = models.CharField(max_length=12, choices=RoomStatus.choices)
    # rooms.states.attention_rank of status and worst severity, stored because lists sort by it.
    attention = models.PositiveSmallIntegerField()
    worst_signal = models.CharField(max_length=40, blank=True)
    worst_severity = models.CharField(max_length=12, choices=Severity.choices, blank=True)
    faults = models.PositiveSmallIntegerField(
        default=0, help_text="Unhealthy signals that decide the status"
    )
    warnings = models.PositiveSmallIntegerField(
        default=0, help_text="Unhealthy signals that are only shown"
    )
    since = models.DateTimeField(help_text="When the status last changed")
    suppressed_until = models.DateTimeField(null=True, blank=True)
    # Busy or free, as the meeting app says, and nothing more of the meeting.
    in_use = models.BooleanField(null=True, blank=True)
    last_evaluated_at = models.DateTimeField(null=True, blank=True)
    next_evaluation_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    history_from = models.DateField(null=True, blank=True, help_text="First day that counts")

    objects = RoomHealthQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "attention", "since", "room"], name="health_worst_first"
            ),
            models.Index(
                fields=["tenant_id", "status", "attention", "since", "room"],
                name="health_by_status",
            ),
            models.Index(
                fields=["tenant_id", "worst_signal", "attention", "since", "room"],
                name="health_by_signal",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "room"], name="one_health_a_room"),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.room_id}"


class SignalState(RegionalModel):
    """One signal of one device, and of one instance where there are several, such as display 2."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="signals",
    )
    device = models.ForeignKey(
        Device,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="signals",
    )
    code = models.CharField(max_length=40)
    instance = models.CharField(max_length=40, blank=True)
    category = models.CharField(max_length=40)
    severity = models.CharField(max_length=12, choices=Severity.choices)
    state = models.CharField(max_length=12, choices=SignalStatus.choices)
    sentence = models.CharField(max_length=300, help_text="What was seen, in plain words")
    since = models.DateTimeField(help_text="When the state last changed")
    # The memory of rooms.health.life: when the present run of bad or good readings began.
    faulty_since = models.DateTimeField(null=True, blank=True)
    well_since = models.DateTimeField(null=True, blank=True)
    last_evaluated_at = models.DateTimeField(null=True, blank=True)
    next_evaluation_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "room", "code"], name="signal_by_room"),
            models.Index(fields=["tenant_id", "state", "code", "room"], name="signal_by_state"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "device", "code", "instance"], name="one_state_a_signal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.state}"


class RoomDay(RegionalModel):
    """A day on which the room was not healthy throughout. A day without a row was healthy.

    Days are of the room's own time zone; `working_minutes` counts 05:00 to 21:00 only, and more
    than 20 of them make the day an unhealthy one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="days",
    )
    day = models.DateField()
    unhealthy_minutes = models.PositiveSmallIntegerField(default=0)
    working_minutes = models.PositiveSmallIntegerField(default=0)
    unmonitored_minutes = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "room", "day"], name="one_row_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.day}"


class RoomEventHour(RegionalModel):
    """How many faults of the room began in one hour of the last day, watched ones too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="event_hours",
    )
    hour = models.DateTimeField()
    events = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "room", "hour"], name="one_row_an_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.hour:%Y-%m-%d %H}"
