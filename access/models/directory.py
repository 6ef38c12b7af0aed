"""The tenant directory of the control plane: a reference and a region, never a name."""

from __future__ import annotations

import uuid
from typing import ClassVar, Final

from django.db import models
from guardian.models import UserObjectPermissionBase  # noqa: TID251 - its table, not its checks

from access.residency import CONTROL, PLACES, place_words
from access.scopes import Relation

# The reserved entry: the control plane itself, asked for and granted like a tenant.
CONTROL_ID: Final = uuid.UUID("00000000-0000-4000-8000-0000c0117201")
CONTROL_REFERENCE: Final = "TN-CONTROL"


class TenantState(models.TextChoices):
    """Whether the tenant is served."""

    LIVE = "live", "live"
    LEAVING = "leaving", "leaving"
    GONE = "gone", "gone"


class Tenant(models.Model):
    """A customer organisation, as far as the control plane may know it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    region = models.CharField(max_length=8, choices=PLACES)
    state = models.CharField(max_length=8, choices=TenantState.choices, default=TenantState.LIVE)
    # ISO country codes; empty means that the tenant does not restrict where staff are.
    staff_countries = models.JSONField(default=list, blank=True)

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [(relation.value, relation.label) for relation in Relation]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_control(self) -> bool:
        """Whether this is the reserved entry: no customer, and without rooms."""
        return bool(self.region == CONTROL)

    @property
    def place(self) -> str:
        """Where its data stands, in words, such as "EU data centre"."""
        return place_words(self.region)


class TenantRelation(UserObjectPermissionBase):
    """Who may ask, decide or audit for a tenant. Guardian's direct table for Tenant.

    `confirmed_at` is when it was given, last kept in a review, or restored. One that no review
    confirmed in time is suspended: the database shows it to no page (lock/sql/relations.sql).
    """

    content_object = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    confirmed_at = models.DateTimeField(editable=False, db_default=models.Func(function="lock.now"))
