"""Celery tasks of diagnostic data. A message is only a wake-up: what is due stands in tables."""

from __future__ import annotations

import time
from typing import Final

from celery import shared_task

from diagnostics.cases.run import run_cases
from diagnostics.intake.check import check_next
from diagnostics.intake.ending import expire_due
from diagnostics.remediation.queue.automation import run_policies
from diagnostics.remediation.queue.dispatch import dispatch_due
from diagnostics.remediation.queue.follow import follow_due, note_late
from diagnostics.remediation.queue.graph import graph_due
from diagnostics.remediation.queue.notices import carry
from diagnostics.remediation.queue.stops import take_back
from diagnostics.remediation.queue.verify import verify_due
from diagnostics.remediation.queue.waves import advance_waves, plan_drafts
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


@shared_task(name="diagnostics.carry", ignore_result=True)
def carry_from(region: str) -> None:
    """Bring what a region has to tell people to where they look; the rest waits for the next."""
    carry(region)


@shared_task(name="diagnostics.waves", ignore_result=True)
def go_on_with_waves_in(region: str) -> None:
    """Plan the drafts of a region, and look at the waves that are due."""
    plan_drafts(region, LONGEST_SECONDS)
    advance_waves(region, LONGEST_SECONDS)


@shared_task(name="diagnostics.automate", ignore_result=True)
def automate_in(region: str) -> None:
    """Order what the policies in force in a region ask for."""
    run_policies(region, LONGEST_SECONDS)


# First what is to be stopped, then what was answered, and then what may leave.
@shared_task(name="diagnostics.remediate", ignore_result=True)
def remediate_in(region: str) -> None:
    """Take back, follow and send what is due in the queue of a region, or as much as time allows.

    Stops are asked for again before each batch that leaves.
    """
    until = time.monotonic() + LONGEST_SECONDS
    note_late(region)
    while time.monotonic() < until:
        moved = take_back(region)
        moved += follow_due(region)
        moved += dispatch_due(region)
        if not moved:
            break


@shared_task(name="diagnostics.verify", ignore_result=True)
def verify_in(region: str) -> None:
    """Judge what was sent by the reports that have come since."""
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until and verify_due(region):
        pass


@shared_task(name="diagnostics.graph", ignore_result=True)
def call_graph_in(region: str) -> None:
    """Send and follow what goes by Microsoft Graph; its calls take as long as they take."""
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until and graph_due(region):
        pass
