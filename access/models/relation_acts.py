"""What was done to standing relations: given, taken, restored, and judged in a review."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.scopes import Relation


class RelationActKind(models.TextChoices):
    """What one act does. The database does it, with the row (lock/sql/relations.sql)."""

    GIVE = "give", "given"
    TAKE = "take", "ended"
    RESTORE = "restore", "restored"
    KEEP = "keep", "keep"
    REMOVE = "remove", "remove"


REVIEWED = frozenset({RelationActKind.KEEP, RelationActKind.REMOVE})


class RelationAct(models.Model):
    """One act on one relation of one person to one tenant; by somebody else, and for good.

    `quarter` names the review, such as 2026-Q4, and is empty for a change. Reasons stand here
    and nowhere else.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=RelationActKind.choices)
    tenant_id = models.UUIDField()
    relation = models.CharField(max_length=10, choices=Relation.choices)
    subject_id = models.UUIDField()
    subject_person_id = models.UUIDField()
    quarter = models.CharField(max_length=7, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    by_id = models.UUIDField()
    by_person_id = models.UUIDField()
    by_label = models.CharField(max_length=120)
    made_at = models.DateTimeField(editable=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_id", "-made_at"], name="relation_act_by_subject"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "quarter", "relation", "subject_id"],
                condition=models.Q(kind__in=["keep", "remove"]),
                name="one_review_a_quarter",
            ),
            models.CheckConstraint(
                condition=~models.Q(subject_person_id=models.F("by_person_id")),
                name="nobody_acts_on_themselves",
            ),
            models.CheckConstraint(
                condition=models.Q(quarter="") ^ models.Q(kind__in=["keep", "remove"]),
                name="a_review_has_a_quarter",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.relation}"
