"""The remediation queue: what was ordered of a device, who agreed, what it came to.

A row of the queue holds the order and where it stands, and nothing that a device has said: that
stands in its steps, under health.view. So whoever ordered it may see and stop it without a grant,
and an approver may read what is to be agreed on.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.purposes import Purpose
from access.residency import RegionalModel
from access.scopes import Scope
from diagnostics.models.automation import AutomationPolicy
from diagnostics.models.waves import Wave
from diagnostics.remediation.catalogue import ActionCode, Channel, OperationKind
from diagnostics.remediation.reasons import Reason
from diagnostics.remediation.states import ENDED, OPEN, ItemState, Mover
from rooms.models import Device, Incident


class CoveredBy(models.TextChoices):
    """What gives the right to send an item at the moment of sending."""

    GRANT = "grant", "A live grant of whoever ordered it"
    APPROVAL = "approval", "An approval of exactly this, in this window"
    POLICY = "policy", "A policy that two people agreed on"


class RemediationQuerySet(models.QuerySet["Remediation"]):
    """Reads of the queue."""

    def open(self) -> RemediationQuerySet:
        """Those that have not ended."""
        return self.filter(state__in=OPEN)

    def ended(self) -> RemediationQuerySet:
        """Those that nothing moves any more."""
        return self.filter(state__in=ENDED)


class Remediation(RegionalModel):
    """One action on one device, from the asking to what the reports show."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    tenant_reference = models.CharField(max_length=16)
    room_id = models.UUIDField()
    room_reference = models.CharField(max_length=16)
    device = models.ForeignKey(
        Device,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="remediations",
    )
    device_reference = models.CharField(max_length=16)
    incident = models.ForeignKey(
        Incident,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="remediations",
        null=True,
        blank=True,
    )
    signal = models.CharField(
        max_length=60, blank=True, help_text="Code of the signal that it is to mend"
    )
    action = models.CharField(max_length=30, choices=ActionCode.choices)
    kind = models.CharField(max_length=10, choices=OperationKind.choices)
    parameters = models.JSONField(default=dict)
    scope = models.CharField(max_length=40, choices=Scope.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.AGENT)
    urgent = models.BooleanField(default=False, help_text="As soon as the room is free")
    covered_by = models.CharField(max_length=10, choices=CoveredBy.choices)
    reason = models.CharField(max_length=300)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, blank=True)
    # Whoever ordered it; empty for a policy.
    requested_by_id = models.UUIDField(null=True, blank=True)
    requested_by_person = models.UUIDField(null=True, blank=True)
    requested_by_label = models.CharField(max_length=120)
    grant_reference = models.CharField(max_length=16, blank=True)
    policy = models.ForeignKey(
        AutomationPolicy,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="items",
        null=True,
        blank=True,
    )
    policy_version = models.PositiveIntegerField(null=True, blank=True)
    wave = models.ForeignKey(
        Wave,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="items",
        null=True,
        blank=True,
    )
    ring = models.CharField(max_length=40, blank=True)
    place = models.PositiveIntegerField(default=0, help_text="In its wave, from 0")
    pilot = models.BooleanField(default=False)
    was = models.JSONField(default=list, help_text="Versions before, of what a wave updates")
    retry_of = models.CharField(max_length=16, blank=True, help_text="The item tried again")
    undoes = models.CharField(max_length=16, blank=True, help_text="The item rolled back")
    zone = models.CharField(max_length=64, help_text="IANA zone of the room")
    window_begins_at = models.DateTimeField()
    window_ends_at = models.DateTimeField()
    digest = models.CharField(max_length=64, blank=True, help_text="Of exactly what is asked for")
    approved_digest = models.CharField(max_length=64, blank=True)
    approval_ends_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=20, choices=ItemState.choices)
    reason_code = models.CharField(max_length=30, choices=Reason.choices)
    state_at = models.DateTimeField()
    mover = models.CharField(max_length=10, choices=Mover.choices, help_text="Of the last move")
    moved_by_label = models.CharField(max_length=120, blank=True)
    # Words for the step that the next move writes; the database takes them out of the row.
    told = models.CharField(max_length=600, blank=True)
    next_at = models.DateTimeField(help_text="When a worker is to look at it again")
    attempt = models.PositiveSmallIntegerField(default=1)
    command_id = models.UUIDField(null=True, blank=True, help_text="Of the present attempt")
    operation = models.CharField(max_length=120, blank=True, help_text="Graph's own id")
    operations_known = models.JSONField(null=True, blank=True, help_text="Graph's, before sending")
    # Four different facts with four times.
    requested_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    running_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    observed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True, help_text="What the device claims")
    detail_code = models.CharField(max_length=40, blank=True)

    objects = RemediationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-requested_at", "id"], name="remediation_newest"),
            models.Index(fields=["tenant_id", "state", "-state_at"], name="remediation_by_state"),
            models.Index(
                fields=["tenant_id", "device", "-requested_at"], name="remediation_of_device"
            ),
            models.Index(fields=["tenant_id", "wave", "place"], name="remediation_of_wave"),
            models.Index(
                fields=["tenant_id", "incident"],
                name="remediation_of_incident",
                condition=models.Q(incident__isnull=False),
            ),
            models.Index(
                fields=["requested_by_id", "-requested_at"], name="remediation_by_requester"
            ),
            # For the worker, which looks for what is due in all tenants.
            models.Index(
                fields=["next_at"],
                name="remediation_due",
                condition=models.Q(
                    state__in=["proposed", "approved", "scheduled", "waiting_for_grant", "paused"]
                ),
            ),
            models.Index(
                fields=["next_at"],
                name="remediation_followed",
                condition=models.Q(
                    state__in=["dispatched", "acknowledged", "running", "verifying"]
                ),
            ),
            # The caps of a region, tenant, room and device count what was sent lately.
            models.Index(
                fields=["sent_at", "tenant_id"],
                name="remediation_sent",
                condition=models.Q(sent_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "reference"], name="remediation_reference"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "device", "kind"],
                name="one_open_operation",
                condition=~models.Q(
                    state__in=["succeeded", "failed", "cancelled", "expired", "refused"]
                ),
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="remediation_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(window_ends_at__gt=models.F("window_begins_at")),
                name="remediation_window",
            ),
            models.CheckConstraint(
                condition=models.Q(covered_by="policy", policy__isnull=False)
                | (
                    ~models.Q(covered_by="policy")
                    & models.Q(policy__isnull=True, requested_by_id__isnull=False)
                ),
                name="remediation_is_somebodys",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class RemediationStep(RegionalModel):
    """One line of an item's run log. The database writes it with every move; nobody else does."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(
        Remediation,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="steps",
    )
    room_id = models.UUIDField()
    at = models.DateTimeField()
    was = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=20, choices=ItemState.choices)
    reason_code = models.CharField(max_length=30, choices=Reason.choices)
    attempt = models.PositiveSmallIntegerField(default=1)
    mover = models.CharField(max_length=10, choices=Mover.choices)
    moved_by_label = models.CharField(max_length=120, blank=True)
    sentence = models.CharField(max_length=600, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "item", "id"], name="step_of_remediation"),
        ]

    def __str__(self) -> str:
        return f"{self.was} to {self.state}"


class RemediationFinding(RegionalModel):
    """What was measured on the device before and after: signals and versions, as reports tell."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(
        Remediation,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="findings",
    )
    room_id = models.UUIDField()
    attempt = models.PositiveSmallIntegerField(default=1)
    before = models.JSONField(default=dict)
    before_at = models.DateTimeField(null=True, blank=True)
    after = models.JSONField(default=dict)
    after_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    sentence = models.CharField(max_length=600, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "item", "attempt"], name="one_finding_an_attempt"
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.attempt}: {self.outcome}"
