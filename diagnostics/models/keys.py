"""Wrapped keys: a tenant's own, and the data keys under it, by the scope that opens their class.

A web process sees a wrapped key only under a live grant for that scope, so unwrapping one needs
the grant in the same transaction. A destroyed key keeps its row and loses its bytes.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel
from diagnostics.kinds import KeyClass


class KeyLevel(models.TextChoices):
    """A tenant key wraps data keys; a data key encrypts content."""

    TENANT = "tenant", "Tenant key"
    DATA = "data", "Data key"


class WrappedKey(RegionalModel):
    """A key as it may be stored: wrapped by the one above it, or destroyed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    level = models.CharField(max_length=8, choices=KeyLevel.choices)
    klass = models.CharField(max_length=10, choices=KeyClass.choices, blank=True)
    month = models.DateField(null=True, blank=True, help_text="First day; of a data key")
    number = models.PositiveIntegerField(default=1, help_text="Counts up with each rotation")
    parent_id = models.UUIDField(null=True, blank=True, help_text="The tenant key of a data key")
    wrapped = models.BinaryField()
    provider_key = models.CharField(
        max_length=200, blank=True, help_text="The region key's version, of a tenant key"
    )
    made_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.level} {self.klass} {self.month or ''} {self.number}"


class ContentKey(WrappedKey):
    """Keys of log lines, files, queries, search words and masked names."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "level", "klass", "month", "number"],
                name="content_key_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(destroyed_at=None) | models.Q(wrapped=b""),
                name="content_key_destroyed_is_empty",
            ),
        ]


class ActivityKey(WrappedKey):
    """Keys of activity of people."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "level", "klass", "month", "number"],
                name="activity_key_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(destroyed_at=None) | models.Q(wrapped=b""),
                name="activity_key_destroyed_is_empty",
            ),
        ]
