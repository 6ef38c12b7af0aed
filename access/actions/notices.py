"""Notices: brought by the worker, seen and mailed once each person wishes. No act of access.

Whether somebody has seen a notice, or wants it by mail, is nobody else's business: as with
appearance, it is not recorded. What a notice tells of has its own events.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import F, Func

from access import clock
from access.models import Notice
from access.residency import CONTROL

if TYPE_CHECKING:
    from access.models import Staff

# Later than this, a mail would only puzzle; the bell still has it.
MAIL_MOST: Final = timedelta(days=3)
KEPT: Final = timedelta(days=90)
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=6)


def bring_notices(*, notices: Sequence[Notice]) -> None:
    """Put notices into the control plane, each once by its id. For the worker."""
    if notices:
        Notice.objects.bulk_create(notices, ignore_conflicts=True)


def mark_seen(*, by: Staff, notices: Iterable[uuid.UUID]) -> int:
    """Mark some of a person's notices as seen; return how many were new.

    For a context of the control plane, which shows nobody else's.
    """
    unseen = Notice.objects.filter(staff_id=by.pk, seen_at__isnull=True, pk__in=list(notices))
    return unseen.update(seen_at=Func(function="lock.now"))


def choose_mail(*, by: Staff, wanted: bool) -> None:
    """Keep whether this person gets notices by e-mail too."""
    by.mail_notices = wanted
    by.save(update_fields=["mail_notices"])


def claim_mail(*, most: int) -> list[Notice]:
    """Take notices that are to be mailed, oldest first, and say when to try again if that fails.

    The claim is committed before anything is sent: a worker that is killed after it leaves the
    mail to the next one, at that time. Each attempt waits four times as long as the one before.
    """
    with transaction.atomic(using=CONTROL):
        moment = clock.now(CONTROL)
        Notice.objects.filter(mail_next_at__lt=moment, made_at__lt=moment - MAIL_MOST).update(
            mail_next_at=None
        )
        due = list(
            Notice.objects.select_for_update(skip_locked=True)
            .filter(mail_next_at__lte=moment)
            .order_by("mail_next_at", "id")[:most]
        )
        for notice in due:
            wait = min(FIRST_WAIT * 4 ** min(notice.mail_attempts, 8), LONGEST_WAIT)
            notice.mail_next_at = moment + wait
            notice.mail_attempts += 1
        Notice.objects.bulk_update(due, ["mail_next_at", "mail_attempts"])
    return due


def close_mail(*, notice: Notice, mailed: bool) -> None:
    """The mail of a notice has gone out, or is not wanted: nothing more is to be sent."""
    Notice.objects.filter(pk=notice.pk).update(
        mail_next_at=None,
        mailed_at=Func(function="lock.now") if mailed else F("mailed_at"),
    )


def forget_notices() -> int:
    """Remove notices that are older than 90 days, seen or not; return how many."""
    old = Notice.objects.filter(made_at__lt=clock.now(CONTROL) - KEPT)
    return old.delete()[0]
