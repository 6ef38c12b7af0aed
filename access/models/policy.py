"""Versions of the access policy: what policy.py reads, published by two people."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models


class PolicyVersion(models.Model):
    """One published policy document. The highest number is in force; none is ever changed."""

    number = models.PositiveIntegerField(primary_key=True)
    document = models.JSONField()
    published_at = models.DateTimeField()
    proposed_by_id = models.UUIDField()
    approved_by_id = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(proposed_by_id=models.F("approved_by_id")),
                name="policy_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"policy {self.number}"


class PolicyDecision(models.TextChoices):
    """What became of a proposal."""

    OPEN = "", "open"
    PUBLISHED = "published", "published"
    REFUSED = "refused", "refused"


class PolicyChange(models.Model):
    """A proposed policy document, and who published or refused it. One is open at a time.

    The database makes the version of a published one (lock/sql/policy.sql).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(editable=False)
    document = models.JSONField()
    reason = models.CharField(max_length=300)
    proposed_by_id = models.UUIDField()
    proposed_by_person_id = models.UUIDField()
    proposed_by_label = models.CharField(max_length=120)
    proposed_at = models.DateTimeField(editable=False)
    decision = models.CharField(
        max_length=9, choices=PolicyDecision.choices, default=PolicyDecision.OPEN, blank=True
    )
    decided_by_id = models.UUIDField(null=True)
    decided_by_person_id = models.UUIDField(null=True)
    decided_by_label = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["decision"],
                condition=models.Q(decision=""),
                name="one_open_policy_change",
            ),
        ]

    def __str__(self) -> str:
        return f"change to policy {self.number}"
