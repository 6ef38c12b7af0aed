"""Celery tasks of the ground floor: each finds what is due and calls one action."""

from __future__ import annotations

import logging

from celery import shared_task

from access.actions.notices import forget_notices
from access.actions.tidy import label_due
from access.mailing import mail_what_is_due
from access.residency_proof import prove_when_due

logger = logging.getLogger(__name__)


@shared_task(name="access.label_due", ignore_result=True)
def label_due_in(region: str) -> None:
    """Label what the clock has ended in one region."""
    label_due(region)


@shared_task(name="access.prove_residency", ignore_result=True)
def prove_residency_of(region: str) -> None:
    """Prove once a day that no row of one region is of a tenant of another."""
    proof = prove_when_due(region)
    if proof is not None and proof.foreign:
        logger.error("%d rows in %s are of tenants of other regions.", proof.foreign, region)


@shared_task(name="access.mail_notices", ignore_result=True)
def mail_notices_of(plane: str) -> None:
    """Mail what people are to be told and want by mail. `plane` is where notices stand."""
    mail_what_is_due()


@shared_task(name="access.forget_notices", ignore_result=True)
def forget_notices_of(plane: str) -> None:
    """Remove notices whose time is over. `plane` is where notices stand."""
    forget_notices()
