"""Celery tasks of the rooms. A message is only a wake-up: what is due stands in tables."""

from __future__ import annotations

import logging
import time
from typing import Final

from celery import shared_task

from rooms.command_signing import BATCH as SIGNED_AT_ONCE
from rooms.command_signing import sign_waiting
from rooms.drain.batch import Drained, drain_batch
from rooms.drain.counts import count
from rooms.drain.retention import keep
from rooms.drain.sweep import BATCH, sweep

logger = logging.getLogger(__name__)

# One wake-up works so long at most; whatever is left, the next one finds.
LONGEST_SECONDS: Final = 30


@shared_task(name="rooms.drain", ignore_result=True)
def drain_in(region: str, shard: int = 0, shards: int = 1) -> None:
    """Drain the reports of one shard of a region until none waits, or the time is up."""
    until = time.monotonic() + LONGEST_SECONDS
    total = Drained()
    while time.monotonic() < until:
        one = drain_batch(region, shard=shard, shards=shards)
        total = total.plus(one)
        if not one.taken:
            break
    if total.set_aside:
        logger.error("%d reports of %s could not be evaluated.", total.set_aside, region)


@shared_task(name="rooms.sweep", ignore_result=True)
def sweep_in(region: str) -> None:
    """Judge all rooms of a region that are due by the clock, or as many as the time allows."""
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until and sweep(region).rooms == BATCH:
        pass


@shared_task(name="rooms.count", ignore_result=True)
def count_in(region: str) -> None:
    """Count the rooms of a region."""
    count(region)


@shared_task(name="rooms.keep", ignore_result=True)
def keep_in(region: str) -> None:
    """Make room for the days ahead in a region, and drop what is too old."""
    keep(region)


@shared_task(name="rooms.sign_commands", ignore_result=True)
def sign_commands_in(region: str) -> None:
    """Sign the commands of a region that wait to be handed over."""
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until and sign_waiting(region) == SIGNED_AT_ONCE:
        pass
