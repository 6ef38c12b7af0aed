"""What auditors keep: named views of a tenant's record."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel


class SavedView(RegionalModel):
    """A named set of filters on a tenant's record, its owner's alone.

    It stands in the tenant's region and opens with the record: filters name rooms and people.
    """

    in_control = True

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
