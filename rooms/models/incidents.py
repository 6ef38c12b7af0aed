"""Incidents: what a signal or a person opened, its timeline, messages, and what keeps it quiet.

Opened by health.view, worked on under incident.work; messages with the customer are read under
incident.work only.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel
from rooms.models.devices import Device
from rooms.models.places import Room
from rooms.states import Assignment, Cause, EntryKind, IncidentState, Severity


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Reads of incidents."""

    def active(self) -> IncidentQuerySet:
        """Those that trouble somebody now."""
        return self.filter(state=IncidentState.ACTIVE)

    def not_closed(self) -> IncidentQuerySet:
        """Active ones, and resolved ones that may still come back."""
        return self.exclude(state=IncidentState.CLOSED)


class Incident(RegionalModel):
    """One trouble of one room: a signal that activated, or what a person recorded."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="incidents",
    )
    device = models.ForeignKey(
        Device,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="incidents",
        null=True,
        blank=True,
    )
    code = models.CharField(max_length=40)
    instance = models.CharField(max_length=40, blank=True)
    category = models.CharField(max_length=40)
    severity = models.CharField(max_length=12, choices=Severity.choices)
    # The place of the severity in rooms.states.SEVERITY_ORDER: what lists sort by.
    severity_rank = models.PositiveSmallIntegerField()
    sentence = models.CharField(max_length=300, help_text="What was seen, in plain words")
    state = models.CharField(
        max_length=12, choices=IncidentState.choices, default=IncidentState.ACTIVE
    )
    assignment = models.CharField(
        max_length=12, choices=Assignment.choices, default=Assignment.PENDING
    )
    assignee_id = models.UUIDField(null=True, blank=True)
    assignee_label = models.CharField(max_length=120, blank=True)
    high_impact = models.BooleanField(default=False)
    high_impact_reason = models.CharField(max_length=300, blank=True)
    recorded_by_label = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField()
    activated_at = models.DateTimeField(help_text="The last time it became active")
    activations = models.PositiveIntegerField(default=1)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(max_length=16, choices=Cause.choices, blank=True)
    updated_at = models.DateTimeField()

    objects = IncidentQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "state", "severity_rank", "activated_at", "id"],
                name="incident_worst_first",
            ),
            models.Index(
                fields=["tenant_id", "state", "-activated_at", "id"], name="incident_newest"
            ),
            models.Index(fields=["tenant_id", "room", "-opened_at"], name="incident_by_room"),
            models.Index(
                fields=["tenant_id", "code", "state", "-activated_at"], name="incident_by_signal"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="incident_reference"),
            # Never a second open one for the same thing; recorded ones are apart by instance.
            models.UniqueConstraint(
                fields=["tenant_id", "room", "device", "code", "instance"],
                condition=~models.Q(state="closed"),
                nulls_distinct=False,
                name="one_open_incident",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class IncidentEntry(RegionalModel):
    """One line of an incident's timeline. Written once, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(
        Incident,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="entries",
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="incident_entries",
    )
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=EntryKind.choices)
    by_id = models.UUIDField(null=True, blank=True)
    by_label = models.CharField(max_length=120, blank=True, help_text="Empty: the service")
    text = models.CharField(max_length=2000, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "incident", "at", "id"], name="entry_by_incident"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class IncidentMessage(RegionalModel):
    """A message between us and the customer about an incident."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(
        Incident,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="messages",
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="incident_messages",
    )
    at = models.DateTimeField()
    from_customer = models.BooleanField(default=False)
    by_id = models.UUIDField(null=True, blank=True)
    by_label = models.CharField(max_length=120)
    text = models.CharField(max_length=4000)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "incident", "at"], name="message_by_incident"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class Suppression(RegionalModel):
    """Alerts of a room, or of one signal of it, kept quiet on purpose until an end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="suppressions",
    )
    code = models.CharField(max_length=40, blank=True, help_text="Empty: every signal")
    reason = models.CharField(max_length=300)
    by_id = models.UUIDField(editable=False)
    by_label = models.CharField(max_length=120)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Ended before its time")
    ended_by_label = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "room", "ends_at"], name="suppression_by_room"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "reference"], name="suppression_reference"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("begins_at")), name="suppression_ends"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class SignalSetting(RegionalModel):
    """Whether a signal is switched on or off for a whole tenant; without a row it is on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=40)
    enabled = models.BooleanField()
    reason = models.CharField(max_length=300)
    by_id = models.UUIDField(editable=False)
    by_label = models.CharField(max_length=120)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "code"], name="one_setting_a_signal"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {'on' if self.enabled else 'off'}"


class SignalThresholds(RegionalModel):
    """Limits of a tenant that differ from the stated defaults (rooms.signals.thresholds)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    limits = models.JSONField(default=dict)
    by_id = models.UUIDField(editable=False)
    by_label = models.CharField(max_length=120)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id"], name="one_row_of_limits"),
        ]

    def __str__(self) -> str:
        return f"limits of {self.tenant_id}"


class HealthCount(RegionalModel):
    """How many rooms of a tenant showed what, at one hour: what dashboards are drawn from.

    `dimension` is status, signal, category, version, ring, site or model; `value` is one of its
    values: a status, the code of an unhealthy signal, "<component> <version>", a name. `status`
    is the room status that is counted, or empty for all rooms of that value. Rows of the newest
    moment are complete; of the hours before, they are kept at full hours.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    as_of = models.DateTimeField(help_text="The hour, or the moment of the newest count")
    dimension = models.CharField(max_length=12)
    value = models.CharField(max_length=120)
    status = models.CharField(max_length=12, blank=True)
    rooms = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "as_of", "dimension", "value", "status"],
                name="one_count_of_a_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.value}: {self.rooms}"
