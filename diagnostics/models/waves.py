"""Waves: one action on many devices, with the plan that was agreed on and how far it is."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.purposes import Purpose
from access.residency import RegionalModel
from access.scopes import Scope
from diagnostics.remediation.catalogue import ActionCode
from diagnostics.remediation.states import Mover, WaveState


class WaveCover(models.TextChoices):
    """What gives the right to send what a wave has planned."""

    GRANT = "grant", "A live grant of whoever ordered it"
    APPROVAL = "approval", "The votes for exactly this plan"


class Wave(RegionalModel):
    """One wave. `digest` names the plan; votes for another digest count for nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    tenant_reference = models.CharField(max_length=16)
    title = models.CharField(max_length=120)
    action = models.CharField(max_length=30, choices=ActionCode.choices)
    parameters = models.JSONField(default=dict)
    scope = models.CharField(max_length=40, choices=Scope.choices)
    selection = models.JSONField(default=dict, help_text="The filters that chose the devices")
    rings = models.JSONField(default=list, help_text="Names and days, in order")
    per_hour = models.PositiveIntegerField()
    pilot = models.PositiveIntegerField(default=0, help_text="Devices of each ring that go first")
    critical = models.BooleanField(default=False)
    covered_by = models.CharField(max_length=10, choices=WaveCover.choices)
    reason = models.CharField(max_length=300)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    grant_reference = models.CharField(max_length=16)
    requested_by_id = models.UUIDField()
    requested_by_person = models.UUIDField()
    requested_by_label = models.CharField(max_length=120)
    requested_at = models.DateTimeField()
    not_before = models.DateTimeField()
    approval_ends_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=14, choices=WaveState.choices, default=WaveState.DRAFT)
    state_at = models.DateTimeField()
    mover = models.CharField(max_length=10, choices=Mover.choices)
    moved_by_label = models.CharField(max_length=120, blank=True)
    why = models.CharField(max_length=300, blank=True, help_text="Why it stopped or paused")
    digest = models.CharField(max_length=64, blank=True)
    votes_needed = models.PositiveSmallIntegerField(default=1)
    planned_at = models.DateTimeField(null=True, blank=True)
    devices = models.PositiveIntegerField(default=0, help_text="That take part")
    left_out = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(help_text="When a worker is to look at it again")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-requested_at", "id"], name="wave_newest"),
            models.Index(fields=["requested_by_id", "-requested_at"], name="wave_by_requester"),
            # For the worker, which looks for what is due in all tenants: also at waves that a
            # person has just paused, stopped or cancelled, for their items are still to follow.
            models.Index(fields=["next_at"], name="wave_due"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="wave_reference"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="wave_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.reference


class WaveRing(RegionalModel):
    """One ring of a planned wave, and when it really began and ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wave = models.ForeignKey(
        Wave,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="planned_rings",
    )
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    devices = models.PositiveIntegerField()
    begins_at = models.DateTimeField()
    last_begins_at = models.DateTimeField(null=True, blank=True)
    judged_from = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    passed_at = models.DateTimeField(null=True, blank=True)
    gate = models.CharField(max_length=300, blank=True, help_text="What holds the next ring back")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "wave", "number"], name="ring_of_wave"),
        ]

    def __str__(self) -> str:
        return self.name


class WaveExclusion(RegionalModel):
    """A device of the selection that the plan leaves out, and why."""

    id = models.BigAutoField(primary_key=True)
    wave = models.ForeignKey(
        Wave,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="exclusions",
    )
    device_reference = models.CharField(max_length=16)
    room_reference = models.CharField(max_length=16)
    ring = models.CharField(max_length=40, blank=True)
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)
    remedy = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "wave", "id"], name="exclusion_of_wave"),
        ]

    def __str__(self) -> str:
        return f"{self.device_reference}: {self.code}"
