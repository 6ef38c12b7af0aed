"""Requests for access, the votes on them, and what requester and approvers write to each other."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from access.purposes import Purpose
from access.residency import RegionalModel
from access.states import PENDING, RequestState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from access.models.people import Staff


class AccessRequestQuerySet(models.QuerySet["AccessRequest"]):
    """Reads of requests. The database shows only one's own and those one may decide or audit."""

    def pending(self) -> AccessRequestQuerySet:
        """Those still waiting for a decision, by label; the clock may already have lapsed them."""
        return self.filter(state__in=PENDING)

    def visible_to(
        self, person: Staff, deciding: Iterable[uuid.UUID] = ()
    ) -> AccessRequestQuerySet:
        """Those the person asked for, or may decide."""
        return self.filter(
            models.Q(requester_id=person.pk) | models.Q(tenant_id__in=list(deciding))
        )


class AccessRequest(RegionalModel):
    """Somebody asks to open scopes of one tenant, or of single rooms, for a purpose and a time."""

    in_control = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    tenant_reference = models.CharField(max_length=16)
    requester_id = models.UUIDField()
    requester_person_id = models.UUIDField()
    requester_label = models.CharField(max_length=120)
    scopes = ArrayField(models.CharField(max_length=40))
    whole_tenant = models.BooleanField()
    room_ids = ArrayField(models.UUIDField(), default=list)
    room_references = ArrayField(models.CharField(max_length=16), default=list)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    reason = models.CharField(max_length=300)
    incident_reference = models.CharField(max_length=16, blank=True)
    duration = models.DurationField()
    not_before = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(
        max_length=16, choices=RequestState.choices, default=RequestState.SUBMITTED
    )
    policy_version = models.PositiveIntegerField()
    votes_needed = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "state", "lapses_at"], name="request_by_tenant"),
            models.Index(fields=["requester_id", "-created_at"], name="request_by_requester"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="request_reference"),
            models.CheckConstraint(
                condition=models.Q(whole_tenant=True, room_ids=[])
                | (models.Q(whole_tenant=False) & ~models.Q(room_ids=[])),
                name="request_tenant_or_rooms",
            ),
            models.CheckConstraint(condition=~models.Q(scopes=[]), name="request_names_scopes"),
        ]

    def __str__(self) -> str:
        return self.reference


class Decision(models.TextChoices):
    """What a vote says."""

    APPROVE = "approve", "approve"
    DENY = "deny", "deny"


class Vote(RegionalModel):
    """One person's answer to one revision of a request; the latest that stands counts.

    `scopes` and `duration` are what the voter agrees to: at most what was asked.
    """

    in_control = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        AccessRequest, on_delete=models.DO_NOTHING, db_constraint=False, related_name="votes"
    )
    revision = models.PositiveIntegerField()
    voter_id = models.UUIDField()
    voter_person_id = models.UUIDField()
    voter_label = models.CharField(max_length=120)
    voter_groups = ArrayField(models.CharField(max_length=60), default=list)
    decision = models.CharField(max_length=8, choices=Decision.choices)
    scopes = ArrayField(models.CharField(max_length=40))
    duration = models.DurationField()
    reason = models.CharField(max_length=300, blank=True)
    step_up_method = models.CharField(max_length=20)
    voted_at = models.DateTimeField()
    superseded = models.BooleanField(default=False)
    not_counted_because = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering: ClassVar = ["voted_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "request", "revision", "voter_person_id"],
                condition=models.Q(superseded=False),
                name="one_standing_vote_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} by {self.voter_label}"


class RequestMessage(RegionalModel):
    """A question by an approver or an answer by the requester."""

    in_control = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        AccessRequest, on_delete=models.DO_NOTHING, db_constraint=False, related_name="messages"
    )
    author_id = models.UUIDField()
    author_label = models.CharField(max_length=120)
    text = models.CharField(max_length=300)
    written_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["written_at"]

    def __str__(self) -> str:
        return f"message by {self.author_label}"
