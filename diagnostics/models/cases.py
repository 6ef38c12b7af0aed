"""Deletion cases: what is to be destroyed, who agreed, what was done, and the certificate.

They belong to the record of the service and are read by whoever asks, decides or audits for the
tenant, so that an approver needs no grant that opens data.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel
from diagnostics.case_states import CaseState


class CaseKind(models.TextChoices):
    """What a case destroys."""

    ERASURE = "erasure", "Erase collected diagnostic data"
    DECOMMISSION = "decommission", "The tenant leaves"


class CaseReach(models.TextChoices):
    """Whose data."""

    TENANT = "tenant", "The whole tenant"
    ROOM = "room", "One room"
    DEVICE = "device", "One device"


class Case(RegionalModel):
    """A request of the customer to destroy data, from its opening to its certificate."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    tenant_reference = models.CharField(max_length=16)
    kind = models.CharField(max_length=14, choices=CaseKind.choices)
    reach = models.CharField(max_length=8, choices=CaseReach.choices, default=CaseReach.TENANT)
    reach_id = models.UUIDField(null=True, blank=True, help_text="Of the room or device")
    reach_reference = models.CharField(max_length=16, help_text="Of tenant, room or device")
    reason = models.CharField(max_length=300)
    asked_by = models.CharField(max_length=120, help_text="The customer's own ticket or letter")
    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.OPENED)
    state_at = models.DateTimeField()
    opened_by_id = models.UUIDField()
    opened_by_person = models.UUIDField()
    opened_by_label = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    deadline_at = models.DateTimeField(help_text="By when it is to be done")
    started_by_id = models.UUIDField(null=True, blank=True)
    started_by_label = models.CharField(max_length=120, blank=True)
    started_grant = models.CharField(max_length=16, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    waits_for = models.CharField(max_length=200, blank=True, help_text="What keeps it, in words")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-opened_at", "id"], name="case_newest"),
            # For the worker, which looks for what runs in all tenants.
            models.Index(
                fields=["started_at"],
                name="case_running",
                condition=models.Q(state="running"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="case_reference"),
            models.CheckConstraint(
                condition=~models.Q(reason="") & ~models.Q(asked_by=""),
                name="case_has_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(reach="tenant") | models.Q(kind="erasure"),
                name="only_a_tenant_leaves",
            ),
            models.CheckConstraint(
                condition=models.Q(reach="tenant", reach_id=None)
                | (~models.Q(reach="tenant") & models.Q(reach_id__isnull=False)),
                name="case_names_its_reach",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class CaseVote(RegionalModel):
    """One approver's answer, standing for one of the groups that must agree."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(
        Case, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="votes"
    )
    voter_id = models.UUIDField()
    voter_person = models.UUIDField()
    voter_label = models.CharField(max_length=120)
    for_group = models.CharField(max_length=60)
    approves = models.BooleanField()
    reason = models.CharField(max_length=300, blank=True)
    step_up_method = models.CharField(max_length=20)
    voted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["voted_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "case", "voter_person"], name="one_case_vote_a_person"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "case", "for_group"],
                condition=models.Q(approves=True),
                name="one_case_approval_a_group",
            ),
        ]

    def __str__(self) -> str:
        return f"{'approved' if self.approves else 'refused'} by {self.voter_label}"


class CaseStep(RegionalModel):
    """One step of a case that the worker carries out, and what it found and did."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(
        Case, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="steps"
    )
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=20)
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "case", "number"], name="step_of_case"),
        ]

    def __str__(self) -> str:
        return self.name


class CaseCertificate(RegionalModel):
    """The signed certificate of a case that is done."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(
        Case, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    document = models.TextField(help_text="JSON: the statement, the key's name, the signature")
    sha256 = models.CharField(max_length=64, help_text="Of the statement that is signed")
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "case"], name="one_certificate_a_case"),
        ]

    def __str__(self) -> str:
        return self.sha256
