"""What devices said: the inbox of accepted reports, and their history.

An accepted report stands in the inbox until a worker has drained it, in one transaction, into
inventory and health. The history is partitioned by day and dropped by day.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel, RegionalReference


class ReportInbox(RegionalModel):
    """An accepted report that no worker has drained yet. Keys are plain: it is written a lot."""

    id = models.BigAutoField(primary_key=True)
    device_id = models.UUIDField()
    report_id = models.UUIDField()
    received_at = models.DateTimeField()
    observed_at = models.DateTimeField()
    # The accepted JSON as text: the worker parses it anyway, and text is quicker to store.
    body = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "device_id", "report_id"], name="one_inbox_row_a_report"
            ),
        ]

    def __str__(self) -> str:
        return str(self.report_id)


class DeviceReport(RegionalModel):
    """A drained report. The body is kept where it differs from the one before; else it is null.

    The table is made by rooms/sql/reports.sql, for Django cannot declare partitions.
    """

    pk = models.CompositePrimaryKey("tenant_id", "device_id", "received_at", "report_id")
    device_id = models.UUIDField()
    report_id = models.UUIDField()
    received_at = models.DateTimeField()
    observed_at = models.DateTimeField()
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of what can change slowly")
    body = models.JSONField(null=True)

    class Meta:
        managed = False

    def __str__(self) -> str:
        return str(self.report_id)


class DeviceNonce(RegionalReference):
    """A nonce that a device key has spent; kept as long as its signature could be replayed.

    One index and no more: a row is written for every request, and the old ones go all at once.
    """

    pk = models.CompositePrimaryKey("key_name", "nonce")
    key_name = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.nonce


class DeviceRefusal(RegionalReference):
    """How often the device surface refused something in one hour, by code. Names nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hour = models.DateTimeField()
    code = models.CharField(max_length=40)
    times = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hour", "code"], name="one_refusal_count_an_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.times}"
