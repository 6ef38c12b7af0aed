"""Votes on what the queue asks for, emergency stops, and notices that wait to be told."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel, RegionalReference


class VoteOn(models.TextChoices):
    """What can be voted on."""

    ITEM = "item", "Item"
    WAVE = "wave", "Wave"
    POLICY = "policy", "Policy"
    SETTINGS = "settings", "Settings"


class RemediationVote(RegionalModel):
    """One person's yes or no to exactly what the digest names."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(max_length=10, choices=VoteOn.choices)
    subject_id = models.UUIDField()
    digest = models.CharField(max_length=64)
    voter_id = models.UUIDField()
    voter_person = models.UUIDField()
    voter_label = models.CharField(max_length=120)
    approves = models.BooleanField()
    reason = models.CharField(max_length=300, blank=True)
    step_up_method = models.CharField(max_length=20)
    voted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "subject_id", "digest", "voter_person"],
                name="one_remediation_vote",
            ),
        ]

    def __str__(self) -> str:
        return f"{'yes' if self.approves else 'no'} of {self.voter_label}"


class EmergencyStop(RegionalReference):
    """Holds the queue of a tenant, an action, or all of a region. One person is enough to place
    it; two release it. Without a tenant it holds for the whole region, and names no customer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    level = models.CharField(
        max_length=10,
        choices=[("everything", "Everything"), ("tenant", "One tenant"), ("action", "One action")],
    )
    stopped_tenant_id = models.UUIDField(null=True, blank=True)
    target = models.CharField(
        max_length=40, blank=True, help_text="The tenant's reference, or the action's code"
    )
    reason = models.CharField(max_length=300)
    placed_by_id = models.UUIDField()
    placed_by_person = models.UUIDField()
    placed_by_label = models.CharField(max_length=120)
    placed_at = models.DateTimeField()
    release_reason = models.CharField(max_length=300, blank=True)
    release_asked_by_person = models.UUIDField(null=True, blank=True)
    release_asked_by_label = models.CharField(max_length=120, blank=True)
    release_asked_at = models.DateTimeField(null=True, blank=True)
    released_by_person = models.UUIDField(null=True, blank=True)
    released_by_label = models.CharField(max_length=120, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["placed_at"],
                name="stop_in_force",
                condition=models.Q(released_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="stop_has_a_reason"),
            models.CheckConstraint(
                condition=(models.Q(level="everything", target="", stopped_tenant_id=None))
                | (models.Q(level="tenant", stopped_tenant_id__isnull=False) & ~models.Q(target=""))
                | (models.Q(level="action", stopped_tenant_id=None) & ~models.Q(target="")),
                name="stop_names_its_target",
            ),
            models.CheckConstraint(
                condition=models.Q(released_at=None)
                | ~models.Q(released_by_person=models.F("release_asked_by_person")),
                name="stop_released_by_two",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class RemediationNotice(RegionalModel):
    """Something to tell a person, written with the act it tells of. No customer data: a code and
    references. Carried to the control plane under the same id, so it arrives once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staff_id = models.UUIDField()
    code = models.CharField(max_length=40)
    reference = models.CharField(max_length=16, help_text="Of the item, wave, policy or stop")
    tenant_reference = models.CharField(max_length=16)
    made_at = models.DateTimeField()
    carried_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["made_at"],
                name="notice_to_carry",
                condition=models.Q(carried_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            # No free text can stand here, and nothing that could not be carried.
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[a-z_]{1,40}$")
                & models.Q(reference__regex=r"^(RJ|RW|RP|RS|ES)-[0-9A-Z]{4,12}$")
                & models.Q(tenant_reference__regex=r"^TN-[0-9A-Z]{4,12}$"),
                name="remediation_notice_is_no_text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.reference}"
