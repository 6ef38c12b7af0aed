"""What anybody signed in may see of a region without a grant: counts, and the triage list.

Neither names a room, device, account or tenant; a tenant appears by its reference only.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalReference
from rooms.states import RoomStatus, Severity


class FleetCountQuerySet(models.QuerySet["FleetCount"]):
    """Reads of counts."""

    def newest(self) -> FleetCountQuerySet:
        """The rows of the last count."""
        last = self.order_by("-as_of").values("as_of")[:1]
        return self.filter(as_of=models.Subquery(last))


class FleetCount(RegionalReference):
    """How many rooms of the region showed a status, or had a signal, at one hour.

    A row counts either a status (signal empty) or an unhealthy signal of a severity (status empty).
    """

    id = models.BigAutoField(primary_key=True)
    as_of = models.DateTimeField()
    status = models.CharField(max_length=12, choices=RoomStatus.choices, blank=True)
    signal = models.CharField(max_length=40, blank=True)
    severity = models.CharField(max_length=12, choices=Severity.choices, blank=True)
    rooms = models.PositiveIntegerField()

    objects = FleetCountQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["as_of", "status", "signal", "severity"], name="one_count_an_hour"
            ),
            models.CheckConstraint(
                condition=models.Q(status="") ^ models.Q(signal=""), name="count_status_or_signal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status or self.signal}: {self.rooms}"


class TriageItem(RegionalReference):
    """An open incident as far as it is shown without a grant: enough to know what to ask for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    tenant_id = models.UUIDField()
    tenant_reference = models.CharField(max_length=16)
    signal = models.CharField(max_length=40)
    severity = models.CharField(max_length=12, choices=Severity.choices)
    # The place of the severity in rooms.states.SEVERITY_ORDER: what the list sorts by.
    severity_rank = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "severity_rank", "opened_at", "id"], name="triage_by_tenant"
            ),
            models.Index(fields=["severity_rank", "opened_at", "id"], name="triage_worst_first"),
        ]

    def __str__(self) -> str:
        return self.reference
