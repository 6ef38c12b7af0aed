"""What was collected: files, log lines, system queries and activity, each encrypted.

Columns beside the content say when, where from and how grave, so that lists, facets and the
histogram need no key. Opened by diagnostics.view; activity of people by activity.view.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel
from diagnostics.kinds import PartKind
from diagnostics.models.collections import Collection
from rooms.models import Device, Room


class CollectionFile(RegionalModel):
    """One file of a checked bundle: kept, or kept out and why."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    collection = models.ForeignKey(
        Collection,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="files",
    )
    room = models.ForeignKey(
        Room, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    device = models.ForeignKey(
        Device, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    # Copies, because diagnostics.view alone opens no inventory, and no order.
    room_reference = models.CharField(max_length=16)
    device_reference = models.CharField(max_length=16)
    collection_reference = models.CharField(max_length=16)
    path = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=PartKind.choices)
    source = models.CharField(max_length=80, help_text="Channel or name of the log")
    bytes = models.BigIntegerField(help_text="As the device sent it")
    sha256 = models.CharField(max_length=64, help_text="Of what the device sent")
    entries = models.BigIntegerField(default=0)
    cuts = models.BigIntegerField(default=0)
    masks = models.BigIntegerField(default=0)
    first_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    kept_out_why = models.CharField(max_length=200, blank=True, help_text="Empty: it was kept")
    stored_as = models.CharField(
        max_length=120, blank=True, help_text="The redacted file, encrypted; empty: none is kept"
    )
    stored_bytes = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "collection", "path"], name="file_of_collection"),
            models.Index(fields=["tenant_id", "made_at", "id"], name="file_by_age"),
            models.Index(fields=["tenant_id", "device_reference"], name="file_by_device"),
            models.Index(fields=["tenant_id", "room_reference"], name="file_by_room"),
            models.Index(fields=["tenant_id", "collection_reference"], name="file_by_collection"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="file_reference"),
        ]

    def __str__(self) -> str:
        return self.path


class LogEntry(RegionalModel):
    """One line or event of a log. The content is JSON of text, fields and raw, sealed.

    Its keys are plain, for a bundle brings a million lines at once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file_id = models.UUIDField()
    room_id = models.UUIDField()
    device_id = models.UUIDField()
    number = models.PositiveIntegerField(help_text="From 1, within its file")
    at = models.DateTimeField()
    level = models.PositiveSmallIntegerField(help_text="Windows' own numbers, 1 critical to 5")
    source = models.CharField(max_length=80)
    provider = models.CharField(max_length=120, blank=True)
    event_id = models.IntegerField(null=True, blank=True)
    cuts = models.PositiveSmallIntegerField(default=0)
    masks = models.PositiveSmallIntegerField(default=0)
    content = models.BinaryField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "at", "id"], name="entry_by_time"),
            models.Index(fields=["tenant_id", "device_id", "at", "id"], name="entry_by_device"),
            models.Index(fields=["tenant_id", "room_id", "at", "id"], name="entry_by_room"),
            models.Index(fields=["tenant_id", "level", "at", "id"], name="entry_by_level"),
            models.Index(
                fields=["tenant_id", "event_id", "at", "id"],
                name="entry_by_event",
                condition=models.Q(event_id__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "file_id", "number"], name="line_of_file"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.number}"


class LogWord(RegionalModel):
    """That a word stands in a log line, as a keyed hash: searched for by equality only.

    The key is the tenant's own, so a hash tells nothing without a grant, and nothing at all once
    the key is destroyed.
    """

    pk = models.CompositePrimaryKey("tenant_id", "word", "at", "entry_id")
    word = models.BinaryField(max_length=8)
    at = models.DateTimeField()
    entry_id = models.UUIDField()
    room_id = models.UUIDField()
    file_id = models.UUIDField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "file_id"], name="word_of_file"),
        ]

    def __str__(self) -> str:
        return str(self.entry_id)


class LogHour(RegionalModel):
    """How many lines of one file there are in an hour, by level: facets, and what a file holds."""

    pk = models.CompositePrimaryKey("tenant_id", "hour", "file_id", "level", "source")
    hour = models.DateTimeField()
    file_id = models.UUIDField()
    room_id = models.UUIDField()
    device_id = models.UUIDField()
    level = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=80)
    lines = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "file_id"], name="hour_of_file"),
            models.Index(fields=["tenant_id", "device_id", "hour"], name="hour_of_device"),
            models.Index(fields=["tenant_id", "room_id", "hour"], name="hour_of_room"),
        ]

    def __str__(self) -> str:
        return f"{self.hour} {self.lines}"


class LogTotal(RegionalModel):
    """How many lines of a tenant there are in an hour, by source and level.

    The same as LogHour without devices, so that a tenant with a thousand of them is counted as
    quickly as one with ten. Grants of single rooms do not open it.
    """

    pk = models.CompositePrimaryKey("tenant_id", "hour", "source", "level")
    hour = models.DateTimeField()
    source = models.CharField(max_length=80)
    level = models.PositiveSmallIntegerField()
    lines = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.hour} {self.lines}"


class LogMask(RegionalModel):
    """A name that was masked in a log line. It is read only through a live reveal of that line."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry_id = models.UUIDField()
    file_id = models.UUIDField()
    room_id = models.UUIDField()
    number = models.PositiveSmallIntegerField(help_text="As in the mark [person 1]")
    kind = models.CharField(max_length=20)
    content = models.BinaryField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "file_id"], name="mask_of_file"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "entry_id", "kind", "number"], name="mask_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class SystemQuery(RegionalModel):
    """The answer of a Windows system query, such as the tree of USB devices; JSON, sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16)
    file = models.ForeignKey(
        CollectionFile,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="queries",
    )
    room = models.ForeignKey(
        Room, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    device_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=PartKind.choices)
    at = models.DateTimeField()
    cuts = models.PositiveSmallIntegerField(default=0)
    content = models.BinaryField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "device_id", "kind", "at"], name="query_of_device"),
            models.Index(fields=["tenant_id", "file"], name="query_of_file"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="query_reference"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class ActivityEntry(RegionalModel):
    """What somebody did in the room, from its activity log. Opened by activity.view only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file_id = models.UUIDField()
    room = models.ForeignKey(
        Room, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    room_reference = models.CharField(max_length=16)
    device_id = models.UUIDField()
    device_reference = models.CharField(max_length=16)
    collection_reference = models.CharField(max_length=16)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    content = models.BinaryField(help_text="JSON of who and what, sealed")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "at", "id"], name="activity_by_time"),
            models.Index(fields=["tenant_id", "room", "at", "id"], name="activity_by_room"),
            models.Index(fields=["tenant_id", "file_id"], name="activity_of_file"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"
