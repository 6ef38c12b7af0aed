"""Versions of the access policy: what policy.py reads, published by two people."""

from __future__ import annotations

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
