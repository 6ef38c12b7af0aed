"""What keeps data from being destroyed, and what was destroyed: holds and destructions.

Read under health.view: both say that something was collected, and not what was found.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel


class HoldReach(models.TextChoices):
    """What a legal hold keeps."""

    TENANT = "tenant", "The whole tenant"
    ROOM = "room", "One room"
    COLLECTION = "collection", "One collection"


class LegalHold(RegionalModel):
    """Data that must not be destroyed: placed by one person, confirmed by another.

    It holds from the moment it is placed, for what is destroyed cannot be had back; one that
    nobody confirms in time lapses. It takes two people again to release it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    tenant_reference = models.CharField(max_length=16)
    reach = models.CharField(max_length=12, choices=HoldReach.choices)
    reach_id = models.UUIDField(null=True, blank=True, help_text="Of the room or collection")
    reach_reference = models.CharField(max_length=16, help_text="Of tenant, room or collection")
    reason = models.CharField(max_length=300)
    grant_reference = models.CharField(max_length=16)
    placed_by_id = models.UUIDField()
    placed_by_person = models.UUIDField()
    placed_by_label = models.CharField(max_length=120)
    placed_at = models.DateTimeField()
    lapses_at = models.DateTimeField(help_text="Unless somebody else confirms it before")
    confirmed_by_person = models.UUIDField(null=True, blank=True)
    confirmed_by_label = models.CharField(max_length=120, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.CharField(max_length=300, blank=True)
    release_asked_by_person = models.UUIDField(null=True, blank=True)
    release_asked_by_label = models.CharField(max_length=120, blank=True)
    release_asked_at = models.DateTimeField(null=True, blank=True)
    released_by_person = models.UUIDField(null=True, blank=True)
    released_by_label = models.CharField(max_length=120, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id"],
                name="hold_not_released",
                condition=models.Q(released_at__isnull=True),
            ),
            models.Index(fields=["tenant_id", "-placed_at", "id"], name="hold_newest"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="hold_reference"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="hold_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(reach="tenant", reach_id=None)
                | (~models.Q(reach="tenant") & models.Q(reach_id__isnull=False)),
                name="hold_names_its_reach",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None)
                | ~models.Q(confirmed_by_person=models.F("placed_by_person")),
                name="hold_by_two",
            ),
            models.CheckConstraint(
                condition=models.Q(released_at=None)
                | ~models.Q(released_by_person=models.F("release_asked_by_person")),
                name="hold_released_by_two",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class DestructionCause(models.TextChoices):
    """Why data was destroyed."""

    RETENTION = "retention", "Its time was over"
    CASE = "case", "A deletion case"


class Destruction(RegionalModel):
    """What one run of the daily job, or one case, has destroyed of a tenant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    tenant_reference = models.CharField(max_length=16)
    cause = models.CharField(max_length=12, choices=DestructionCause.choices)
    case_reference = models.CharField(max_length=16, blank=True)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it was interrupted")
    counts = models.JSONField(default=dict, help_text="Rows by table")
    classes = models.JSONField(default=dict, help_text="Files by class of data")
    keys = models.JSONField(default=list, help_text="Ids of the destroyed keys")
    stored_files = models.PositiveIntegerField(default=0)
    stored_bytes = models.BigIntegerField(default=0)
    chain = models.CharField(
        max_length=64,
        help_text="SHA-256 over each destroyed reference, chained",
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-begun_at", "id"], name="destruction_newest"),
            models.Index(
                fields=["tenant_id", "case_reference"],
                name="destruction_of_case",
                condition=~models.Q(case_reference=""),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "reference"], name="destruction_reference"
            ),
        ]

    def __str__(self) -> str:
        return self.reference
