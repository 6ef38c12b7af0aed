"""Celery tasks of diagnostic data. A message is only a wake-up: what is due stands in tables."""

from __future__ import annotations

import time
from typing import Final

from celery import shared_task

from diagnostics.cases.run import run_cases
from diagnostics.intake.check import check_next
from diagnostics.intake.ending import expire_due
from diagnostics.retention.job import retain

# One wake-up works so long at most; whatever is left, the next one finds.
LONGEST_SECONDS: Final = 60


# The largest bundle takes a quarter of an hour; whoever is told twice meanwhile finds it taken.
@shared_task(name="diagnostics.check", ignore_result=True, time_limit=3600)
def check_in(region: str) -> None:
    """Check the bundles that wait in a region, oldest first."""
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until and check_next(region):
        pass


@shared_task(name="diagnostics.expire", ignore_result=True)
def expire_in(region: str) -> None:
    """End the orders of a region whose bundle has not come in time."""
    expire_due(region)


@shared_task(name="diagnostics.retention", ignore_result=True)
def retain_in(region: str) -> None:
    """Destroy what is due in a region by class and age; whatever is left, the next one finds."""
    retain(region)


@shared_task(name="diagnostics.cases", ignore_result=True)
def run_cases_in(region: str) -> None:
    """Go on with the deletion cases that run in a region."""
    run_cases(region)
