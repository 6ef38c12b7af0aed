"""Grants, which open, and lock-outs, which close everything at once."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from access.purposes import Purpose
from access.residency import RegionalModel, RegionalReference
from access.states import GrantState

if TYPE_CHECKING:
    from access.models.people import Staff


class GrantQuerySet(models.QuerySet["Grant"]):
    """Reads of grants. The database shows only one's own and those one may decide or audit."""

    def held_by(self, person: Staff) -> GrantQuerySet:
        """The person's own."""
        return self.filter(holder_id=person.pk)

    def open_or_ready(self) -> GrantQuerySet:
        """Those that are, or could be started to be, in use, by label."""
        return self.filter(state__in=[GrantState.READY, GrantState.ACTIVE])


class Grant(RegionalModel):
    """An approved request: opens its scopes from Start until its end, by the database's clock.

    `ends_at` only ever moves earlier; the database refuses anything else.
    """

    in_control = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    tenant_reference = models.CharField(max_length=16)
    request_id = models.UUIDField()
    request_reference = models.CharField(max_length=16)
    holder_id = models.UUIDField()
    holder_person_id = models.UUIDField()
    holder_label = models.CharField(max_length=120)
    scopes = ArrayField(models.CharField(max_length=40))
    whole_tenant = models.BooleanField()
    room_ids = ArrayField(models.UUIDField(), default=list)
    room_references = ArrayField(models.CharField(max_length=16), default=list)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    duration = models.DurationField()
    not_before = models.DateTimeField(null=True, blank=True)
    claim_by = models.DateTimeField()
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=GrantState.choices, default=GrantState.READY)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_id = models.UUIDField(null=True, blank=True)
    closed_by_label = models.CharField(max_length=120, blank=True)
    close_reason = models.CharField(max_length=300, blank=True)
    policy_version = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    objects = GrantQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["holder_id", "tenant_id"],
                condition=models.Q(state="active"),
                name="grant_in_use",
            ),
            models.Index(fields=["holder_id", "-created_at"], name="grant_by_holder"),
            models.Index(fields=["tenant_id", "state", "ends_at"], name="grant_by_tenant"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="grant_reference"),
            models.UniqueConstraint(fields=["tenant_id", "request_id"], name="one_grant_a_request"),
            models.CheckConstraint(
                condition=models.Q(whole_tenant=True, room_ids=[])
                | (models.Q(whole_tenant=False) & ~models.Q(room_ids=[])),
                name="grant_tenant_or_rooms",
            ),
            models.CheckConstraint(condition=~models.Q(scopes=[]), name="grant_names_scopes"),
            models.CheckConstraint(
                condition=models.Q(starts_at__isnull=True, ends_at__isnull=True)
                | models.Q(ends_at__gte=models.F("starts_at")),
                name="grant_starts_and_ends",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="active") | models.Q(ends_at__isnull=False),
                name="active_grant_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class LockoutKind(models.TextChoices):
    """What a lock-out stops."""

    PERSON = "person", "a person"
    TENANT = "tenant", "a tenant"


class Lockout(RegionalReference):
    """The emergency stop: while it stands, nothing of that person or tenant is effective.

    One person presses it; releasing it takes two, and gives back no grant.
    """

    in_control = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=LockoutKind.choices)
    target_id = models.UUIDField()
    target_label = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)
    pressed_by_id = models.UUIDField()
    pressed_by_person_id = models.UUIDField()
    pressed_by_label = models.CharField(max_length=120)
    pressed_at = models.DateTimeField()
    release_asked_by_person_id = models.UUIDField(null=True, blank=True)
    release_asked_by_label = models.CharField(max_length=120, blank=True)
    release_asked_at = models.DateTimeField(null=True, blank=True)
    released_by_person_id = models.UUIDField(null=True, blank=True)
    released_by_label = models.CharField(max_length=120, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["target_id"],
                condition=models.Q(released_at__isnull=True),
                name="lockout_standing",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(released_at__isnull=True)
                | ~models.Q(released_by_person_id=models.F("release_asked_by_person_id")),
                name="release_takes_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target_label}"
