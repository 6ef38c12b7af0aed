"""Proofs that no row stands in a region that its tenant did not choose: one row a proof."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import Region


class ResidencyProof(models.Model):
    """What one proof of one region counted. It stands in the control plane and names no customer.

    `tables` lists, for each table of tenants, its name, its rows, and how many of these are of
    a tenant that the directory does not have in this region. `digest` is the SHA-256 that the
    region's own record holds of the same (access.residency_proof).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    region = models.CharField(max_length=8, choices=Region.choices)
    made_at = models.DateTimeField(editable=False)
    tables = models.JSONField()
    tenants = models.PositiveIntegerField(help_text="Of this region, in the directory")
    rows = models.BigIntegerField()
    foreign = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    took_ms = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["region", "-made_at"], name="residency_newest")]

    def __str__(self) -> str:
        return f"{self.region} {self.made_at:%Y-%m-%d %H:%M}: {self.foreign} foreign rows"
