"""Celery tasks of the ground floor: each finds what is due and calls one action."""

from __future__ import annotations

from celery import shared_task

from access.actions.tidy import label_due


@shared_task(name="access.label_due", ignore_result=True)
def label_due_in(region: str) -> None:
    """Label what the clock has ended in one region."""
    label_due(region)
