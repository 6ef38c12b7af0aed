"""Where things stand: the tenant's profile, its sites and rooms, and the tokens to find them by.

All of it is opened by inventory.view.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from access.residency import RegionalModel
from rooms.kinds import RoomType

# The last code point: what follows every text that begins with the same letters.
LAST_LETTER = "\U0010ffff"


class TenantProfile(RegionalModel):
    """Who the customer organisation is. The control plane knows only its reference."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The directory's reference once more, for the worker: it has no business in the control plane.
    reference = models.CharField(max_length=16, default="")
    name = models.CharField(max_length=120)
    contact_name = models.CharField(max_length=120)
    contact_email = models.EmailField()
    settings = models.JSONField(default=dict, blank=True)
    left_at = models.DateTimeField(
        null=True, blank=True, help_text="From then on its devices are turned away"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id"], name="one_profile_a_tenant"),
        ]

    def __str__(self) -> str:
        return self.name


class Site(RegionalModel):
    """A building of the tenant, with the time zone that its night window follows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    building = models.CharField(max_length=120)
    city = models.CharField(max_length=80)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    time_zone = models.CharField(max_length=64, help_text="IANA name")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "name"], name="site_name"),
        ]

    def __str__(self) -> str:
        return self.name


class RoomQuerySet(models.QuerySet["Room"]):
    """Reads of rooms. The lock decides which there are; nothing here filters by person."""

    def matching(self, text: str) -> RoomQuerySet:
        """Those of which every word of the text begins a word of name, site, city or reference."""
        rooms = self
        for word in words_of(text):
            tokens = RoomToken.objects.beginning(word).values("room_id")
            rooms = rooms.filter(pk__in=tokens)
        return rooms


class Room(RegionalModel):
    """A meeting room. Its key is access.references.room_key(tenant_id, reference)."""

    id = models.UUIDField(primary_key=True, editable=False)
    reference = models.CharField(max_length=16)
    name = models.CharField(max_length=120)
    # Case-folded and compared by code point, so that the page order is the same in every region.
    name_sort = models.CharField(max_length=240, db_collation="C")
    site = models.ForeignKey(
        Site,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="rooms",
    )
    floor = models.CharField(max_length=20, blank=True)
    capacity = models.PositiveSmallIntegerField()
    room_type = models.CharField(max_length=8, choices=RoomType.choices)
    ring = models.CharField(max_length=40, default="General")

    objects = RoomQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "name_sort", "id"], name="room_by_name"),
            models.Index(fields=["tenant_id", "site", "name_sort", "id"], name="room_by_site"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "reference"], name="room_reference"),
        ]

    def __str__(self) -> str:
        return self.reference


class RoomTokenQuerySet(models.QuerySet["RoomToken"]):
    """Reads of tokens."""

    def beginning(self, prefix: str) -> RoomTokenQuerySet:
        """Tokens that begin with the prefix.

        A range of `>=` and `<`, because LIKE is not leakproof and loses its index under the lock.
        """
        return self.filter(token__gte=prefix, token__lt=prefix + LAST_LETTER)


class RoomToken(RegionalModel):
    """One lower-case word by which a room is found."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token = models.CharField(max_length=80, db_collation="C")
    room = models.ForeignKey(
        Room,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="tokens",
    )

    objects = RoomTokenQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Unique and the search index at once.
            models.UniqueConstraint(fields=["tenant_id", "token", "room"], name="room_token"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "room"], name="room_token_by_room"),
        ]

    def __str__(self) -> str:
        return self.token


def words_of(text: str) -> list[str]:
    """The words of a text as tokens: case-folded runs of letters and digits, without repeats."""
    kept = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return list(dict.fromkeys(word[:80] for word in kept.split()))
