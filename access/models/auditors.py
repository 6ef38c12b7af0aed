"""What auditors keep: named views of a tenant's record, and reviews of who stands there."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel
from access.scopes import Relation


class SavedView(RegionalModel):
    """A named set of filters on a tenant's record, its owner's alone.

    It stands in the tenant's region and opens with the record: filters name rooms and people.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner_id = models.UUIDField()
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=600, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "owner_id", "name"], name="one_saved_view_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReviewDecision(models.TextChoices):
    """What a reviewer says of a standing relation. Saying it changes nothing by itself."""

    KEEP = "keep", "keep"
    REMOVE = "remove", "remove"


class RelationReview(RegionalModel):
    """One standing relation judged in one quarter: by somebody else, once, for good."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quarter = models.CharField(max_length=7)
    relation = models.CharField(max_length=10, choices=Relation.choices)
    subject_id = models.UUIDField()
    subject_person_id = models.UUIDField()
    decision = models.CharField(max_length=6, choices=ReviewDecision.choices)
    decided_by_id = models.UUIDField()
    decided_by_person_id = models.UUIDField()
    decided_by_label = models.CharField(max_length=120)
    decided_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "quarter", "relation", "subject_id"],
                name="one_review_a_quarter",
            ),
            models.CheckConstraint(
                condition=~models.Q(subject_person_id=models.F("decided_by_person_id")),
                name="nobody_reviews_themselves",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.relation} in {self.quarter}"
