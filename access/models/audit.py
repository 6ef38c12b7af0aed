"""The audit record: one log in each region and one in the control plane, with the same shape.

An event is written in the transaction that it records. The sequencer later gives it a position
and a leaf in the tree. No row is ever changed; the database refuses it.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from access.residency import RegionalReference


class Event(models.Model):
    """Who did or saw what, under which grant. Holds ids and categories, never free text."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recorded_at = models.DateTimeField(editable=False)
    type = models.CharField(max_length=40)
    outcome = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=120)
    session = models.CharField(max_length=16, blank=True)
    tenant_id = models.UUIDField(null=True)
    tenant_reference = models.CharField(max_length=16, blank=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    grant_references = ArrayField(models.CharField(max_length=16), default=list)
    purpose = models.CharField(max_length=20, blank=True)
    subject_type = models.CharField(max_length=20, blank=True)
    subject_reference = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.type} {self.outcome}"


class Leaf(models.Model):
    """An event's place in the Merkle tree of its log (RFC 6962, section 2.1)."""

    position = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    leaf_hash = models.BinaryField()
    content = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.position)


class Head(models.Model):
    """The tree's size, root and peaks; one row a log."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField()
    peaks = ArrayField(models.BinaryField(), default=list)
    updated_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    check_problem = models.CharField(max_length=200, default="", db_default="")

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="%(class)s_is_one_row"),
        ]

    def __str__(self) -> str:
        return f"size {self.size}"


class Disclosure(models.Model):
    """A personal value of an event, whose digest stands in the leaf (RFC 9901, section 4.2).

    The database makes it with the event. Erasing it leaves the tree whole.
    """

    pk = models.CompositePrimaryKey("event_id", "name")
    event_id = models.UUIDField()
    name = models.CharField(max_length=40)
    disclosure = models.TextField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} of {self.event_id}"


class Tile(models.Model):
    """Up to 256 hashes of one level of the tree (C2SP tlog-tiles). It only ever grows."""

    pk = models.CompositePrimaryKey("level", "number")
    level = models.SmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"tile {self.level}/{self.number}"


class Checkpoint(models.Model):
    """A signed size and root of the log (C2SP tlog-checkpoint), as it was published.

    `note` is the signed note; `cosignatures` are signature lines of witnesses, added afterwards.
    `keys` names whose signatures to expect: {"log", "witnesses", "quorum"}.
    """

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    cosignatures = ArrayField(models.TextField(), default=list)
    keys = models.JSONField()
    published_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"checkpoint at {self.size}"


class AuditEvent(Event, RegionalReference):
    """An event of a region's log. `tenant_id` is empty for what concerns no tenant."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-recorded_at", "-id"], name="event_by_tenant"),
            models.Index(fields=["actor_id", "-recorded_at"], name="event_by_actor"),
            models.Index(
                fields=["tenant_id", "subject_reference", "-recorded_at", "-id"],
                name="event_by_subject",
            ),
            models.Index(
                fields=["tenant_id", "actor_id", "-recorded_at", "-id"], name="event_by_person"
            ),
            models.Index(fields=["tenant_id", "type", "-recorded_at", "-id"], name="event_by_verb"),
        ]


class AuditRepeat(RegionalReference):
    """An identical view by the same person, grant and session within five minutes of its event."""

    in_control = True

    event_id = models.UUIDField()
    seen_at = models.DateTimeField(editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["event_id"], name="repeat_by_event")]

    def __str__(self) -> str:
        return str(self.event_id)


class RegionalLeaf(Leaf, RegionalReference):
    """A leaf of a region's log."""


class RegionalHead(Head, RegionalReference):
    """The head of a region's log."""


class AuditDisclosure(Disclosure, RegionalReference):
    """A disclosure of a region's log."""


class RegionalTile(Tile, RegionalReference):
    """A tile of a region's log."""


class RegionalCheckpoint(Checkpoint, RegionalReference):
    """A checkpoint of a region's log."""


class ControlEvent(Event):
    """An event of the control plane's log: sign-in, second factor, people, policy."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-recorded_at", "-id"], name="control_event_newest"),
        ]


class ControlLeaf(Leaf):
    """A leaf of the control plane's log."""


class ControlHead(Head):
    """The head of the control plane's log."""


class ControlDisclosure(Disclosure):
    """A disclosure of the control plane's log."""


class ControlTile(Tile):
    """A tile of the control plane's log."""


class ControlCheckpoint(Checkpoint):
    """A checkpoint of the control plane's log."""
