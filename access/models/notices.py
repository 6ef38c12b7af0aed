"""Notices to one's own: what happened while somebody was not looking, as a code and references."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models


class NoticeCode(models.TextChoices):
    """What there is to tell, with the words that the bell and the mail have for it."""

    ITEM_ENDED = "item_ended", "A remediation that you ordered has ended"
    ITEM_WAITS = "item_waits_for_grant", "A remediation that you ordered waits for a grant"
    DECISION_WANTED = "decision_wanted", "Your decision is asked for"
    DECIDED = "decided", "What you asked for was decided"
    WAVE_PLANNED = "wave_planned", "Your wave is planned"
    WAVE_STOPPED = "wave_stopped", "A wave has stopped"
    WAVE_DONE = "wave_done", "A wave is done"


class Notice(models.Model):
    """One thing to tell one person. It names no customer: a code, references and where to look.

    The id is that of the region's own row, so that a notice which is brought twice stands once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staff_id = models.UUIDField()
    code = models.CharField(max_length=40, choices=NoticeCode.choices)
    reference = models.CharField(max_length=16)
    tenant_reference = models.CharField(max_length=16)
    path = models.CharField(max_length=80, help_text="Where to read on, in this portal")
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_next_at = models.DateTimeField(
        null=True, blank=True, help_text="When to try; empty once mailed or given up"
    )

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["staff_id", "-made_at", "id"], name="notice_newest"),
            models.Index(
                fields=["staff_id"],
                name="notice_unseen",
                condition=models.Q(seen_at__isnull=True),
            ),
            models.Index(
                fields=["mail_next_at"],
                name="notice_to_mail",
                condition=models.Q(mail_next_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            # No free text can stand here, whoever writes it.
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[a-z_]{1,40}$")
                & models.Q(reference__regex=r"^[A-Z]{2,3}-[0-9A-Z]{4,12}$")
                & models.Q(tenant_reference__regex=r"^TN-[0-9A-Z]{4,12}$")
                & models.Q(path__regex=r"^(/[0-9A-Za-z-]+)+/$"),
                name="notice_is_no_text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.reference}"
