"""Collections: what was ordered from a device, how far it is, and the bundle that came.

Read under health.view, for they say that a room was looked into and not what was found; ordered
under diagnostics.collect.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.purposes import Purpose
from access.residency import RegionalModel
from diagnostics.kinds import PartKind
from diagnostics.states import OPEN_STATES, CollectionState, PartState
from rooms.models import Device, Incident, Room


class CollectionQuerySet(models.QuerySet["Collection"]):
    """Reads of collections."""

    def under_way(self) -> CollectionQuerySet:
        """Those of which something may still come by itself."""
        return self.filter(state__in=OPEN_STATES)


class Collection(RegionalModel):
    """One order of diagnostic data from one device, from the asking to its destruction."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    tenant_reference = models.CharField(max_length=16)
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="collections",
    )
    device = models.ForeignKey(
        Device,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="collections",
    )
    # Copies, because an order is read under health.view, which opens no inventory.
    room_reference = models.CharField(max_length=16)
    device_reference = models.CharField(max_length=16)
    incident = models.ForeignKey(
        Incident,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="collections",
        null=True,
        blank=True,
    )
    begins_at = models.DateTimeField(help_text="The earliest entry that is wanted")
    ends_at = models.DateTimeField(help_text="Half-open: the first moment not wanted any more")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    reason = models.CharField(max_length=300)
    grant_reference = models.CharField(max_length=16)
    ordered_by_id = models.UUIDField()
    ordered_by_label = models.CharField(max_length=120)
    ordered_at = models.DateTimeField()
    deadline_at = models.DateTimeField(help_text="Expires when the bundle has not come by then")
    state = models.CharField(
        max_length=12, choices=CollectionState.choices, default=CollectionState.ORDERED
    )
    state_at = models.DateTimeField()
    percent = models.PositiveSmallIntegerField(default=0, help_text="0 to 100, as the device says")
    command_id = models.UUIDField(null=True, blank=True)
    collecting_at = models.DateTimeField(null=True, blank=True)
    uploaded_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    why_code = models.CharField(max_length=40, blank=True)
    why = models.CharField(max_length=300, blank=True, help_text="Why it ended so, in a sentence")
    bundle_bytes = models.BigIntegerField(default=0)
    entries = models.BigIntegerField(default=0)
    cuts = models.BigIntegerField(default=0, help_text="Pieces that must never be stored, cut out")
    masks = models.BigIntegerField(default=0, help_text="Incidental names, masked")
    files_kept_out = models.PositiveIntegerField(default=0)
    checks = models.PositiveSmallIntegerField(
        default=0, help_text="How often a worker began to check the bundle"
    )
    destroyed_at = models.DateTimeField(null=True, blank=True)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-ordered_at", "id"], name="collection_newest"),
            models.Index(
                fields=["tenant_id", "device", "-ordered_at"], name="collection_of_device"
            ),
            models.Index(
                fields=["tenant_id", "incident"],
                name="collection_of_incident",
                condition=models.Q(incident__isnull=False),
            ),
            # For the worker, which looks for what is due in all tenants.
            models.Index(
                fields=["deadline_at"],
                name="collection_due",
                condition=models.Q(state__in=["ordered", "waiting", "collecting", "uploading"]),
            ),
            models.Index(
                fields=["uploaded_at"],
                name="collection_to_check",
                condition=models.Q(state="checking"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="collection_reference"),
            models.UniqueConstraint(
                fields=["tenant_id", "device"],
                name="one_open_collection_a_device",
                condition=models.Q(state__in=[state.value for state in OPEN_STATES]),
            ),
            models.CheckConstraint(
                condition=models.Q(begins_at__lt=models.F("ends_at")), name="collection_window"
            ),
            models.CheckConstraint(
                condition=models.Q(percent__lte=100), name="collection_percent_to_100"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="collection_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.reference


class CollectionPart(RegionalModel):
    """One of the things that a collection asks for, and what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(
        Collection,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="parts",
    )
    room = models.ForeignKey(
        Room, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=20, choices=PartKind.choices)
    channel = models.CharField(max_length=80, blank=True, help_text="Of an event log")
    state = models.CharField(max_length=12, choices=PartState.choices, default=PartState.ORDERED)
    entries = models.BigIntegerField(default=0)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "collection", "kind", "channel"], name="part_once"
            ),
        ]

    def __str__(self) -> str:
        return self.channel or self.get_kind_display()


class Upload(RegionalModel):
    """The bundle of a collection on its way in. Its chunks are sealed; only a worker opens them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=48, help_text="What the device calls it: eu.<43 letters>")
    collection = models.ForeignKey(
        Collection,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="uploads",
    )
    room = models.ForeignKey(
        Room, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    device_id = models.UUIDField()
    bytes = models.BigIntegerField(help_text="Announced size")
    sha256 = models.CharField(max_length=64, help_text="Announced, of the whole bundle")
    received = models.BigIntegerField(default=0, help_text="Bytes stored so far")
    parts = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(
        null=True, blank=True, help_text="When its chunks were removed from the storage"
    )

    class Meta:
        constraints: ClassVar = [
            # A device names it before the tenant is known.
            models.UniqueConstraint(fields=["name"], name="upload_name"),
            models.UniqueConstraint(
                fields=["tenant_id", "collection"], name="one_upload_a_collection"
            ),
            models.CheckConstraint(
                condition=models.Q(received__lte=models.F("bytes")), name="upload_no_larger"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UploadPart(RegionalModel):
    """One stored chunk of an upload: where it begins, and under which name it is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    upload = models.ForeignKey(
        Upload,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="chunks",
    )
    number = models.PositiveIntegerField(help_text="From 0")
    offset = models.BigIntegerField()
    bytes = models.PositiveIntegerField(help_text="Before sealing")
    stored_as = models.CharField(max_length=120)
    stored_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "upload", "number"], name="chunk_once"),
            models.UniqueConstraint(fields=["tenant_id", "upload", "offset"], name="chunk_place"),
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.number}"
