"""Hand a destination what it does not have yet, and remember how far it is."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from django.db import connections, transaction

from access.audit.store import log_of
from access.residency import CONTROL
from access.siem.destinations import Destination
from access.siem.events import LogEvent
from access.siem.sinks import Undelivered

logger = logging.getLogger(__name__)

BATCH: Final = 500


@dataclass(frozen=True)
class Lag:
    """How far a destination is behind a log: events, and seconds since it last moved on."""

    destination: str
    log: str
    behind: int
    seconds: float


def deliver(alias: str, destination: Destination) -> int:
    """Send one batch of a database's log; how many events. Raises Undelivered.

    The place is locked, so that two exporters do not take turns at the same events, and it moves
    on after the receiver took them: a crash in between sends them again, and loses none.
    """
    log = log_of(alias)
    name = "control" if alias == CONTROL else alias
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(
            "insert into lock.delivery (destination) values (%s) on conflict do nothing",
            [destination.name],
        )
        cursor.execute(
            "select position from lock.delivery where destination = %s for update",
            [destination.name],
        )
        position = cursor.fetchone()[0]
        cursor.execute(
            f"select position, content from {log.leaf} where position >= %s"  # noqa: S608 - ours
            " order by position limit %s",
            [position, BATCH],
        )
        events = [LogEvent.of(name, at, bytes(content)) for at, content in cursor.fetchall()]
        if not events:
            return 0
        destination.sink.send([(event, destination.render(event)) for event in events])
        cursor.execute(
            "update lock.delivery set position = %s, moved_at = lock.now() where destination = %s",
            [events[-1].position + 1, destination.name],
        )
        return len(events)


def deliver_all(aliases: list[str], destinations: list[Destination]) -> int:
    """One batch of every log to every destination. One that is down does not hold up others."""
    sent = 0
    for destination in destinations:
        for alias in aliases:
            try:
                sent += deliver(alias, destination)
            except Undelivered as error:
                logger.warning("%s did not take the log of %s: %s", destination.name, alias, error)
    return sent


def lags(alias: str) -> list[Lag]:
    """How far each destination is behind the log of a database."""
    with connections[alias].cursor() as cursor:
        cursor.execute("select destination, behind, seconds from lock.delivery_lag()")
        name = "control" if alias == CONTROL else alias
        return [Lag(row[0], name, row[1], row[2]) for row in cursor.fetchall()]
