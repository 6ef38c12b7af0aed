"""The checks that nobody holds standing access: one row a check, never changed."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models


class StandingCheck(models.Model):
    """What one check asked and tried, and what came of it. Holds no data of tenants."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    made_at = models.DateTimeField(editable=False)
    good = models.BooleanField()
    # where, name, state and sentence of each finding
    findings = models.JSONField()
    took_ms = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-made_at"], name="standing_newest")]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}: {'good' if self.good else 'not good'}"
