"""What a customer has agreed on beforehand: calendar, limits and channel, and what may run alone.

Each change is a new version, proposed by one person and agreed on by others; versions stay.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel
from diagnostics.remediation.catalogue import ActionCode


class RuleState(models.TextChoices):
    """Where a version stands."""

    PROPOSED = "proposed", "Waits for approval"
    IN_FORCE = "in_force", "In force"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"
    REPLACED = "replaced", "Replaced"
    ENDED = "ended", "Ended"


class RuleVersion(RegionalModel):
    """What both kinds of versions are alike in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    tenant_reference = models.CharField(max_length=16)
    version = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=RuleState.choices, default=RuleState.PROPOSED)
    state_at = models.DateTimeField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of what is agreed on")
    proposed_by_id = models.UUIDField()
    proposed_by_person = models.UUIDField()
    proposed_by_label = models.CharField(max_length=120)
    grant_reference = models.CharField(max_length=16)
    proposed_at = models.DateTimeField()
    ended_by_label = models.CharField(max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.reference}, version {self.version}"


class AutomationPolicy(RuleVersion):
    """Lets one action run by itself when one signal turns ill. Nothing runs without one."""

    signal = models.CharField(max_length=60)
    action = models.CharField(max_length=30, choices=ActionCode.choices)
    parameters = models.JSONField(default=dict)
    after_minutes = models.PositiveIntegerField(
        default=0, help_text="How long the incident must be open"
    )
    most_per_day = models.PositiveIntegerField(help_text="Devices of the tenant in 24 hours")
    urgent = models.BooleanField(default=False, help_text="When the room is free, else at night")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "signal", "-version"], name="policy_of_signal"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="policy_reference"),
            models.UniqueConstraint(
                fields=["tenant_id", "signal", "version"], name="one_policy_version"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "signal"],
                name="one_policy_in_force",
                condition=models.Q(state="in_force"),
            ),
        ]


class RemediationSettings(RuleVersion):
    """A tenant's calendar, its stricter limits and its channel, as one document.

    `document`: maintenance, holidays, freezes, limits, channel and graph, all optional; without a
    version in force the defaults of the code hold.
    """

    document = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="settings_reference"),
            models.UniqueConstraint(fields=["tenant_id", "version"], name="one_settings_version"),
            models.UniqueConstraint(
                fields=["tenant_id"],
                name="one_settings_in_force",
                condition=models.Q(state="in_force"),
            ),
        ]
