"""What people do with collected data beyond reading it: laying names open, taking a file away.

Opened by diagnostics.view, made in one's own name, and never changed or deleted by a person.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel
from diagnostics.models.content import CollectionFile
from rooms.models import Room


class Reveal(RegionalModel):
    """That a person laid open the masked names of one line, why, and until when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry_id = models.UUIDField()
    room = models.ForeignKey(
        Room, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    by_id = models.UUIDField()
    by_label = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)
    grant_reference = models.CharField(max_length=16)
    at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "entry_id", "by_id", "ends_at"], name="reveal_live"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="reveal_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} by {self.by_label}"


class Download(RegionalModel):
    """Permission to download one redacted file once, while a grant lasts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_digest = models.BinaryField(max_length=32, help_text="SHA-256 of the link's secret")
    file = models.ForeignKey(
        CollectionFile,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="downloads",
    )
    room = models.ForeignKey(
        Room, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    by_id = models.UUIDField()
    by_label = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)
    grant_reference = models.CharField(max_length=16)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "token_digest"], name="download_by_token"),
            models.Index(fields=["tenant_id", "file"], name="download_of_file"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} by {self.by_label}"
